"""Prices of an order: what the catalogue asks today, put on its lines, and the sums that come of it. One tax engine (R-MON-14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.orders.domain.catalogue import Product
from services.orders.domain.offer import Offer, tax_rate_of_product, tax_rate_of_shipping
from services.orders.domain.order import Line, Order, Purchase
from services.orders.domain.shipping import ShippingMethod
from services.orders.errors import AmountTooLarge
from shared.language.catalogue import pick
from shared.values.money import LARGEST_MINOR
from shared.values.pricing import (
    AppliesTo,
    DiscountKind,
    OrderDiscount,
    PricedDocument,
    PricedLine,
    PriceLine,
    TaxRounding,
    price_document,
)

SHIPPING: Final = "shipping"
_NOTHING: Final = PricedLine(SHIPPING, rate_bp=0, quantity=1, discount=0, voucher=0, net=0, tax=0, total=0)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price, in minor units, that is not the one the customer saw; `pointer` into the order."""

    pointer: str
    old: int
    new: int


def new_line(product: Product, purchase: Purchase, offer: Offer, *, line_id: str, quantity: int, attributes: dict[str, object]) -> Line:
    """A line of `product` at the end of the order, priced by the catalogue."""
    line = Line(
        id=line_id,
        order_id=purchase.order.id,
        position=max((line.position for line in purchase.lines), default=0) + 1,
        sku=product.sku,
        name="",
        type=product.type,
        quantity=quantity,
        unit_price=0,
        list_price=0,
        rate_bp=0,
        seller_id=None,
        returnable=False,
        return_period_days=None,
        weight_g=0,
        allow_backorder=False,
        attributes=attributes,
        barcode=None,
    )
    return refreshed(line, purchase.order, offer)


def refreshed(line: Line, order: Order, offer: Offer) -> Line:
    """The line as the catalogue has it today; one that is not sold any more stays as it is, and is named in the requirements."""
    product = offer.products.get(line.sku)
    price = None if product is None else offer.price_of(product, order)
    if product is None or price is None:
        return line
    return replace(
        line,
        name=pick(product.names, order.language, offer.default_language),
        type=product.type,
        unit_price=price,
        list_price=price,
        rate_bp=tax_rate_of_product(product, order),
        seller_id=product.seller_id,
        returnable=product.returnable,
        return_period_days=product.return_period_days,
        weight_g=product.weight_g,
        allow_backorder=product.allow_backorder,
        barcode=product.barcode,
    )


def price_changes(purchase: Purchase, offer: Offer) -> list[PriceChange]:
    """Unit prices that the catalogue has changed since they were put on the lines. Staff's prices stand (R-MON-13)."""
    if purchase.order.staff_priced:
        return []
    fresh = [refreshed(line, purchase.order, offer) for line in purchase.lines]
    return [
        PriceChange(f"/lines/{index}", line.unit_price, new.unit_price)
        for index, (line, new) in enumerate(zip(purchase.lines, fresh, strict=True))
        if line.unit_price != new.unit_price
    ]


def refresh(purchase: Purchase, offer: Offer) -> None:
    """Puts today's prices, names, rates and shipping on an open cart, and sums it up. An order that staff priced is left as it is.

    Raises AmountTooLarge.
    """
    order = purchase.order
    if order.staff_priced:
        return
    purchase.lines = [refreshed(line, order, offer) for line in purchase.lines]
    method = offer.methods.get(order.shipping_method) if order.shipping_method else None
    if method is not None and order.currency in method.prices:
        choose(method, order, offer, price=shipping_price(method, purchase))
    sum_up(purchase)


def choose(method: ShippingMethod, order: Order, offer: Offer, *, price: int) -> None:
    """Makes `method` the order's, at `price`."""
    order.shipping_method = method.code
    order.shipping_name = pick(method.names, order.language, offer.default_language)
    order.shipping_price = price
    order.shipping_rate_bp = tax_rate_of_shipping(method, order)
    order.shipping_pickup = method.pickup
    order.shipping_carrier = method.carrier
    order.shipping_lead_days_max = method.lead_days_max
    order.shipping_cut_off = method.cut_off
    order.pickup_point = method.pickup_points[0] if method.pickup_points else None


def choose_none(order: Order) -> None:
    """Takes the shipping method away."""
    order.shipping_method = order.shipping_name = order.shipping_carrier = None
    order.shipping_lead_days_max = order.shipping_cut_off = order.pickup_point = None
    order.shipping_price = order.shipping_rate_bp = 0
    order.shipping_pickup = False


def shipping_price(method: ShippingMethod, purchase: Purchase) -> int:
    """The method's price for these goods: 0 when items less their discounts, as priced, reach `free_over` (R-DLV-20)."""
    order = purchase.order
    price = order.precision.round(method.prices[order.currency])
    if price and method.free_over is not None and method.currency == order.currency:
        free = _priced(purchase, shipping=PriceLine(SHIPPING, 0, 1, 0, tax_rate_of_shipping(method, order)))
        if free.items_after_discounts >= method.free_over:
            return 0
    return price


def shipping_total(method: ShippingMethod, purchase: Purchase) -> tuple[int, int, int]:
    """Price, rate in basis points, and total with tax, if the order took this method."""
    order = purchase.order
    price, rate = shipping_price(method, purchase), tax_rate_of_shipping(method, order)
    alone = price_document(
        [],
        shipping=PriceLine(SHIPPING, price, 1, 0, rate),
        discounts=[],
        precision=order.precision,
        prices_include_tax=order.prices_include_tax,
        rounding=TaxRounding(order.tax_rounding),
    )
    return price, rate, alone.totals.total


def sum_up(purchase: Purchase) -> None:
    """Writes the engine's figures on lines, shipping, discounts and totals. Raises AmountTooLarge."""
    order = purchase.order
    chosen = order.shipping_method is not None
    document = _priced(purchase, shipping=PriceLine(SHIPPING, order.shipping_price, 1, 0, order.shipping_rate_bp) if chosen else None)
    totals = document.totals
    if max(totals.items, totals.total) > LARGEST_MINOR:
        raise AmountTooLarge

    purchase.lines = [_with_figures(line, priced) for line, priced in zip(purchase.lines, document.lines, strict=True)]
    amounts = {applied.key: applied.amount for applied in document.discounts}
    purchase.discounts = [replace(discount, amount=amounts[discount.id]) for discount in purchase.discounts]
    shipping = document.shipping or _NOTHING
    order.shipping_discount, order.shipping_voucher = shipping.discount, shipping.voucher
    order.shipping_net, order.shipping_tax, order.shipping_total = shipping.net, shipping.tax, shipping.total
    order.items, order.discount = totals.items, totals.discount
    order.shipping, order.voucher = totals.shipping, totals.voucher
    order.net, order.tax, order.total = totals.net, totals.tax, totals.total
    order.tax_lines = [{"rate_bp": line.rate_bp, "net": line.net, "tax": line.tax} for line in totals.tax_lines]


def _priced(purchase: Purchase, *, shipping: PriceLine | None) -> PricedDocument:
    order = purchase.order
    return price_document(
        [PriceLine(line.id, line.unit_price, line.quantity, line.discount_bp, line.rate_bp) for line in purchase.lines],
        shipping=shipping,
        discounts=_order_discounts(purchase),
        precision=order.precision,
        prices_include_tax=order.prices_include_tax,
        rounding=TaxRounding(order.tax_rounding),
    )


def _order_discounts(purchase: Purchase) -> Sequence[OrderDiscount]:
    return [
        OrderDiscount(discount.id, DiscountKind(discount.type), discount.value, AppliesTo(discount.applies_to))
        for discount in purchase.discounts
    ]


def _with_figures(line: Line, priced: PricedLine) -> Line:
    return replace(line, discount=priced.discount, voucher=priced.voucher, net=priced.net, tax=priced.tax, total=priced.total)
