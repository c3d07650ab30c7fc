"""An invoice out of an order: the same figures, unit by unit (R-MON-14, R-MON-16), and a snapshot of who sold to whom (R-INV-08)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.billing.domain.invoice import DRAFT, INVOICE, ITEM, SHIPPING, Invoice, InvoiceLine
from services.billing.domain.invoice_plan import Invoiced, Part, run_of
from services.billing.errors import FiguresDisagree
from shared.contracts.orders import OrderContent, OrderLine, Shipping
from shared.contracts.shop_settings import ShopSettings
from shared.language.catalogue import pick
from shared.values.ids import new_id
from shared.values.money import Precision
from shared.values.pricing import UnitRun, take_units

NOTHING_INVOICED = Invoiced()


def invoice_of(
    stored: Mapping[str, Any],
    content: OrderContent,
    part: Part,
    invoiced: Invoiced,
    *,
    settings: ShopSettings,
    now: datetime,
    invoice_type: str = INVOICE,
    invoice_id: str | None = None,
) -> tuple[Invoice, list[InvoiceLine]]:
    """A draft over the part's units, the lowest that are not `invoiced`, and its lines; the shipping comes last, on the first invoice.

    `stored` is the fact that `content` was read from: a confirmation knows more than a submission. Raises FiguresDisagree.
    """
    precision = Precision(content.currency, content.decimals)
    _check_figures(content, precision)
    invoice_id = invoice_id or new_id("inv")
    lines: list[InvoiceLine] = []
    for line in content.lines:
        if quantity := part.units.get(line.line_id):
            skip = invoiced.units.get(line.line_id, 0)
            units = take_units([run_of(line, precision)], skip=skip, count=quantity, precision=precision)
            lines.append(_line(invoice_id, len(lines), line, units, precision))
    if content.shipping is not None and not invoiced.shipping:
        lines.append(_shipping_line(invoice_id, len(lines), content.shipping, precision))

    invoice = Invoice(
        id=invoice_id,
        state=DRAFT,
        type=invoice_type,
        order_id=content.order_id,
        order_number=content.number,
        customer_id=content.who.id,
        delivery_id=part.delivery_id,
        trigger_key=part.trigger_key,
        currency=content.currency,
        decimals=content.decimals,
        net=sum(line.net for line in lines),
        tax=sum(line.tax for line in lines),
        total=sum(line.total for line in lines),
        language=content.who.language,
        prices_include_tax=content.prices_include_tax,
        tax_rounding=content.tax_rounding,
        snapshot=_snapshot(stored, content, settings, lines),
        supplied_at=part.supplied_at,
        created_at=now,
    )
    return invoice, lines


def _check_figures(content: OrderContent, precision: Precision) -> None:
    figures: list[OrderLine | Shipping] = [*content.lines, *([content.shipping] if content.shipping else [])]
    found = tuple(sum(precision.parse(getattr(one, name)) for one in figures) for name in ("net", "tax", "total"))
    expected = tuple(precision.parse(getattr(content.totals, name)) for name in ("net", "tax", "total"))
    if found != expected:
        raise FiguresDisagree(content.number, found, expected)


def _line(invoice_id: str, position: int, line: OrderLine, units: UnitRun, precision: Precision) -> InvoiceLine:
    return InvoiceLine(
        id=new_id("ivl"),
        invoice_id=invoice_id,
        position=position,
        kind=ITEM,
        order_line_id=line.line_id,
        sku=line.sku,
        description=line.name,
        quantity=units.quantity,
        unit_price=precision.parse(line.unit_price),
        discount_percent_bp=line.discount_percent_bp,
        discount=units.discount,
        voucher=units.voucher,
        tax_rate_bp=line.tax_rate_bp,
        net=units.net,
        tax=units.tax,
        total=units.total,
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


def _snapshot(stored: Mapping[str, Any], content: OrderContent, settings: ShopSettings, lines: list[InvoiceLine]) -> dict[str, Any]:
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
    order: Mapping[str, Any] = {
        "customer_reference": content.customer_reference,
        "customer_note": content.customer_note,
        "created_at": content.created_at,
        "confirmed_at": stored.get("confirmed_at"),
    }
    return _known(
        {
            "seller": _known(seller),
            "buyer": _known(buyer),
            "order": _known(order),
            "shipping_method": None if content.shipping is None else content.shipping.method,
            "tax_note": _tax_note(content, settings, lines),
            "payment": _known({name: stored.get(name) for name in ("reference", "instructions", "deadline_at")}) or None,
        }
    )


def _tax_note(content: OrderContent, settings: ShopSettings, lines: list[InvoiceLine]) -> str | None:
    """What the law wants said where no tax is taken: the customer is exempt, or the goods leave the store's country."""
    notes, home = settings.billing.tax_notes, settings.store.address
    place = content.shipping_address or content.billing_address or {}
    abroad = home is not None and place.get("country") not in (None, home.country)
    if content.who.tax_exempt:
        texts = notes.exempt
    elif abroad and any(line.tax_rate_bp == 0 for line in lines):
        texts = notes.export
    else:
        return None
    return pick({str(language): text for language, text in texts.items()}, content.who.language, settings.store.default_language) or None


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
