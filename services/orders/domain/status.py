"""Display statuses: what people are shown, never money, stock or documents by itself (lifecycles.md, section 6, R-STA-01)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.orders.domain.closing import all_arrived
from services.orders.domain.order import CANCELLED, CONFIRMED, QUOTATION_SENT, Line, Order
from services.orders.domain.parts import DELIVERY, PICKUP_READY, STARTED, Parts, handed_over

NAMES: Final[dict[str, dict[str, str]]] = {
    "cart": {"en": "Cart", "fa": "سبد خرید", "vi": "Giỏ hàng", "ru": "Корзина"},
    "incomplete": {"en": "Checkout not finished", "fa": "خرید ناتمام", "vi": "Chưa hoàn tất đặt hàng", "ru": "Оформление не завершено"},
    "quotation_sent": {"en": "Quotation sent", "fa": "پیش‌فاکتور ارسال شد", "vi": "Đã gửi báo giá", "ru": "Предложение отправлено"},
    "awaiting_payment": {"en": "Awaiting payment", "fa": "در انتظار پرداخت", "vi": "Chờ thanh toán", "ru": "Ожидает оплаты"},
    "payment_pending": {
        "en": "Payment being processed",
        "fa": "پرداخت در حال بررسی",
        "vi": "Đang xử lý thanh toán",
        "ru": "Оплата обрабатывается",
    },
    "payment_error": {"en": "Payment failed", "fa": "پرداخت ناموفق", "vi": "Thanh toán không thành công", "ru": "Оплата не прошла"},
    "payment_accepted": {"en": "Payment accepted", "fa": "پرداخت پذیرفته شد", "vi": "Đã nhận thanh toán", "ru": "Оплата принята"},
    "remote_payment_accepted": {"en": "Payment received", "fa": "پرداخت دریافت شد", "vi": "Đã nhận được tiền", "ru": "Оплата получена"},
    "confirmed": {"en": "Confirmed", "fa": "تأیید شد", "vi": "Đã xác nhận", "ru": "Подтверждён"},
    "on_backorder_paid": {
        "en": "Waiting for stock (paid)",
        "fa": "در انتظار موجودی (پرداخت‌شده)",
        "vi": "Chờ hàng (đã thanh toán)",
        "ru": "Ожидает поступления (оплачен)",
    },
    "on_backorder_unpaid": {
        "en": "Waiting for stock (not paid)",
        "fa": "در انتظار موجودی (پرداخت‌نشده)",
        "vi": "Chờ hàng (chưa thanh toán)",
        "ru": "Ожидает поступления (не оплачен)",
    },
    "in_preparation": {"en": "In preparation", "fa": "در حال آماده‌سازی", "vi": "Đang chuẩn bị hàng", "ru": "Готовится к отправке"},
    "ready_for_pickup": {"en": "Ready for pickup", "fa": "آماده تحویل حضوری", "vi": "Sẵn sàng nhận tại cửa hàng", "ru": "Готов к выдаче"},
    "partly_shipped": {"en": "Partly shipped", "fa": "بخشی ارسال شد", "vi": "Đã gửi một phần", "ru": "Отправлен частично"},
    "shipped": {"en": "Shipped", "fa": "ارسال شد", "vi": "Đã gửi hàng", "ru": "Отправлен"},
    "delivered": {"en": "Delivered", "fa": "تحویل شد", "vi": "Đã giao hàng", "ru": "Доставлен"},
    "completed": {"en": "Completed", "fa": "تکمیل شد", "vi": "Hoàn tất", "ru": "Завершён"},
    "cancelled": {"en": "Cancelled", "fa": "لغو شد", "vi": "Đã hủy", "ru": "Отменён"},
    "declined": {"en": "Declined", "fa": "رد شد", "vi": "Đã từ chối", "ru": "Отклонён"},
}
"""Names of those that an event can set so far, in the four languages of customers (R-STA-02, R-LNG-01)."""

DECLINING: Final = frozenset({"declined", "fraud"})
"""Reasons for which the shop says no to a customer."""


def display_status(order: Order, lines: Sequence[Line], parts: Parts, *, delivery_status: str, short: bool, closed: bool) -> str:
    """The status that the order's facts lead to."""
    if order.state == CANCELLED:
        return "declined" if order.cancel_reason in DECLINING else "cancelled"
    if order.state != CONFIRMED:
        return _of_quotation(order, parts)
    if closed:
        return "completed"
    if delivery_status == "full":
        handed_out = all(part.values["pickup"] for part in handed_over(parts))
        return "delivered" if handed_out or all_arrived(lines, parts) else "shipped"
    if delivery_status == "partial":
        return "partly_shipped"
    handling = _handling(parts)
    if handling is not None:
        return handling
    paid = parts.captured - parts.refunded >= order.total
    if short:
        return "on_backorder_paid" if paid else "on_backorder_unpaid"
    if any(payment.kind == "online" and (payment.authorized or payment.captured) for payment in parts.payments):
        return "payment_accepted"
    return "remote_payment_accepted" if paid and parts.captured else "confirmed"


def _handling(parts: Parts) -> str | None:
    # What the newest word on each open delivery says of the people at it: waiting at the counter comes before being packed.
    states = {part.record_id: part.values["state"] for part in parts.all(DELIVERY)}
    begun = {part.record_id: part.seq for part in parts.all(STARTED) if states.get(part.record_id) != "cancelled"}
    waiting = {part.record_id: part.seq for part in parts.all(PICKUP_READY) if states.get(part.record_id) not in ("done", "cancelled")}
    if any(seq > begun.get(delivery_id, 0) for delivery_id, seq in waiting.items()):
        return "ready_for_pickup"
    return "in_preparation" if begun else None


def _of_quotation(order: Order, parts: Parts) -> str:
    if not order.submitted:
        return "quotation_sent" if order.state == QUOTATION_SENT else "cart"
    states = {payment.state for payment in parts.of_submission(order.submission) if payment.kind == "online"}
    if "pending" in states:
        return "payment_pending"
    if "failed" in states:
        return "payment_error"
    return "awaiting_payment" if order.state == QUOTATION_SENT and not order.offered else "incomplete"
