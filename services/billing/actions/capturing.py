"""Money taken: by the provider's word, by hand, and with the hand-overs (P4, P10, P11, R-PAY-20)."""

from __future__ import annotations

from services.billing.actions import telling
from services.billing.domain.hand_over import add_handed_over, all_handed_over, value_of_hand_over
from services.billing.domain.invoice_plan import cancelled_of
from services.billing.domain.judging import Step
from services.billing.domain.method import Method
from services.billing.domain.payment import AUTHORIZED, CANCELLED, CAPTURED, Payment
from services.billing.domain.provider_news import ProviderNews
from services.billing.domain.standing import Standing
from services.billing.domain.stripe_units import from_stripe
from services.billing.errors import AmountExceedsCapturable, FullCaptureOnly, PaymentInProgress
from services.billing.store import methods as methods_store
from services.billing.store import orders as orders_store
from services.billing.store import payments as store
from shared.contracts.billing import DueChanged, PaymentDisputed, ReviewRequired
from shared.contracts.delivery import DeliveryDone
from shared.contracts.orders import OrderContent
from shared.db.tx import Tx
from shared.errors import Invalid, NotFound

ON_DELIVERY = "on_delivery"
OUTGOING = "outgoing"


def capture(tx: Tx, standing: Standing, payment: Payment, *, amount: int, orphaned: bool) -> None:
    """The money is there. `orphaned`: it belongs to no order (P10)."""
    before = payment.state
    payment.orphaned = orphaned
    payment.captured = amount
    payment.captured_at = tx.now
    if payment.received is None or payment.captured == payment.amount:
        payment.failure = None
    if payment.review == "none":
        payment.review = payment.review_policy
    payment.move("capture", reason="orphaned" if orphaned else None)
    store.ROWS.save(tx, payment)
    tell_captured(tx, standing, payment, state_before=before)


def orphan(tx: Tx, standing: Standing, payment: Payment) -> None:
    """Captured money of an order that was cancelled meanwhile belongs to no order (R-ORD-53)."""
    payment.orphaned = True
    payment.move("orphan", reason="order_cancelled")
    store.ROWS.save(tx, payment)
    telling.tell_orphaned(tx, standing, payment, state_before=CAPTURED, reason="order_cancelled")


def tell_captured(tx: Tx, standing: Standing, payment: Payment, *, state_before: str | None) -> None:
    """All that follows from captured money of a saved payment."""
    telling.tell_moved(tx, standing, payment, state_before=state_before)
    if payment.orphaned:
        reason = "payment_cancelled" if state_before == CANCELLED else "order_cancelled"
        telling.tell_orphaned(tx, standing, payment, state_before=state_before, reason=reason)
        return
    if payment.review == "required":
        telling.tell_news(tx, ReviewRequired, payment, amount=payment.captured)
    tell_due(tx, standing, released=payment.released > 0)


def tell_due(tx: Tx, standing: Standing, *, released: bool = False) -> None:
    """Open deliveries wait from the moment the provider gives money back that is due, until nothing is due any more (P11)."""
    order = standing.order
    holds = standing.due > 0 if order.due_held else released and standing.due > 0
    if holds == order.due_held:
        return
    order.due_changes += 1
    orders_store.save_order(tx, order)
    tx.publish(
        DueChanged(
            order_id=order.order_id,
            number=order.number,
            due=standing.precision.format(standing.due),
            currency=order.currency,
            held=holds,
        ),
        seq=order.due_changes,
    )


def ask_for_capture(tx: Tx, payment_id: str, amount_text: str | None) -> Payment:
    """Staff take authorized money (P11): the intention is written before the provider is asked. Of a captured one nothing changes.

    Raises NotFound, IllegalTransition, AmountExceedsCapturable, FullCaptureOnly, PaymentInProgress.
    """
    standing = store.lock_standing_of(tx, payment_id)
    payment = standing.payment(payment_id)
    write = payment.precision.format
    amount = payment.expected if amount_text is None else payment.precision.parse(amount_text)
    if payment.state == CAPTURED and payment.capture_asked == amount:
        return payment
    payment.need("capture")
    if amount == 0:
        raise Invalid("nothing is nothing to capture", pointer="/amount")
    if amount > payment.amount:
        raise AmountExceedsCapturable(write(amount), write(payment.amount))
    if amount != payment.amount and not _partial(methods_store.find_method(tx, payment.method)):
        raise FullCaptureOnly(payment.method, write(payment.amount))
    if payment.capture_asked not in (None, amount):
        # Whether that was taken is not known yet, and a payment is captured once.
        raise PaymentInProgress(payment.order_id, payment.reference)
    payment.capture_asked = amount
    store.ROWS.save(tx, payment)
    return payment


def refuse_capture(tx: Tx, payment_id: str, *, now_unix: int) -> None:
    """The provider will not take it: nothing is asked for any more, and the next try has another key."""
    payment = store.lock_standing_of(tx, payment_id).payment(payment_id)
    if payment.state == AUTHORIZED:
        payment.capture_asked = None
        payment.use_next_key(now_unix)
        store.ROWS.save(tx, payment)


def payment_to_capture(tx: Tx, payment_id: str) -> Payment | None:
    """The payment whose capture was asked for, unless it is settled by now."""
    payment = store.lock_standing_of(tx, payment_id).payment(payment_id)
    return payment if payment.state == AUTHORIZED and payment.capture_asked is not None else None


def capture_delivered(tx: Tx, event: DeliveryDone) -> None:
    """A hand-over takes its value out of what was authorized for it. Raises NotFound while the order's content is not here yet."""
    if event.order_id is None or not event.last or event.kind != OUTGOING or not store.has_captures_on_delivery(tx, event.order_id):
        return
    standing = store.lock_standing(tx, event.order_id)
    order = standing.order
    if order.content is None:
        raise NotFound(f"the content of order {event.order_id} has not been told yet")
    content = OrderContent.model_validate(order.content)
    before = order.handed_over
    order.handed_over = add_handed_over(before, event.lines)
    orders_store.save_order(tx, order)
    take(tx, standing, value_of_hand_over(content, before, order.handed_over))


def capture_without_goods(tx: Tx, confirmed: OrderContent) -> None:
    """Nothing of the order will be handed over any more: the money is taken at confirmation. The order is locked already."""
    order = orders_store.lock_order(tx, confirmed.order_id)
    if all_handed_over(confirmed, order.handed_over, cancelled_of(order)):
        take_all(tx, store.lock_standing(tx, order.order_id))


def capture_if_handed_over(tx: Tx, standing: Standing) -> None:
    """Money that is authorized when a confirmed order's customer has all of it that they get waits for nothing more."""
    order = standing.order
    if not order.confirmed or order.content is None or not any(takes_with_goods(payment) for payment in standing.payments):
        return
    if all_handed_over(OrderContent.model_validate(order.content), order.handed_over, cancelled_of(order)):
        take_all(tx, standing)


def take_all(tx: Tx, standing: Standing) -> None:
    """Takes all that is authorized for hand-overs, as far as it is owed."""
    take(tx, standing, standing.order.total)


def take(tx: Tx, standing: Standing, value: int) -> None:
    """Asks for `value`, at most what is authorized, and never for more than the order still owes. One capture each payment (P11)."""
    left = min(value, standing.order.total - standing.order.cancelled_value - standing.captured)
    for payment in standing.payments:
        if not takes_with_goods(payment):
            continue
        amount = min(left, payment.amount)
        if amount <= 0:
            return
        if not _partial(methods_store.find_method(tx, payment.method)):
            amount = payment.amount
        left -= amount
        payment.capture_asked = amount
        store.ROWS.save(tx, payment)
        telling.request_capture(tx, payment)


def takes_with_goods(payment: Payment) -> bool:
    """Whether it is authorized, to be taken as goods are handed over, and nothing was asked of it yet."""
    return payment.state == AUTHORIZED and payment.capture == ON_DELIVERY and payment.capture_asked is None


def take_dispute(tx: Tx, payment: Payment, news: ProviderNews, step: Step) -> None:
    """The customer's bank wants the money back, or has decided; lost money counts as refunded (P14). Nothing is restocked."""
    amount = payment.captured
    if news.amount is not None and news.currency == payment.currency:
        amount = min(from_stripe(news.amount, payment.currency).minor, payment.captured)
    payment.dispute = str(news.dispute)
    if payment.dispute == "lost":
        payment.refunded = min(payment.refunded + amount, payment.captured)
    payment.move(step.value, reason=payment.dispute)
    store.ROWS.save(tx, payment)
    telling.tell_news(tx, PaymentDisputed, payment, amount=amount, dispute=payment.dispute)


def _partial(method: Method | None) -> bool:
    return method is not None and method.capture_support == "partial"
