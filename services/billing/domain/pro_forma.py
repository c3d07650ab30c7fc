"""The pro forma of an order: made of the order as it is whenever somebody looks, and kept nowhere (R-INV-04)."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any, Final

from services.billing.domain.invoice import PRO_FORMA, Invoice, InvoiceLine
from services.billing.domain.invoice_content import NOTHING_INVOICED, invoice_of
from services.billing.domain.invoice_plan import Part, left_to_invoice
from services.billing.domain.payment import Payment
from services.billing.domain.standing import Standing
from shared.contracts.orders import OrderContent
from shared.contracts.shop_settings import ShopSettings
from shared.values.clock import rfc3339

_INVOICE: Final = "inv_"
_ORDER: Final = "ord_"
_LINE: Final = "ivl_"


def pro_forma_id(order_id: str) -> str:
    """The one id of the order's pro forma: the order's own, under an invoice's prefix; ids never come twice, whatever their prefix."""
    return _INVOICE + order_id.removeprefix(_ORDER)


def order_of_pro_forma(invoice_id: str) -> str:
    """The order whose pro forma would have this id."""
    return _ORDER + invoice_id.removeprefix(_INVOICE)


def pro_forma_of(standing: Standing, *, settings: ShopSettings, now: datetime) -> tuple[Invoice, list[InvoiceLine]]:
    """The whole order without the units that nobody will get, what is paid of it, and how to pay the rest."""
    order = standing.order
    stored = order.content or {}
    content = OrderContent.model_validate(stored)
    units = left_to_invoice(order, content, NOTHING_INVOICED, "on_request")
    part = Part(trigger_key=PRO_FORMA, units=units)
    invoice, lines = invoice_of(
        stored,
        content,
        part,
        NOTHING_INVOICED,
        settings=settings,
        now=now,
        invoice_type=PRO_FORMA,
        invoice_id=pro_forma_id(order.order_id),
    )
    asked = [payment for payment in standing.payments if payment.kind == "offline" and payment.payable]
    if asked:
        invoice.snapshot["payment"] = _how_to_pay(asked[-1])
    captured, moving = standing.money_after(0)
    invoice.settle(captured, moving=moving)
    # The same ids whenever it is made anew.
    named = [dataclasses.replace(line, id=_LINE + (line.order_line_id or order.order_id).partition("_")[2]) for line in lines]
    return invoice, named


def _how_to_pay(payment: Payment) -> dict[str, Any]:
    deadline_at = None if payment.deadline_at is None else rfc3339(payment.deadline_at)
    known = {"reference": payment.reference, "instructions": payment.instructions, "deadline_at": deadline_at}
    return {name: value for name, value in known.items() if value is not None}
