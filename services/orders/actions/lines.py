"""What is in a cart: put in, counted anew, taken out. The same product with the same attributes is one line (R-ORD-03)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from services.orders.actions.edit import Edit, finish_edit, open_edit
from services.orders.domain.offer import Offer
from services.orders.domain.order import Purchase
from services.orders.domain.pricing import new_line
from services.orders.errors import Failures, LineNotFound, StaffPriced
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id

LARGEST_QUANTITY: Final = 1_000_000
MOST_LINES: Final = 500
"""Pricing one cart must stay quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line as a customer asks for it."""

    sku: str
    quantity: int
    attributes: dict[str, Any]


def put_in(purchase: Purchase, offer: Offer, line: NewLine, *, pointer: str, failures: Failures) -> None:
    """Adds the units to the line they join, or as a new line; notes in `failures` why not."""
    product = offer.products.get(line.sku)
    if product is None or not product.active:
        failures.add(f"{pointer}/sku", "unknown_sku", f"there is no product {line.sku}")
        return
    if purchase.order.currency not in product.prices:
        failures.add(f"{pointer}/sku", "currency_mismatch", f"{line.sku} has no price in {purchase.order.currency}")
        return
    if offer.price_of(product, purchase.order) is None:
        failures.add(f"{pointer}/sku", "validation_failed", f"{line.sku} costs nothing, and the shop sells nothing for nothing")
        return

    for index, there in enumerate(purchase.lines):
        if there.sku == line.sku and dict(there.attributes) == line.attributes:
            joined = replace(there, quantity=_counted(there.quantity + line.quantity, pointer, failures))
            purchase.lines = [*purchase.lines[:index], joined, *purchase.lines[index + 1 :]]
            return
    if len(purchase.lines) >= MOST_LINES:
        failures.add(pointer, "validation_failed", f"an order has at most {MOST_LINES} lines")
        return
    added = new_line(product, purchase, offer, line_id=new_id("lin"), quantity=line.quantity, attributes=line.attributes)
    purchase.lines = [*purchase.lines, added]


def add_line(tx: Tx, order_id: str, line: NewLine, *, version: str | None) -> Edit:
    """Puts units in. Raises what `open_edit` raises, StaffPriced, SeveralInvalid, AmountTooLarge."""
    edit = open_edit(tx, order_id, shop_settings(tx), version=version, more_skus=[line.sku])
    _refuse_staff_priced(edit)
    failures = Failures()
    put_in(edit.purchase, edit.offer, line, pointer="", failures=failures)
    failures.refuse()
    finish_edit(tx, edit)
    return edit


def set_quantity(tx: Tx, order_id: str, line_id: str, *, quantity: int, version: str | None) -> Edit:
    """Counts a line anew; 0 takes it out. Raises what `open_edit` raises, LineNotFound, StaffPriced, AmountTooLarge."""
    edit = open_edit(tx, order_id, shop_settings(tx), version=version)
    purchase = edit.purchase
    if all(line.id != line_id for line in purchase.lines):
        raise LineNotFound(line_id)
    _refuse_staff_priced(edit)
    purchase.lines = [
        replace(line, quantity=quantity) if line.id == line_id else line for line in purchase.lines if line.id != line_id or quantity
    ]
    finish_edit(tx, edit)
    return edit


def _refuse_staff_priced(edit: Edit) -> None:
    if edit.purchase.order.staff_priced:
        raise StaffPriced


def _counted(quantity: int, pointer: str, failures: Failures) -> int:
    if quantity > LARGEST_QUANTITY:
        failures.add(f"{pointer}/quantity", "quantity_too_large", f"a line has at most {LARGEST_QUANTITY} units")
    return quantity
