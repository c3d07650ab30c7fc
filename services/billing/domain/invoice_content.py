"""An invoice out of an order: the same figures, line by line (R-MON-14), and a snapshot of who sold to whom (R-INV-08)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.billing.domain.invoice import DRAFT, INVOICE, ITEM, SHIPPING, Invoice, InvoiceLine
from services.billing.errors import FiguresDisagree
from shared.contracts.orders import OrderContent, OrderLine, Shipping
from shared.contracts.shop_settings import ShopSettings
from shared.values.ids import new_id
from shared.values.money import Precision


def invoice_of_order(
    content: OrderContent, *, trigger_key: str, settings: ShopSettings, confirmed_at: str | None, now: datetime
) -> tuple[Invoice, list[InvoiceLine]]:
    """A draft over the whole order, and its lines, shipping last. Raises FiguresDisagree."""
    precision = Precision(content.currency, content.decimals)
    invoice_id = new_id("inv")
    lines = [_line(invoice_id, position, line, precision) for position, line in enumerate(content.lines)]
    if content.shipping is not None:
        lines.append(_shipping_line(invoice_id, len(lines), content.shipping, precision))

    found = (sum(line.net for line in lines), sum(line.tax for line in lines), sum(line.total for line in lines))
    totals = content.totals
    expected = (precision.parse(totals.net), precision.parse(totals.tax), precision.parse(totals.total))
    if found != expected:
        raise FiguresDisagree(content.number, found, expected)

    net, tax, total = found
    terms = content.payment_terms_days
    invoice = Invoice(
        id=invoice_id,
        state=DRAFT,
        type=INVOICE,
        order_id=content.order_id,
        order_number=content.number,
        trigger_key=trigger_key,
        currency=content.currency,
        decimals=content.decimals,
        net=net,
        tax=tax,
        total=total,
        language=content.who.language,
        prices_include_tax=content.prices_include_tax,
        tax_rounding=content.tax_rounding,
        snapshot=_snapshot(content, settings, confirmed_at),
        issued_at=now,
        due_at=now + timedelta(days=settings.billing.payment_terms_days if terms is None else terms),
        created_at=now,
    )
    return invoice, lines


def _line(invoice_id: str, position: int, line: OrderLine, precision: Precision) -> InvoiceLine:
    return InvoiceLine(
        id=new_id("ivl"),
        invoice_id=invoice_id,
        position=position,
        kind=ITEM,
        order_line_id=line.line_id,
        sku=line.sku,
        description=line.name,
        quantity=line.quantity,
        unit_price=precision.parse(line.unit_price),
        discount_percent_bp=line.discount_percent_bp,
        discount=precision.parse(line.discount),
        voucher=precision.parse(line.voucher),
        tax_rate_bp=line.tax_rate_bp,
        net=precision.parse(line.net),
        tax=precision.parse(line.tax),
        total=precision.parse(line.total),
    )


def _shipping_line(invoice_id: str, position: int, shipping: Shipping, precision: Precision) -> InvoiceLine:
    return InvoiceLine(
        id=new_id("ivl"),
        invoice_id=invoice_id,
        position=position,
        kind=SHIPPING,
        order_line_id=None,
        sku=None,
        description=shipping.name,
        quantity=1,
        unit_price=precision.parse(shipping.price),
        discount_percent_bp=0,
        discount=precision.parse(shipping.discount),
        voucher=precision.parse(shipping.voucher),
        tax_rate_bp=shipping.tax_rate_bp,
        net=precision.parse(shipping.net),
        tax=precision.parse(shipping.tax),
        total=precision.parse(shipping.total),
    )


def _snapshot(content: OrderContent, settings: ShopSettings, confirmed_at: str | None) -> dict[str, Any]:
    who, store = content.who, settings.store
    seller: Mapping[str, Any] = {
        "name": store.name,
        "tax_id": store.tax_id,
        "phone": store.phone,
        "email": store.email,
        "address": None if store.address is None else store.address.model_dump(exclude_none=True),
    }
    buyer: Mapping[str, Any] = {
        "name": who.name,
        "company": who.company,
        "tax_id": who.tax_id,
        "email": who.email,
        "phone": who.phone,
        "address": content.billing_address or content.shipping_address,
    }
    return {
        "seller": _known(seller),
        "buyer": _known(buyer),
        "order": _known(
            {
                "customer_reference": content.customer_reference,
                "customer_note": content.customer_note,
                "created_at": content.created_at,
                "confirmed_at": confirmed_at,
            }
        ),
        "shipping_method": None if content.shipping is None else content.shipping.method,
    }


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
