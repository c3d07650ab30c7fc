"""What people decide about money that is there: reviews, and money that did not fit (P13, P15)."""

from __future__ import annotations

from services.billing.actions import telling
from services.billing.actions.allocation import settle_invoices
from services.billing.actions.capturing import tell_captured
from services.billing.actions.recording import receipt_number_of
from services.billing.domain.payment import CAPTURED, Payment
from services.billing.domain.standing import Standing
from services.billing.errors import DuplicateReceipt, RefundUnsupported
from services.billing.store import payments as store
from shared.contracts.billing import PaymentResolved, PaymentReviewed
from shared.db.tx import Tx
from shared.errors import IllegalTransition
from shared.values.money import Precision

PASSED = "passed"


def review_payment(tx: Tx, payment_id: str, *, result: str, receipt_number: str | None, note: str | None, by: str) -> Payment:
    """A person has looked at the money (R-PAY-17). `result`: passed or failed. Raises NotFound, IllegalTransition, DuplicateReceipt."""
    payment = store.lock_standing_of(tx, payment_id).payment(payment_id)
    if payment.state == CAPTURED and payment.review == result:
        return payment
    payment.need("review")
    number = receipt_number_of(receipt_number)
    if number is not None and number != payment.receipt_number:
        if store.claim_receipt(tx, payment.method, number, payment.id) != payment.id:
            raise DuplicateReceipt(payment.method, number)
        payment.receipt_number = number
    payment.review, payment.reviewed_by, payment.reviewed_at = result, by, tx.now
    payment.note = note or payment.note
    payment.move("pass_review" if result == PASSED else "fail_review", reason=note)
    store.ROWS.save(tx, payment)
    telling.tell_news(tx, PaymentReviewed, payment, amount=payment.captured, result=result, by=by)
    return payment


def resolve_payment(tx: Tx, payment_id: str, *, action: str, note: str, by: str) -> Payment:
    """A person decides about a mismatch or orphaned money: accept it for the order, or leave it as it is.

    Raises NotFound, IllegalTransition, RefundUnsupported.
    """
    standing = store.lock_standing_of(tx, payment_id)
    payment = standing.payment(payment_id)
    if payment.resolution == action:
        return payment
    payment.need("resolve")
    if action == "refund":
        raise RefundUnsupported(payment.reference)
    if action == "accept":
        _need_acceptable(standing, payment)
        _accept(tx, standing, payment, note=note, by=by)
    else:
        payment.resolution = action
        payment.move("ignore", reason=note)
        store.ROWS.save(tx, payment)
    telling.tell_news(tx, PaymentResolved, payment, amount=payment.captured or payment.amount, action=action, note=note)
    return payment


def _need_acceptable(standing: Standing, payment: Payment) -> None:
    """Raises IllegalTransition for another currency, and for an order that was cancelled (P15)."""
    of_currency = payment.received is None or payment.received["currency"] == payment.currency
    if not of_currency or standing.cancels(payment):
        raise IllegalTransition(payment.LIFECYCLE.name, payment.state, "accept", ["ignore"])


def _accept(tx: Tx, standing: Standing, payment: Payment, *, note: str, by: str) -> None:
    before = payment.state
    if before != CAPTURED and payment.received is not None:
        payment.captured = Precision.of(payment.currency, {}).parse(payment.received["amount"])
        payment.captured_at = tx.now
        payment.review, payment.reviewed_by, payment.reviewed_at = PASSED, by, tx.now
    payment.orphaned, payment.failure, payment.resolution = False, None, "accept"
    payment.move("accept", reason=note)
    store.ROWS.save(tx, payment)
    tell_captured(tx, standing, payment, state_before=before)
    settle_invoices(tx, standing)
