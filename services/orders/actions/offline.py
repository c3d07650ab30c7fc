"""Checked out by a payment that comes without a provider: the order is a sent quotation until it is seen (O5, R-ORD-32).

An offer that staff sent is one already: its customer, who accepts it so, is told how to pay all the same.

The reminder is a timer of its own (section 7 of lifecycles.md): once, before the deadline, and only while nothing has come (R-ORD-54).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.orders.actions.content import order_sent, who
from services.orders.actions.standing import settle
from services.orders.domain.order import CANCELLED, QUOTATION, Purchase
from services.orders.domain.parts import Parts, Payment
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.base import Instructions
from shared.contracts.orders import PaymentReminderDue
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx

PAYMENT_REMINDER: Final = "payment_reminder"


def await_offline_payment(tx: Tx, order_id: str, *, submission: int, confirms: bool, reminder_at: datetime | None) -> None:
    """Sets the reminder, and marks the quotation as sent unless the method `confirms` it by itself (R-ORD-37).

    A payment that is no longer awaited, by what is known now, changes nothing. Raises NotFound.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if not order.submitted or order.submission != submission or order.state == CANCELLED:
        return
    parts = parts_of(tx, order_id)
    awaited = parts.awaited(submission)
    if awaited is None:
        return
    if reminder_at is not None:
        set_timer(tx, PAYMENT_REMINDER, order_id, due_at=reminder_at, payload={"submission": submission})

    if (order.state == QUOTATION or order.offered) and not confirms:
        _mark_sent(tx, purchase, parts, awaited)


def _mark_sent(tx: Tx, purchase: Purchase, parts: Parts, awaited: Payment) -> None:
    order = purchase.order
    order.move("mark_sent")
    order.version += 1
    order.offered = False
    fact = order_sent(
        order, by="payment", reference=awaited.reference, instructions=_instructions(awaited), deadline_at=awaited.deadline_at
    )
    settle(tx, purchase, parts, fact)


def remind_of_payment(timer: Timer, tx: Tx) -> None:
    """Reminds of an offline payment that was not seen yet."""
    purchase = lock_purchase(tx, timer.record_id)
    order, submission = purchase.order, timer.payload["submission"]
    parts = parts_of(tx, order.id)
    awaited = parts.awaited(submission)
    if order.state == CANCELLED or order.submission != submission or awaited is None or not _nothing_came(parts, submission):
        return
    fact = PaymentReminderDue(
        order_id=order.id,
        number=order.number or "",
        submission=submission,
        who=who(order),
        amount=order.precision.format(awaited.amount - awaited.captured),
        currency=order.currency,
        decimals=order.decimals,
        reference=awaited.reference,
        instructions=_instructions(awaited),
        deadline_at=awaited.deadline_at,
    )
    settle(tx, purchase, parts, fact)


def _nothing_came(parts: Parts, submission: int) -> bool:
    return not any(payment.captured for payment in parts.of_submission(submission))


def _instructions(payment: Payment) -> Instructions | None:
    return None if payment.instructions is None else Instructions.model_validate(payment.instructions)
