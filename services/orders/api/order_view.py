"""An order as the API answers it (api.md, section 5): for staff, and for the customer's eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.orders.actions.contact import STAFF_KEY
from services.orders.actions.content import discount_value
from services.orders.domain.offer import Offer
from services.orders.domain.order import CANCELLED, Discount, Line, Order, Purchase
from services.orders.domain.pricing import PriceChange, price_changes
from services.orders.domain.requirements import duplicate_warning, requirements, warnings
from services.orders.domain.standing import to_invoice
from services.orders.domain.status import NAMES
from shared.errors import ErrorItem
from shared.language.catalogue import pick
from shared.values.clock import rfc3339
from shared.values.money import Precision, format_percent


def order_view(purchase: Purchase, offer: Offer | None, *, staff: bool, changes: Sequence[PriceChange] | None = None) -> dict[str, Any]:
    """The whole Order. `offer` is what an open cart is held against; None for one that is closed for editing.

    `changes` are the prices that an edit has just changed; without them they are looked for.
    """
    order = purchase.order
    missing: list[ErrorItem] = []
    warned: list[ErrorItem] = []
    if offer is not None and order.open:
        missing = requirements(purchase, offer)
        warned = warnings(purchase, offer, price_changes(purchase, offer) if changes is None else changes)
    if order.state != CANCELLED:
        warned += duplicate_warning(order)
    view = {
        "id": order.id,
        "number": order.number,
        "version": order.version,
        "channel": order.channel,
        "language": order.language,
        "currency": order.currency,
        "test": order.test,
        "state": order.state,
        "status": order.status,
        "status_name": pick(NAMES[order.status], order.language, "en"),
        "payment_status": order.payment_status,
        "delivery_status": order.delivery_status,
        "invoice_status": order.invoice_status,
        "return_status": order.return_status,
        "locked": False,
        "cancel_reason": order.cancel_reason,
        "metadata": {key: value for key, value in order.metadata.items() if staff or not key.startswith(STAFF_KEY)},
        "external_id": order.external_id,
        "customer_reference": order.customer_reference,
        "customer_note": order.customer_note,
        "customer": _customer(order),
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "payment_method": order.payment_method,
        "prepayment_percent": order.prepayment_percent,
        "shipping": _shipping(order),
        "prices_include_tax": order.prices_include_tax,
        "tax_rounding": order.tax_rounding,
        "lines": [line_view(line, order, staff=staff) for line in purchase.lines],
        "discounts": [_discount(discount, order.precision) for discount in purchase.discounts],
        "totals": _totals(order),
        "requirements": [{"code": item.code, "pointer": item.pointer} for item in missing],
        "warnings": [{"code": item.code, "pointer": item.pointer, "meta": item.meta} for item in warned],
        **_times(order),
    }
    if staff:
        view |= {"tags": order.tags, "hold": _hold(order), "assignment": _assignment(order), "note": order.note}
    return view


def _customer(order: Order) -> dict[str, Any]:
    return {
        "id": order.customer_id,
        "type": order.customer_type,
        "name": order.customer_name,
        "email": order.email,
        "phone": order.phone,
        "company": order.company,
        "tax_id": order.tax_id,
    }


def _hold(order: Order) -> dict[str, Any] | None:
    if not order.held:
        return None
    return {"reason": order.hold_reason, "note": order.hold_note, "by": order.held_by, "at": _instant(order.held_at)}


def _assignment(order: Order) -> dict[str, Any]:
    # No rules of the shop's own yet: what a rule assigned are the defaults of the settings.
    return {
        "team": order.team,
        "salesperson": order.salesperson,
        "manager": order.manager,
        "source": order.assignment_source,
        "rule": None,
    }


def _times(order: Order) -> dict[str, Any]:
    return {
        "created_at": rfc3339(order.created_at),
        "last_activity_at": rfc3339(order.last_activity_at),
        "submitted_at": _instant(order.submitted_at),
        "confirmed_at": _instant(order.confirmed_at),
        "cancelled_at": _instant(order.cancelled_at),
        "closed_at": _instant(order.closed_at),
        "valid_until": _instant(order.valid_until),
        "payment_deadline_at": _instant(order.payment_deadline_at),
        "promised_at": _instant(order.promised_at),
        "expected_at": _instant(order.expected_at),
        "late": order.late,
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def _shipping(order: Order) -> dict[str, Any] | None:
    if order.shipping_method is None:
        return None
    money = order.precision.format
    return {
        "method": order.shipping_method,
        "name": order.shipping_name,
        "price": money(order.shipping_price),
        "tax_rate": format_percent(order.shipping_rate_bp),
        "discount": money(order.shipping_discount),
        "net": money(order.shipping_net),
        "tax": money(order.shipping_tax),
        "total": money(order.shipping_total),
        "pickup": order.shipping_pickup,
        "pickup_point": order.pickup_point,
    }


def line_view(line: Line, order: Order, *, staff: bool) -> dict[str, Any]:
    """One line; staff see why its price is another."""
    money = order.precision.format
    view: dict[str, Any] = {
        "id": line.id,
        "sku": line.sku,
        "name": line.name,
        "type": line.type,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price),
        "list_price": money(line.list_price),
        "discount_percent": format_percent(line.discount_bp),
        "tax_rate": format_percent(line.rate_bp),
        "discount": money(line.discount),
        "voucher": money(line.voucher),
        "net": money(line.net),
        "tax": money(line.tax),
        "total": money(line.total),
        "seller_id": line.seller_id,
        "returnable": line.returnable,
        "return_period_days": line.return_period_days,
        "weight_g": line.weight_g,
        "allow_backorder": line.allow_backorder,
        "attributes": line.attributes,
        "barcode": line.barcode,
        "quantity_reserved": line.quantity_reserved,
        "quantity_delivered": line.quantity_delivered,
        "quantity_returned": 0,
        "quantity_cancelled": line.quantity_cancelled,
        "quantity_invoiced": line.quantity_invoiced,
        "quantity_credited": 0,
        "quantity_to_invoice": to_invoice(
            order, line, delivered=line.quantity_delivered, cancelled=line.quantity_cancelled, invoiced=line.quantity_invoiced
        ),
    }
    if staff:
        view["price_reason"] = line.price_reason
    return view


def _discount(discount: Discount, precision: Precision) -> dict[str, Any]:
    return {
        "id": discount.id,
        "code": None,
        "label": discount.label,
        "type": discount.type,
        "value": discount_value(discount, precision),
        "applies_to": discount.applies_to,
        "amount": precision.format(discount.amount),
    }


def _totals(order: Order) -> Mapping[str, Any]:
    money = order.precision.format
    return {
        "items": money(order.items),
        "discount": money(order.discount),
        "shipping": money(order.shipping),
        "voucher": money(order.voucher),
        "net": money(order.net),
        "tax": money(order.tax),
        "total": money(order.total),
        "authorized": money(order.authorized),
        "paid": money(order.captured),
        "refunded": money(order.refunded),
        "outstanding": money(order.outstanding),
        "tax_lines": [
            {"rate": format_percent(line["rate_bp"]), "net": money(line["net"]), "tax": money(line["tax"])} for line in order.tax_lines
        ],
    }
