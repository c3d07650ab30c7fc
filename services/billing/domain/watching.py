"""When an online payment is looked at again without anybody asking (lifecycles.md, section 7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.billing.domain.payment import AUTHORIZED, AUTHORIZED_FOR, CAPTURED, Payment
from services.billing.domain.standing import Standing

FIRST_LOOK: Final = timedelta(minutes=2)
CONFIRMED_WITHIN: Final = timedelta(minutes=15)
"""Money is there, or promised, for so long before somebody is told that its order is not confirmed."""
EXPIRES_SOON: Final = timedelta(hours=48)
_PAUSES: Final = (
    (timedelta(days=1), timedelta(minutes=5)),
    (timedelta(days=7), timedelta(hours=1)),
)
_LATER: Final = timedelta(days=1)


def unsettled(payment: Payment) -> bool:
    """Whether the provider may still have news of it: open, authorized, or failed and payable or in somebody's hands."""
    return payment.payable or payment.state == AUTHORIZED or payment.waits_for_person


def next_question(payment: Payment, now: datetime) -> datetime:
    """Every five minutes for a day, hourly for a week, then daily, for ever; and at the two instants of an authorization."""
    age = now - payment.created_at
    pause = next((pause for until, pause in _PAUSES if age < until), _LATER)
    instants = [now + pause]
    if payment.state == AUTHORIZED and payment.authorized_until is not None:
        instants += [at for at in (payment.authorized_until - EXPIRES_SOON, payment.authorized_until) if at > now]
    return min(instants)


def should_be_confirmed(standing: Standing, payment: Payment) -> bool:
    """Whether this payment's money is enough for the order, and the order is not confirmed all the same."""
    order = standing.order
    if not payment.confirms or payment.orphaned or order.confirmed or standing.cancels(payment) or payment.submission != order.submission:
        return False
    percent = int((order.content or {}).get("prepayment_percent", 100))
    return (standing.captured + standing.authorized) * 100 >= order.total * percent


def confirmed_by(payment: Payment) -> datetime | None:
    """When its order has to be confirmed at the latest; None while its money is neither there nor promised."""
    if payment.state == CAPTURED and payment.captured_at is not None:
        return payment.captured_at + CONFIRMED_WITHIN
    if payment.state == AUTHORIZED and payment.authorized_until is not None:
        return payment.authorized_until - AUTHORIZED_FOR + CONFIRMED_WITHIN
    return None
