"""What submit still needs of an order, and what its buyer should know (R-ORD-04, R-ORD-07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from services.orders.domain.offer import Offer
from services.orders.domain.order import Order, Purchase
from services.orders.domain.pricing import PriceChange
from shared.errors import ErrorItem

SENTENCES: Final = {
    "lines_missing": "the order has no lines",
    "contact_missing": "an e-mail address is needed",
    "shipping_address_missing": "the goods need an address to go to",
    "shipping_method_missing": "a shipping method has to be chosen",
    "address_not_served": "the shipping method does not go to this country",
    "product_unavailable": "the product is not sold any more",
}


def requirements(purchase: Purchase, offer: Offer) -> list[ErrorItem]:
    """Everything that submit would refuse as `cart_incomplete`; the pointers name what a customer changes to mend it."""
    order = purchase.order
    missing: list[tuple[str, str]] = []
    if not purchase.lines:
        missing.append(("lines_missing", "/lines"))
    if not order.email and not (order.staff_priced and order.phone):
        missing.append(("contact_missing", "/email"))
    if purchase.goods:
        missing += _of_shipping(purchase, offer)
    return _named(missing + _unsellable(purchase, offer))


def requirements_of_staff(purchase: Purchase, offer: Offer) -> list[ErrorItem]:
    """What a confirmation by staff still needs: lines, all of them sellable, and nothing else (O7, R-ORD-45)."""
    missing = [] if purchase.lines else [("lines_missing", "/lines")]
    return _named(missing + _unsellable(purchase, offer))


def _named(missing: Sequence[tuple[str, str]]) -> list[ErrorItem]:
    return [ErrorItem(pointer, code, SENTENCES[code]) for code, pointer in missing]


def _unsellable(purchase: Purchase, offer: Offer) -> list[tuple[str, str]]:
    found = enumerate(purchase.lines)
    return [("product_unavailable", f"/lines/{i}") for i, line in found if not offer.sellable(line, purchase.order)]


def _of_shipping(purchase: Purchase, offer: Offer) -> list[tuple[str, str]]:
    order = purchase.order
    missing: list[tuple[str, str]] = []
    if order.shipping_address is None and not order.shipping_pickup:
        missing.append(("shipping_address_missing", "/shipping_address"))
    method = offer.methods.get(order.shipping_method) if order.shipping_method else None
    if method is None or not method.carries(purchase):
        missing.append(("shipping_method_missing", "/shipping_method"))
    elif not method.serves(order.shipping_country):
        missing.append(("address_not_served", "/shipping_address"))
    return missing


def warnings(purchase: Purchase, offer: Offer, changes: Sequence[PriceChange]) -> list[ErrorItem]:
    """More units than there are, summed over the lines of one sku (R-ORD-05), and prices that are not those shown before."""
    order = purchase.order
    wanted = Counter[str]()
    for line in purchase.goods:
        wanted[line.sku] += line.quantity
    found = []
    for index, line in enumerate(purchase.lines):
        available = max(offer.available.get(line.sku, 0), 0)
        if line.goods and not line.allow_backorder and wanted[line.sku] > available:
            found.append(ErrorItem(f"/lines/{index}", "stock_short", f"{available} are there", {"available": available}))
    found += [price_changed(change, order.precision.format(change.old), order.precision.format(change.new)) for change in changes]
    return found


def duplicate_warning(order: Order) -> list[ErrorItem]:
    """The order that this one seems to repeat; it is confirmed as usual (R-ORD-16)."""
    if order.duplicate_of is None:
        return []
    return [ErrorItem("", "duplicate_suspected", "there is an order like this one", {"order_id": order.duplicate_of})]


def price_changed(change: PriceChange, old: str, new: str) -> ErrorItem:
    """The entry of a price that changed, amounts as decimal strings."""
    return ErrorItem(change.pointer, "price_changed", f"the price was {old} and is {new}", {"old": old, "new": new})
