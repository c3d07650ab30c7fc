"""What the sample customers are going to do: decided beforehand and the same every time, out of the sample shop's own data."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import cycle
from typing import Any, Final

Record = dict[str, Any]


class Stage(Enum):
    """How far an order gets; the value is what the demo's progress says of it."""

    OPEN_CART = "cart left open"
    UNPAID = "submitted, not paid"
    DECLINED = "card declined"
    DECLINED_THEN_PAID = "card declined, then paid"
    PAID = "paid, ready to ship"
    WAITING_STOCK = "paid, waiting for stock"
    SHIPPED = "paid and shipped"
    DELIVERED = "paid, shipped and delivered"
    AWAITING_WIRE = "to be paid by wire"
    PAID_BY_WIRE = "paid by wire, the money recorded by staff"
    TO_BE_FETCHED = "confirmed unpaid, waiting to be fetched"
    TAKEN_BY_PHONE = "taken by phone, paid in cash"
    QUOTATION = "written down by staff, with a discount"


SEED: Final = 20_310_711
"""Chosen so that 40 orders show all languages delivered and paid, in euro and in dong."""
CYCLE: Final = (
    Stage.DELIVERED,
    Stage.PAID,
    Stage.UNPAID,
    Stage.DECLINED_THEN_PAID,
    Stage.SHIPPED,
    Stage.QUOTATION,
    Stage.AWAITING_WIRE,
    Stage.TO_BE_FETCHED,
    Stage.DELIVERED,
    Stage.OPEN_CART,
    Stage.PAID_BY_WIRE,
    Stage.WAITING_STOCK,
    Stage.TAKEN_BY_PHONE,
    Stage.DECLINED,
    Stage.SHIPPED,
    Stage.PAID,
)
"""So that a few orders show as many stages as they can."""
CURRENCIES: Final = {"VN": "VND", "IR": "IRR"}
"""By country; the others pay in the shop's own, the euro."""
HEAVY_GRAMS: Final = 3000
"""Nobody buys two samovars at once; with one, every parcel stays below what its shipping method takes."""
NO_CARD_FOR: Final = frozenset({"IRR"})
"""Currencies that the card cannot take: their orders are paid by wire."""
BY_WIRE: Final = (Stage.AWAITING_WIRE, Stage.PAID_BY_WIRE)


@dataclass(frozen=True)
class Plan:
    """One order to come: `lines` are (sku, quantity)."""

    stage: Stage
    customer: Record
    currency: str
    lines: tuple[tuple[str, int], ...]
    shipping_method: str
    discount_percent: str | None = None

    @property
    def address(self) -> Record:
        """Where it goes: the customer's first address."""
        address: Record = self.customer["addresses"][0]
        return address

    @property
    def contact(self) -> Record:
        """Who ordered, as a cart's PATCH and a staff order's customer name it."""
        return {name: self.customer[name] for name in ("email", "phone", "name", "company", "tax_id") if self.customer.get(name)}


def plan_orders(
    count: int,
    *,
    customers: Sequence[Record],
    products: Sequence[Record],
    stock: Sequence[Record],
    shipping_methods: Sequence[Record],
    seed: int = SEED,
) -> Iterator[Plan]:
    """`count` orders by the sample customers in turn, none of them for goods that the plan itself has sold out; fewer when all is."""
    dice = random.Random(seed)
    shelf = _Shelf(products, stock, dice)
    visitors = list(customers)
    dice.shuffle(visitors)
    stages, without_card = cycle(CYCLE), cycle(BY_WIRE)
    for customer in (visitors[number % len(visitors)] for number in range(count)):
        if shelf.is_empty():
            return
        country = customer["addresses"][0]["country"]
        currency = CURRENCIES.get(country, "EUR")
        stage = next(without_card if currency in NO_CARD_FOR else stages)
        lines = tuple(shelf.pick(stage, most=dice.randint(1, 4)))
        weight = shelf.weight_g(lines)
        methods = [method["code"] for method in shipping_methods if _serves(method, stage, country=country, weight_g=weight)]
        yield Plan(
            stage=stage,
            customer=customer,
            currency=currency,
            lines=lines,
            shipping_method=dice.choice(methods),
            discount_percent=dice.choice(("5", "7.5", "10", "12.5")) if stage is Stage.QUOTATION else None,
        )


def _serves(method: Record, stage: Stage, *, country: str, weight_g: int) -> bool:
    if method["pickup"] or stage is Stage.TO_BE_FETCHED:
        return bool(method["pickup"]) is (stage is Stage.TO_BE_FETCHED)
    return country in method.get("countries", ()) and weight_g <= method["max_weight_g"]


class _Shelf:
    """What is left to plan with: every piece in a submitted cart is held, so only so many can be."""

    def __init__(self, products: Sequence[Record], stock: Sequence[Record], dice: random.Random) -> None:
        self._dice = dice
        self._left = {item["sku"]: item["on_hand"] for item in stock}
        self._weights = {product["sku"]: product["weight_g"] for product in products}
        goods = [product for product in products if product["type"] == "goods"]
        self._others = [product["sku"] for product in products if product["type"] != "goods"]
        self._goods = [product["sku"] for product in goods]
        self._to_wait_for = [product["sku"] for product in goods if product["allow_backorder"] and not self._left[product["sku"]]]

    def is_empty(self) -> bool:
        """Whether all goods are sold."""
        return not any(self._left.values())

    def weight_g(self, lines: Sequence[tuple[str, int]]) -> int:
        """What the parcel of these lines weighs."""
        return sum(self._weights[sku] * quantity for sku, quantity in lines)

    def pick(self, stage: Stage, *, most: int) -> Iterator[tuple[str, int]]:
        """At least one line of goods, `most` at most, now and then a service or a download besides."""
        in_stock = [sku for sku in self._goods if self._left[sku] > 0]
        for sku in self._dice.sample(in_stock, min(most, len(in_stock))):
            wanted = self._dice.choice((1, 1, 1, 2, 2, 3))
            quantity = 1 if self._weights[sku] > HEAVY_GRAMS else min(wanted, self._left[sku])
            self._left[sku] -= quantity
            yield sku, quantity
        if stage is Stage.WAITING_STOCK:
            yield self._dice.choice(self._to_wait_for), 1
        if self._dice.random() < 0.2:
            yield self._dice.choice(self._others), 1
