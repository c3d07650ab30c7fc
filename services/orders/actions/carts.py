"""Carts: made with or without a first line, and edited by their customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.orders.actions.contact import set_contact
from services.orders.actions.customers import owned_by
from services.orders.actions.edit import Edit, finish_edit, open_edit
from services.orders.actions.lines import NewLine, put_in
from services.orders.actions.offer import read_offer
from services.orders.actions.standing import settle_new
from services.orders.domain.offer import Offer
from services.orders.domain.order import Order, Purchase
from services.orders.domain.pricing import choose, choose_none, refresh, shipping_price, shipping_total
from services.orders.domain.shipping import ShippingMethod
from services.orders.errors import Failures, ShippingMethodUnavailable, StaffPriced, field_invalid
from services.orders.store import parts as store
from services.orders.store.orders import get_purchase
from shared.contracts.orders import OrderCreated
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id
from shared.values.money import Precision, UnknownCurrency

DEFAULT_CHANNEL: Final = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodQuote:
    """A shipping method that an order may choose. Amounts are minor units, `total` with tax."""

    method: ShippingMethod
    price: int
    rate_bp: int
    total: int


def create_cart(
    tx: Tx,
    *,
    channel: str | None,
    language: str | None,
    currency: str | None,
    test: bool,
    given: Mapping[str, Any],
    lines: Sequence[NewLine],
    customer_id: str | None = None,
) -> tuple[Purchase, Offer]:
    """A new quotation with these lines and contact fields, and what the shop offers for it. What is not given comes from the account.

    Raises SeveralInvalid, ShippingMethodUnavailable, AmountTooLarge."""
    settings = shop_settings(tx)
    order = new_order(
        tx, settings, channel=channel or DEFAULT_CHANNEL, language=language, currency=currency, prepayment_percent=None, test=test
    )
    purchase = Purchase(order)
    failures = Failures()
    set_contact(order, {**owned_by(tx, order, customer_id), **given}, settings, failures, staff=False)
    offer = read_offer(tx, [purchase], settings, more_skus=[line.sku for line in lines])
    for index, line in enumerate(lines):
        put_in(purchase, offer, line, pointer=f"/lines/{index}", failures=failures)
    failures.refuse()

    refresh(purchase, offer)
    if given.get("shipping_method") is not None:
        offer = choose_method(tx, purchase, offer, given["shipping_method"])
        refresh(purchase, offer)
    if given.get("pickup_point") is not None:
        choose_pickup_point(order, offer, given["pickup_point"])
    settle_new(tx, purchase, created(order))
    return purchase, offer


def new_order(
    tx: Tx,
    settings: ShopSettings,
    *,
    channel: str,
    language: str | None,
    currency: str | None,
    prepayment_percent: int | None,
    test: bool,
) -> Order:
    """An empty quotation; currency, decimals and tax mode are frozen on it (R-MON-13, R-MON-24). Raises SeveralInvalid."""
    try:
        precision = Precision.of(currency or settings.store.default_currency, settings.store.currency_decimals)
    except UnknownCurrency as error:
        raise field_invalid("/currency", str(error)) from None
    return Order(
        id=new_id("ord"),
        channel=channel,
        language=language or settings.store.default_language,
        test=test,
        currency=precision.currency,
        decimals=precision.decimals,
        prices_include_tax=settings.tax.prices_include_tax,
        tax_rounding=settings.tax.rounding,
        prepayment_percent=settings.orders.prepayment_percent if prepayment_percent is None else prepayment_percent,
        team=settings.orders.default_team,
        salesperson=settings.orders.default_salesperson,
        assignment_source="rule" if settings.orders.default_team or settings.orders.default_salesperson else "none",
        created_at=tx.now,
        last_activity_at=tx.now,
    )


def created(order: Order) -> OrderCreated:
    """The fact that an order exists."""
    return OrderCreated(
        order_id=order.id, channel=order.channel, customer_id=order.customer_id, language=order.language, currency=order.currency
    )


def edit_cart(tx: Tx, order_id: str, given: Mapping[str, Any], *, version: str | None) -> Edit:
    """Sets the contact fields, shipping method and pickup point that were given (merge patch).

    Raises what `open_edit` raises, SeveralInvalid, StaffPriced, ShippingMethodUnavailable.
    """
    edit = open_edit(tx, order_id, shop_settings(tx), version=version)
    failures = Failures()
    set_contact(edit.purchase.order, given, edit.settings, failures, staff=False)
    failures.refuse()

    if "shipping_method" in given:
        if edit.purchase.order.staff_priced:
            raise StaffPriced
        edit.offer = choose_method(tx, edit.purchase, edit.offer, given["shipping_method"])
    if "pickup_point" in given:
        choose_pickup_point(edit.purchase.order, edit.offer, given["pickup_point"])
    finish_edit(tx, edit)
    return edit


def choose_method(tx: Tx, purchase: Purchase, offer: Offer, code: str | None) -> Offer:
    """Makes the method the order's; returns the offer with it. Raises ShippingMethodUnavailable."""
    if code is None:
        choose_none(purchase.order)
        return offer
    method = store.some_methods(tx, [code]).get(code)
    if method is None or not (method.carries(purchase) and method.serves(purchase.order.shipping_country)):
        raise ShippingMethodUnavailable(code)
    choose(method, purchase.order, offer, price=shipping_price(method, purchase))
    return offer.with_method(method)


def choose_pickup_point(order: Order, offer: Offer, code: str | None) -> None:
    """Where the customer fetches the goods, one of the chosen method's; null: its own choice. Raises SeveralInvalid."""
    method = offer.methods.get(order.shipping_method) if order.shipping_method else None
    points = method.pickup_points if method is not None else []
    if code is not None and code not in points:
        raise field_invalid("/pickup_point", f"{code} is no place where the chosen shipping method hands over goods")
    order.pickup_point = code or next(iter(points), None)


def quote_methods(tx: Tx, order_id: str) -> tuple[Purchase, list[MethodQuote]]:
    """The methods that the order may choose, with their price for it; none when nothing is to be sent (R-DLV-20, R-ORD-12)."""
    purchase = get_purchase(tx, order_id)
    if purchase.lines and not purchase.goods:
        return purchase, []
    quotes = []
    for method in sorted(store.shipping_methods(tx), key=lambda method: (method.position, method.code)):
        if method.carries(purchase) and method.serves(purchase.order.shipping_country):
            price, rate_bp, total = shipping_total(method, purchase)
            quotes.append(MethodQuote(method=method, price=price, rate_bp=rate_bp, total=total))
    return purchase, quotes
