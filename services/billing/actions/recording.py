"""Money that came without the provider, as staff record it (P4, P10, R-PAY-14, R-PAY-15)."""

from __future__ import annotations

from datetime import datetime

from services.billing.actions.capturing import capture, tell_captured
from services.billing.actions.payments import new_payment, open_rest
from services.billing.actions.withdrawing import withdraw_covered
from services.billing.domain.method import ON_DELIVERY, Method
from services.billing.domain.payment import CAPTURED, PENDING, Payment
from services.billing.domain.standing import Order, Standing
from services.billing.errors import DuplicateReceipt, OtherCurrency, PaymentMethodUnavailable
from services.billing.store import methods as methods_store
from services.billing.store import orders as orders_store
from services.billing.store import payments as store
from shared.contracts.api.record_payment import Recordable, RecordPayment
from shared.db.tx import Tx
from shared.errors import Invalid
from shared.language.digits import to_latin_digits
from shared.values.clock import parse_rfc3339
from shared.values.money import Precision

LONGEST_RECEIPT_NUMBER = 100
CANCELLED_ORDER = "cancelled"


def record_payment(tx: Tx, asked: RecordPayment, *, now_unix: int) -> tuple[Payment, bool]:
    """The captured payment, and whether it is new: the same receipt number, method, amount and order again is the same payment, and so is
    the same command (`key`) again.

    It settles the order's open payment of that method; what is then still missing stays open as a new one. More than is due makes the
    order overpaid, but at the door no more is collected (R-DLV-24). Money for a cancelled order is orphaned.
    Raises DuplicateReceipt, PaymentMethodUnavailable, OtherCurrency, Invalid.
    """
    standing = store.lock_standing(tx, asked.order.order_id)
    before = next((payment for payment in standing.payments if asked.key is not None and payment.record_key == asked.key), None)
    if before is not None:
        return before, False
    _know(standing.order, asked.order)
    amount = _amount(standing, asked)
    waiting = next((payment for payment in standing.payments if _awaits(payment, asked.method)), None)
    method = _method(tx, asked.method, waiting)
    orphaned = standing.order.cancelled or asked.order.state == CANCELLED_ORDER
    settled = None if orphaned else waiting
    payment = settled or new_payment(tx, standing, method, amount=amount, livemode=False, now_unix=now_unix)

    number = receipt_number_of(asked.receipt_number)
    if number is not None:
        owner = store.claim_receipt(tx, asked.method, number, payment.id)
        if owner != payment.id:
            return _recorded_before(standing, asked, number, owner, amount), False
        payment.receipt_number = number
    if method.code == ON_DELIVERY and not orphaned and amount > standing.due:
        raise Invalid(f"no more is collected at the door than is due, {standing.precision.format(standing.due)}", pointer="/amount")
    payment.paid_at = _instant(asked.paid_at)
    payment.bank, payment.note, payment.record_key = asked.bank, asked.note, asked.key
    orders_store.save_order(tx, standing.order)

    if settled is None:
        _record_new(tx, standing, payment, amount=amount, orphaned=orphaned)
    else:
        asked_for = settled.amount
        # What was asked for is split: the two payments add up to it.
        settled.amount = min(asked_for, amount)
        capture(tx, standing, settled, amount=amount, orphaned=False)
        rest = min(asked_for - amount, standing.due)
        if rest > 0:
            open_rest(tx, standing, settled, amount=rest, now_unix=now_unix)
    withdraw_covered(tx, standing)
    return payment, True


def receipt_number_of(text: str | None) -> str | None:
    """A receipt number as it is kept and looked for: Persian and Arabic digits as 0-9, without blanks around. Raises Invalid."""
    number = to_latin_digits(text or "").strip()
    if len(number) > LONGEST_RECEIPT_NUMBER or not number.isprintable():
        raise Invalid(f"a receipt number has at most {LONGEST_RECEIPT_NUMBER} characters that can be read", pointer="/receipt_number")
    return number or None


def _know(order: Order, told: Recordable) -> None:
    """An order, or a submission of it, that billing has not heard of yet: taken from the gateway's own words."""
    if told.submission > order.submission or (told.submission == order.submission and order.content is None):
        total = Precision(told.currency, told.decimals).parse(told.total)
        order.take_figures(number=told.number, submission=told.submission, currency=told.currency, decimals=told.decimals, total=total)
        order.content = told.content


def _record_new(tx: Tx, standing: Standing, payment: Payment, *, amount: int, orphaned: bool) -> None:
    payment.state = CAPTURED
    payment.captured, payment.captured_at = amount, tx.now
    payment.orphaned = orphaned
    payment.review = payment.review_policy
    payment.begin("record", reason="orphaned" if orphaned else None)
    store.ROWS.insert(tx, payment)
    standing.payments.append(payment)
    tell_captured(tx, standing, payment, state_before=None)


def _recorded_before(standing: Standing, asked: RecordPayment, number: str, owner: str, amount: int) -> Payment:
    same = next((payment for payment in standing.payments if payment.id == owner), None)
    if same is None or same.captured != amount:
        raise DuplicateReceipt(asked.method, number)
    return same


def _awaits(payment: Payment, method: str) -> bool:
    return payment.method == method and payment.offline and payment.state == PENDING


def _method(tx: Tx, code: str, waiting: Payment | None) -> Method:
    """Limits are for those who choose: money that has come has come. Raises PaymentMethodUnavailable."""
    method = methods_store.find_method(tx, code)
    if method is None:
        raise PaymentMethodUnavailable(code, "unknown")
    if not method.offline:
        raise PaymentMethodUnavailable(code, "not_recorded_by_hand")
    if not method.active and waiting is None:
        raise PaymentMethodUnavailable(code, "inactive")
    return method


def _amount(standing: Standing, asked: RecordPayment) -> int:
    if asked.currency is not None and asked.currency != standing.order.currency:
        raise OtherCurrency(standing.order.currency, asked.currency)
    amount = standing.precision.parse(asked.amount)
    if amount == 0:
        raise Invalid("nothing is no payment", pointer="/amount")
    return amount


def _instant(text: str | None) -> datetime | None:
    """An instant, or a day as bank statements have it. Raises Invalid."""
    if text is None:
        return None
    try:
        return parse_rfc3339(f"{text}T00:00:00Z" if len(text) == len("2031-05-01") else text)
    except (OverflowError, ValueError) as error:
        raise Invalid(f"{text!r} is no day and no instant", pointer="/paid_at") from error
