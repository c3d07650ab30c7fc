"""Invoices that a person asks for, and the drafts that wait for one (lifecycles.md, I1, I2; R-INV-01, R-INV-03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.billing.actions.invoicing import post
from services.billing.domain.invoice import CANCELLED, DRAFT, ITEM, POSTED, Invoice, InvoiceLine
from services.billing.domain.invoice_content import invoice_of
from services.billing.domain.invoice_plan import Invoiced, Part, Units, left_to_invoice, next_request, trigger_of
from services.billing.domain.standing import Order, Standing
from services.billing.errors import DocumentImmutable, NothingToInvoice
from services.billing.store import invoices as store
from services.billing.store.orders import lock_order
from services.billing.store.payments import lock_standing
from shared.contracts.billing import InvoiceCancelled
from shared.contracts.orders import OrderContent
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import ErrorItem, IllegalTransition, NotFound, SeveralInvalid

Buyer = Mapping[str, Any]
"""What a person says of the buyer in the place of what the order says: company, tax_id, address; None takes it away."""


class Asked(NamedTuple):
    """The invoice that answers a request, its lines, and whether it was made for it."""

    invoice: Invoice
    lines: list[InvoiceLine]
    made: bool


class _Ground(NamedTuple):
    """All that an invoice on request is made of, under the order's lock."""

    standing: Standing
    content: OrderContent
    settings: ShopSettings
    invoiced: Invoiced
    left: dict[str, int]

    @property
    def order(self) -> Order:
        return self.standing.order

    def make(
        self, tx: Tx, trigger_key: str, units: Units, buyer: Buyer, invoice_id: str | None = None
    ) -> tuple[Invoice, list[InvoiceLine], Part]:
        part = Part(trigger_key=trigger_key, units=units)
        stored = self.order.content or {}
        invoice, lines = invoice_of(stored, self.content, part, self.invoiced, settings=self.settings, now=tx.now, invoice_id=invoice_id)
        invoice.snapshot["buyer"] = _named(invoice.snapshot["buyer"], buyer)
        return invoice, lines, part


def request_invoice(tx: Tx, order_id: str, *, units: Units | None, posting: bool, buyer: Buyer) -> Asked:
    """An invoice over `units`, or over all that is to be invoiced; the newest that is there when all of them are on one already.

    Raises NotFound, IllegalTransition for an order that is not confirmed, NothingToInvoice, SeveralInvalid for units that there are not.
    """
    ground = _ground(tx, order_id)
    asked = ground.left if units is None else units
    _check_units(ground, asked)
    if not any(ground.left.get(line_id) for line_id in asked):
        return _newest(tx, order_id)
    _check_left(ground, asked)
    if not posting and (draft := _same_draft(tx, order_id, asked)) is not None:
        return draft

    key = next_request(store.trigger_keys_of(tx, order_id))
    invoice, lines, part = ground.make(tx, key, asked, buyer)
    invoice.begin("issue")
    store.insert_invoice(tx, invoice, lines)
    if posting:
        post(tx, ground.standing, invoice, lines, part, ground.invoiced, settings=ground.settings, content=ground.content)
    return Asked(invoice, lines, made=True)


def edit_draft(tx: Tx, invoice_id: str, *, units: Units | None, buyer: Buyer) -> Asked:
    """Other units or another buyer for a draft (I2). Raises NotFound, DocumentImmutable, and as `request_invoice`."""
    invoice = _locked_draft(tx, invoice_id)
    ground = _ground(tx, invoice.order_id)
    wanted = _units_of(tx, invoice) if units is None else units
    _check_units(ground, wanted)
    _check_left(ground, wanted)
    lines, _ = _take_anew(tx, ground, invoice, wanted, buyer)
    store.ROWS.save(tx, invoice)
    return Asked(invoice, lines, made=False)


def delete_draft(tx: Tx, invoice_id: str) -> None:
    """A draft goes without a trace in the books: it never had a number (I2). Raises NotFound, DocumentImmutable."""
    store.delete_draft(tx, _locked_draft(tx, invoice_id))


def cancel_draft(tx: Tx, invoice_id: str) -> Asked:
    """A draft stays to be seen and will not be posted (I2). Raises NotFound, IllegalTransition for a posted one."""
    invoice = _locked(tx, invoice_id)
    if invoice.move_to(CANCELLED, command="cancel"):
        store.ROWS.save(tx, invoice)
        tx.publish(InvoiceCancelled(invoice_id=invoice.id, order_id=invoice.order_id), of=invoice)
    return Asked(invoice, store.lines_of(tx, [invoice])[invoice.id], made=False)


def post_draft(tx: Tx, invoice_id: str) -> Asked:
    """The draft becomes a document: its units are taken now, as they are left by now, and it gets its number (I3).

    Raises NotFound, IllegalTransition, SeveralInvalid when other invoices took its units meanwhile.
    """
    invoice = _locked(tx, invoice_id)
    if invoice.state == POSTED:
        return Asked(invoice, store.lines_of(tx, [invoice])[invoice.id], made=False)
    if invoice.state != DRAFT:
        raise IllegalTransition("invoice", invoice.state, "post", invoice.LIFECYCLE.allowed(invoice.state))
    ground = _ground(tx, invoice.order_id)
    wanted = _units_of(tx, invoice)
    _check_left(ground, wanted)
    lines, part = _take_anew(tx, ground, invoice, wanted, {})
    post(tx, ground.standing, invoice, lines, part, ground.invoiced, settings=ground.settings, content=ground.content)
    return Asked(invoice, lines, made=False)


def _ground(tx: Tx, order_id: str) -> _Ground:
    standing = lock_standing(tx, order_id)
    order = standing.order
    if order.content is None:
        raise NotFound(f"there is no order {order_id}")
    if order.cancelled or not order.confirmed:
        raise IllegalTransition("order", "cancelled" if order.cancelled else "quotation", "invoice", [])
    content, settings = OrderContent.model_validate(order.content), shop_settings(tx)
    invoiced = store.invoiced_of(tx, order_id)
    trigger = trigger_of(content, settings.billing.invoice_trigger)
    return _Ground(standing, content, settings, invoiced, left_to_invoice(order, content, invoiced, trigger))


def _locked(tx: Tx, invoice_id: str) -> Invoice:
    """The document under its order's lock, which comes first."""
    lock_order(tx, store.ROWS.get(tx, invoice_id).order_id)
    return store.ROWS.lock(tx, invoice_id)


def _locked_draft(tx: Tx, invoice_id: str) -> Invoice:
    invoice = _locked(tx, invoice_id)
    if invoice.state != DRAFT:
        raise DocumentImmutable(invoice.id, invoice.state)
    return invoice


def _take_anew(tx: Tx, ground: _Ground, invoice: Invoice, units: Units, buyer: Buyer) -> tuple[list[InvoiceLine], Part]:
    """The draft's figures from the units that are left now; who buys stays as the draft says."""
    fresh, lines, part = ground.make(tx, invoice.trigger_key, units, {}, invoice.id)
    fresh.snapshot["buyer"] = _named(invoice.snapshot["buyer"], buyer)
    invoice.net, invoice.tax, invoice.total, invoice.snapshot = fresh.net, fresh.tax, fresh.total, fresh.snapshot
    store.replace_lines(tx, invoice, lines)
    return lines, part


def _named(known: Mapping[str, Any], buyer: Buyer) -> dict[str, Any]:
    return {name: value for name, value in {**known, **buyer}.items() if value is not None}


def _newest(tx: Tx, order_id: str) -> Asked:
    there = store.invoices_of(tx, order_id)
    if not there:
        raise NothingToInvoice(order_id)
    return Asked(there[-1], store.lines_of(tx, there[-1:])[there[-1].id], made=False)


def _same_draft(tx: Tx, order_id: str, units: Units) -> Asked | None:
    drafts = store.drafts_of(tx, order_id)
    lines = store.lines_of(tx, drafts)
    for draft in drafts:
        if _quantities(lines[draft.id]) == units:
            return Asked(draft, lines[draft.id], made=False)
    return None


def _units_of(tx: Tx, invoice: Invoice) -> dict[str, int]:
    return _quantities(store.lines_of(tx, [invoice])[invoice.id])


def _quantities(lines: list[InvoiceLine]) -> dict[str, int]:
    return {str(line.order_line_id): line.quantity for line in lines if line.kind == ITEM}


def _check_units(ground: _Ground, units: Units) -> None:
    known = {line.line_id for line in ground.content.lines}
    unknown = [
        ErrorItem(f"/lines/{position}/line_id", "validation_failed", f"the order has no line {line_id}")
        for position, line_id in enumerate(units)
        if line_id not in known
    ]
    if unknown:
        raise SeveralInvalid.of(unknown)


def _check_left(ground: _Ground, units: Units) -> None:
    too_large = [
        ErrorItem(
            f"/lines/{position}/quantity",
            "quantity_too_large",
            f"{quantity} units were asked for, {ground.left.get(line_id, 0)} are left to invoice",
            {"available": ground.left.get(line_id, 0)},
        )
        for position, (line_id, quantity) in enumerate(units.items())
        if quantity > ground.left.get(line_id, 0)
    ]
    if too_large:
        raise SeveralInvalid.of(too_large)
