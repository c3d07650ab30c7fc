"""Online payments are looked at by the clock, until they are settled and their order is confirmed (R-PAY-09, R-PAY-21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.billing.actions import telling
from services.billing.domain.payment import AUTHORIZED, Payment
from services.billing.domain.standing import Standing
from services.billing.domain.watching import EXPIRES_SOON, FIRST_LOOK, confirmed_by, next_question, should_be_confirmed, unsettled
from services.billing.store import payments as store
from shared.contracts.billing import AuthorizationExpired, AuthorizationExpiring, ReconciliationMismatch, SyncDue
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx
from shared.values.clock import rfc3339

TIMER: Final = "payment_sync"


def watch_payment(tx: Tx, payment: Payment) -> None:
    """A new online payment is looked at soon. The row is not taken away when it is paid: it then looks after its order."""
    set_timer(tx, TIMER, payment.id, due_at=tx.now + FIRST_LOOK, payload={"attempt": 1, "told": []})


def look_again(timer: Timer, tx: Tx) -> None:
    """Has the provider asked, tells what time has brought, and comes again, unless nothing can follow any more."""
    standing = store.lock_standing_of(tx, timer.record_id)
    payment = standing.payment(timer.record_id)
    told = list(timer.payload["told"])
    attempt = int(timer.payload["attempt"])
    told += _tell_unconfirmed(tx, standing, payment, told)
    if unsettled(payment):
        told += _tell_expiry(tx, payment, told)
        if payment.provider_ref is not None:
            tx.publish(SyncDue(payment_id=payment.id, order_id=payment.order_id, attempt=attempt), seq=attempt)
        set_timer(tx, TIMER, payment.id, due_at=next_question(payment, tx.now), payload={"attempt": attempt + 1, "told": told})
        return
    at = confirmed_by(payment)
    if at is not None and at > tx.now and should_be_confirmed(standing, payment):
        set_timer(tx, TIMER, payment.id, due_at=at, payload={"attempt": attempt, "told": told})


def payment_to_ask_about(tx: Tx, payment_id: str) -> Payment | None:
    """The payment, if the provider has an intent of it and may have news."""
    payment = store.ROWS.get(tx, payment_id)
    return payment if payment.provider_ref is not None and unsettled(payment) else None


def tell_missing(tx: Tx, payment_id: str) -> None:
    """The provider knows no such payment: somebody has to look (R-PAY-25)."""
    payment = store.lock_standing_of(tx, payment_id).payment(payment_id)
    _mismatch(tx, payment, kind="missing_payment", ours=payment.state, theirs="unknown")


def _tell_unconfirmed(tx: Tx, standing: Standing, payment: Payment, told: list[str]) -> list[str]:
    at = confirmed_by(payment)
    if "unconfirmed" in told or at is None or at > tx.now or not should_be_confirmed(standing, payment):
        return []
    amount = payment.precision.format(payment.captured or payment.amount)
    _mismatch(tx, payment, kind="paid_not_confirmed", ours="not confirmed", theirs=f"{payment.state} {amount} {payment.currency}")
    return ["unconfirmed"]


def _tell_expiry(tx: Tx, payment: Payment, told: list[str]) -> list[str]:
    until = payment.authorized_until
    if payment.state != AUTHORIZED or until is None:
        return []
    said: Mapping[str, Any] = {"amount": payment.amount, "authorized_until": rfc3339(until)}
    if tx.now >= until and "expired" not in told:
        telling.tell_news(tx, AuthorizationExpired, payment, **said)
        return ["expired"]
    if until - EXPIRES_SOON <= tx.now < until and "expiring" not in told:
        telling.tell_news(tx, AuthorizationExpiring, payment, **said)
        return ["expiring"]
    return []


def _mismatch(tx: Tx, payment: Payment, *, kind: str, ours: str, theirs: str) -> None:
    told: dict[str, Any] = {"kind": kind}
    tx.publish(
        ReconciliationMismatch(payment_id=payment.id, order_id=payment.order_id, number=payment.number, ours=ours, theirs=theirs, **told),
        of=payment,
    )
