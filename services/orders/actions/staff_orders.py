"""Orders made by staff: as quotations, at prices that then stand (R-ORD-45, R-MON-13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.orders.actions.carts import choose_method, choose_pickup_point, created, new_order
from services.orders.actions.contact import set_contact
from services.orders.actions.customers import owned_by
from services.orders.actions.lines import NewLine, put_in
from services.orders.actions.number import give_number
from services.orders.actions.offer import read_offer
from services.orders.actions.reopen import await_validity
from services.orders.actions.standing import settle_new
from services.orders.domain.offer import Offer
from services.orders.domain.order import Discount, Line, Order, Purchase
from services.orders.domain.pricing import sum_up
from services.orders.errors import Failures
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id
from shared.values.money import parse_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLine:
    """A line with what staff set of its price, as decimal strings."""

    line: NewLine
    unit_price: str | None = None
    discount_percent: str | None = None
    price_reason: str | None = None

    @property
    def own_price(self) -> bool:
        """Whether it is not simply the catalogue's."""
        return self.unit_price is not None or self.discount_percent is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDiscount:
    """An order discount; `value` is a percent or an amount, as a decimal string."""

    label: str
    type: Literal["percent", "amount", "voucher"]
    value: str
    applies_to: Literal["items", "shipping", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffOrder:
    """What staff ask for. `given` holds the contact fields."""

    channel: str
    language: str | None
    currency: str | None
    prepayment_percent: int | None
    external_id: str | None
    manager: str | None
    """Its maker (R-ORD-44)."""
    valid_until: datetime | None
    """None: as long as the shop's quotations are valid."""
    promised_at: datetime | None
    note: str | None
    tags: Sequence[str]
    pickup_point: str | None
    customer_id: str | None
    given: Mapping[str, Any]
    lines: Sequence[StaffLine]
    discounts: Sequence[StaffDiscount]
    shipping_method: str | None
    shipping_price: str | None

    @property
    def overrides_prices(self) -> bool:
        """Whether it needs `orders.price_override`."""
        return bool(self.discounts) or self.shipping_price is not None or any(line.own_price for line in self.lines)


def create_staff_order(tx: Tx, wanted: StaffOrder, *, test: bool) -> tuple[Purchase, Offer]:
    """A numbered quotation, and what the shop offers for it.

    Raises SeveralInvalid, ShippingMethodUnavailable, AmountTooLarge, ExternalIdTaken.
    """
    settings = shop_settings(tx)
    order = new_order(
        tx,
        settings,
        channel=wanted.channel,
        language=wanted.language,
        currency=wanted.currency,
        prepayment_percent=wanted.prepayment_percent,
        test=test,
    )
    order.external_id, order.manager, order.note = wanted.external_id, wanted.manager, wanted.note
    order.tags = list(dict.fromkeys(wanted.tags))
    order.promised_at = wanted.promised_at
    purchase = Purchase(order)
    failures = Failures()
    order.valid_until = _valid_until(tx, wanted, settings, failures)
    set_contact(order, {**owned_by(tx, order, wanted.customer_id), **wanted.given}, settings, failures, staff=True)
    offer = read_offer(tx, [purchase], settings, more_skus=[wanted_line.line.sku for wanted_line in wanted.lines])
    _add_lines(purchase, offer, wanted.lines, failures)
    purchase.discounts = [_discount(order, i, discount, failures) for i, discount in enumerate(wanted.discounts)]
    own_shipping_price = _own_shipping_price(order, wanted, failures)
    failures.refuse()

    sum_up(purchase)
    if wanted.shipping_method is not None:
        offer = choose_method(tx, purchase, offer, wanted.shipping_method)
        if own_shipping_price is not None:
            order.shipping_price = own_shipping_price
        sum_up(purchase)
    if wanted.pickup_point is not None:
        choose_pickup_point(order, offer, wanted.pickup_point)
    order.staff_priced = True
    give_number(tx, order, settings)
    settle_new(tx, purchase, created(order))
    await_validity(tx, order)
    return purchase, offer


def _valid_until(tx: Tx, wanted: StaffOrder, settings: ShopSettings, failures: Failures) -> datetime | None:
    if wanted.valid_until is not None:
        if wanted.valid_until <= tx.now:
            failures.add("/valid_until", "validation_failed", "has passed already")
        return wanted.valid_until
    days = settings.orders.quotation_valid_days
    return None if days is None else tx.now + timedelta(days=days)


def _add_lines(purchase: Purchase, offer: Offer, lines: Sequence[StaffLine], failures: Failures) -> None:
    # One after the other, never joined: two prices of one product are two lines.
    found: list[Line] = []
    for index, wanted in enumerate(lines):
        alone = Purchase(purchase.order)
        put_in(alone, offer, wanted.line, pointer=f"/lines/{index}", failures=failures)
        for line in alone.lines:
            own = _own_price(wanted, purchase.order, index, failures)
            if own == 0 and not offer.allow_zero_price:
                failures.add(f"/lines/{index}/unit_price", "validation_failed", "the shop sells nothing for nothing")
            percent = _percent(wanted.discount_percent or "0", f"/lines/{index}/discount_percent", failures)
            found.append(
                replace(
                    line,
                    position=index + 1,
                    unit_price=line.unit_price if own is None else own,
                    discount_bp=percent,
                    price_reason=wanted.price_reason,
                )
            )
    purchase.lines = found


def _own_price(wanted: StaffLine, order: Order, index: int, failures: Failures) -> int | None:
    if wanted.own_price and not wanted.price_reason:
        failures.add(f"/lines/{index}/price_reason", "validation_failed", "another price or a discount needs a reason")
    if wanted.unit_price is None:
        return None
    return _amount(order, wanted.unit_price, f"/lines/{index}/unit_price", failures)


def _discount(order: Order, index: int, wanted: StaffDiscount, failures: Failures) -> Discount:
    pointer = f"/discounts/{index}/value"
    value = _percent(wanted.value, pointer, failures) if wanted.type == "percent" else _amount(order, wanted.value, pointer, failures)
    return Discount(
        id=new_id("dsc"),
        order_id=order.id,
        position=index + 1,
        label=wanted.label,
        type=wanted.type,
        value=value or 0,
        applies_to=wanted.applies_to,
    )


def _own_shipping_price(order: Order, wanted: StaffOrder, failures: Failures) -> int | None:
    if wanted.shipping_price is None:
        return None
    if wanted.shipping_method is None:
        failures.add("/shipping_price", "validation_failed", "a shipping price needs a shipping_method")
    return _amount(order, wanted.shipping_price, "/shipping_price", failures)


def _amount(order: Order, text: str, pointer: str, failures: Failures) -> int | None:
    try:
        return order.precision.parse(text)
    except ValueError as error:
        failures.add(pointer, getattr(error, "code", "validation_failed"), str(error))
        return None


def _percent(text: str, pointer: str, failures: Failures) -> int:
    try:
        percent = parse_percent(text)
    except ValueError as error:
        failures.add(pointer, "validation_failed", str(error))
        return 0
    if percent > 10_000:
        failures.add(pointer, "validation_failed", "is more than all of it")
        return 0
    return percent
