"""An order as its facts carry it: built here alone, so that submit and confirmation say the same (R-MON-14)."""

from __future__ import annotations

from typing import Any, Literal

from services.orders.domain.order import Discount, Line, Order, Purchase
from services.orders.store import catalogue
from services.orders.store.customers import payment_terms
from shared.contracts import orders as contract
from shared.contracts.shop_settings import ShopSettings
from shared.db.tx import Tx
from shared.values.clock import rfc3339
from shared.values.money import Precision, format_percent


def order_content(tx: Tx, purchase: Purchase, settings: ShopSettings) -> dict[str, Any]:
    """The fields of OrderContent. Reads the sellers of the lines, and the account's terms."""
    order = purchase.order
    precision = order.precision
    return {
        "order_id": order.id,
        "number": order.number,
        "submission": order.submission,
        "who": who(order),
        "currency": order.currency,
        "decimals": order.decimals,
        "test": order.test,
        "prices_include_tax": order.prices_include_tax,
        "tax_rounding": order.tax_rounding,
        "channel": order.channel,
        "totals": _totals(order),
        "lines": tuple(_line(line, precision) for line in purchase.lines),
        "discounts": tuple(_discount(discount, precision) for discount in purchase.discounts),
        "shipping": _shipping(order),
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "customer_note": order.customer_note,
        "customer_reference": order.customer_reference,
        "payment_method": order.payment_method,
        "prepayment_percent": order.prepayment_percent,
        "payment_terms_days": None if order.customer_id is None else payment_terms(tx, order.customer_id),
        "sellers": _sellers(tx, purchase, settings),
        "submitted_at": None if order.submitted_at is None else rfc3339(order.submitted_at),
        "created_at": rfc3339(order.created_at),
    }


def who(order: Order) -> contract.Who:
    """The customer as the order knows them."""
    return contract.Who(
        id=order.customer_id,
        name=order.customer_name,
        email=order.email,
        phone=order.phone,
        type=order.customer_type,
        company=order.company,
        tax_id=order.tax_id,
        tax_exempt=order.tax_exempt,
        language=order.language,
        token_generation=order.token_generation,
    )


def order_sent(order: Order, *, by: Literal["payment", "staff"], **said: Any) -> contract.OrderSent:
    """The fact that a numbered order waits for its customer."""
    return contract.OrderSent(
        order_id=order.id,
        number=order.number or "",
        submission=order.submission,
        who=who(order),
        currency=order.currency,
        decimals=order.decimals,
        total=order.precision.format(order.total),
        by=by,
        valid_until=None if order.valid_until is None else rfc3339(order.valid_until),
        **said,
    )


def assignment(order: Order) -> contract.Assignment:
    """Who looks after the order."""
    return contract.Assignment(team=order.team, salesperson=order.salesperson, manager=order.manager)


def discount_value(discount: Discount, precision: Precision) -> str:
    """A percent or an amount, as a decimal string."""
    return format_percent(discount.value) if discount.type == "percent" else precision.format(discount.value)


def _line(line: Line, precision: Precision) -> contract.OrderLine:
    return contract.OrderLine(
        line_id=line.id,
        sku=line.sku,
        name=line.name,
        type=line.type,
        quantity=line.quantity,
        unit_price=precision.format(line.unit_price),
        discount_percent_bp=line.discount_bp,
        discount=precision.format(line.discount),
        voucher=precision.format(line.voucher),
        net=precision.format(line.net),
        tax=precision.format(line.tax),
        total=precision.format(line.total),
        tax_rate_bp=line.rate_bp,
        seller_id=line.seller_id,
        attributes=dict(line.attributes),
        barcode=line.barcode,
        weight_g=line.weight_g,
        allow_backorder=line.allow_backorder,
        returnable=line.returnable,
        return_period_days=line.return_period_days,
    )


def _discount(discount: Discount, precision: Precision) -> contract.Discount:
    return contract.Discount(
        id=discount.id,
        label=discount.label,
        type=discount.type,
        value=discount_value(discount, precision),
        applies_to=discount.applies_to,
        amount=precision.format(discount.amount),
    )


def _shipping(order: Order) -> contract.Shipping | None:
    if order.shipping_method is None:
        return None
    precision = order.precision
    return contract.Shipping(
        method=order.shipping_method,
        name=order.shipping_name or "",
        price=precision.format(order.shipping_price),
        tax_rate_bp=order.shipping_rate_bp,
        discount=precision.format(order.shipping_discount),
        voucher=precision.format(order.shipping_voucher),
        net=precision.format(order.shipping_net),
        tax=precision.format(order.shipping_tax),
        total=precision.format(order.shipping_total),
        pickup=order.shipping_pickup,
        carrier=order.shipping_carrier or "manual",
        lead_days_max=order.shipping_lead_days_max,
    )


def _totals(order: Order) -> contract.Totals:
    precision = order.precision
    return contract.Totals(
        items=precision.format(order.items),
        discount=precision.format(order.discount),
        shipping=precision.format(order.shipping),
        voucher=precision.format(order.voucher),
        net=precision.format(order.net),
        tax=precision.format(order.tax),
        total=precision.format(order.total),
        tax_lines=tuple(
            contract.TaxLine(rate_bp=line["rate_bp"], net=precision.format(line["net"]), tax=precision.format(line["tax"]))
            for line in order.tax_lines
        ),
    )


def _sellers(tx: Tx, purchase: Purchase, settings: ShopSettings) -> tuple[contract.SellerContact, ...]:
    codes = sorted({line.seller_id for line in purchase.lines if line.seller_id is not None})
    found = catalogue.sellers(tx, codes) if codes else {}
    return tuple(
        contract.SellerContact(
            code=seller.code, name=seller.name, emails=seller.emails, language=seller.language or settings.store.default_language
        )
        for code in codes
        if (seller := found.get(code)) is not None
    )
