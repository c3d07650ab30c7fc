"""Facts that need a person, and facts that end their causes, for tests of tasks."""

from __future__ import annotations

from typing import Any, TypeVar

from shared.contracts.base import Event
from shared.contracts.billing import (
    AuthorizationExpiring,
    Failure,
    PaymentCancelled,
    PaymentDisputed,
    PaymentMismatched,
    PaymentNews,
    PaymentOrphaned,
    PaymentReviewed,
    ProviderEventUnmatched,
    Received,
    ReconciliationMismatch,
    RefundProposed,
    ReviewRequired,
)
from shared.contracts.delivery import Missing, ParcelDelivered, ParcelLine, ParcelMoved, StockLine, StockReserved, StockShort
from shared.contracts.notifications import MailFailed
from shared.contracts.orders import OrderLate
from shared.values.ids import new_id
from tests.support.samples_notifications import order_submitted, payment_values

RESERVATION = "res_01J00000000000000000000001"

N = TypeVar("N", bound=PaymentNews)


def order_late(order_id: str) -> OrderLate:
    """Its promise has passed."""
    return OrderLate(order_id=order_id, number="SO000123", late_since="2031-05-04T12:00:00.000000Z", hours=48)


def stock_short(order_id: str) -> StockShort:
    """An axe is missing."""
    return StockShort(reservation_id=RESERVATION, order_id=order_id, submission=1, lines=(Missing(sku="AXE-1", missing=1),))


def stock_reserved(order_id: str, *, complete: bool = True) -> StockReserved:
    """The goods are there, or some of them."""
    line = StockLine(line_id=new_id("lin"), sku="AXE-1", quantity=1)
    return StockReserved(reservation_id=RESERVATION, order_id=order_id, submission=1, lines=(line,), complete=complete)


def parcel_moved(order_id: str | None, parcel_id: str, state: str) -> ParcelMoved:
    """News of a parcel."""
    return ParcelMoved(
        parcel_id=parcel_id,
        delivery_id="dlv_01J00000000000000000000001",
        order_id=order_id,
        state=state,
        at="2031-05-03T09:00:00.000000Z",
        carrier="Posti",
        tracking_number="JJFI0001",
    )


def parcel_delivered(order_id: str, parcel_id: str) -> ParcelDelivered:
    """It arrived after all."""
    return ParcelDelivered(
        parcel_id=parcel_id,
        delivery_id="dlv_01J00000000000000000000001",
        order_id=order_id,
        at="2031-05-04T09:00:00.000000Z",
        lines=(ParcelLine(sku="MUG-1", name="Oak mug", quantity=2),),
    )


def payment_cancelled(order_id: str, payment_id: str, *, state_before: str = "authorized") -> PaymentCancelled:
    """The promise was taken back."""
    return PaymentCancelled(**payment_values(order_id, payment_id, state="cancelled"), state_before=state_before)


def payment_mismatched(order_id: str, payment_id: str, *, code: str = "amount_mismatch") -> PaymentMismatched:
    """Another amount than asked."""
    return PaymentMismatched(
        **payment_values(order_id, payment_id, state="failed"),
        failure=Failure(code=code, message="44.00 EUR came"),
        received=Received(amount="44.00", currency="EUR"),
    )


def payment_orphaned(order_id: str, payment_id: str) -> PaymentOrphaned:
    """Money for what was cancelled."""
    return PaymentOrphaned(**payment_values(order_id, payment_id, state="captured") | {"orphaned": True}, reason="order_cancelled")


def payment_news(cls: type[N], order_id: str, payment_id: str, **values: Any) -> N:
    """What happens to a payment beside its state."""
    return cls.model_validate(
        {"payment_id": payment_id, "order_id": order_id, "number": "SO000123", "amount": "45.00", "currency": "EUR"} | values
    )


def mail_failed(order_id: str, *, template: str = "invoice", dead: bool = True) -> MailFailed:
    """A mail that never went out."""
    return MailFailed(
        notification_id="ntf_01J00000000000000000000001",
        order_id=order_id,
        template=template,
        recipient="ada@example.com",
        error="refused",
        dead=dead,
    )


def facts_that_open_tasks(*, order_id: str, payment_id: str, parcel_id: str, event_id: str) -> list[Event]:
    """Every fact that opens a task, in each of its kinds."""
    until = "2031-05-03T12:00:00.000000Z"
    return [
        order_submitted(order_id, duplicate_of=new_id("ord")),
        order_late(order_id),
        stock_short(order_id),
        *(parcel_moved(order_id, parcel_id, state) for state in ("lost", "returned_to_sender", "failed_attempt")),
        *(payment_mismatched(order_id, payment_id, code=code) for code in ("amount_mismatch", "currency_mismatch")),
        payment_orphaned(order_id, payment_id),
        payment_news(PaymentDisputed, order_id, payment_id, dispute="open"),
        payment_cancelled(order_id, payment_id),
        payment_news(ReviewRequired, order_id, payment_id),
        payment_news(PaymentReviewed, order_id, payment_id, result="failed", by="usr_1"),
        payment_news(AuthorizationExpiring, order_id, payment_id, authorized_until=until),
        ProviderEventUnmatched(provider_event_id=event_id, type="payment_intent.succeeded"),
        ReconciliationMismatch(payment_id=payment_id, order_id=order_id, kind="paid_not_confirmed", ours="captured", theirs="45.00 EUR"),
        RefundProposed(order_id=order_id, proposed_for="fact:1", amount="15.00", currency="EUR", reason="shortage"),
        mail_failed(order_id),
    ]
