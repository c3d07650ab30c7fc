"""`cartwright order`: one order from the cart to the doorstep, and what all services say of it as it happens."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from services.host import demo
from services.host.demo.client import ShopAway, ShopClient
from services.host.demo.placing import NothingMoves
from services.host.demo.plan import CURRENCIES, NO_CARD_FOR
from services.host.keys import read_keys
from shared.errors import CartwrightError, SettingInvalid
from shared.settings import Environment
from shared.values.clock import parse_rfc3339

Record = dict[str, Any]
LONGEST_SECONDS: Final = 30.0
LONGEST_CALL_SECONDS: Final = 10.0
LOOK_AGAIN_SECONDS: Final = 0.05
COLOURS: Final[Mapping[str, str]] = {"orders": "36", "delivery": "33", "billing": "32", "returns": "35", "notifications": "34"}
"""ANSI colours of the services."""


class ShopNotOpen(CartwrightError):
    """There is no shop here in which an order can be played through."""


def place_one(environment: Environment, *, language: str, decline: bool) -> int:
    """Places an order, pays, ships and delivers it, and prints its timeline meanwhile; returns the exit code.

    0: it is delivered and its invoice is drawn. 1: nothing moved for too long. 2: no shop in test mode with goods runs here.
    Raises ShopRefused and ShopFailed for what went wrong on the way.
    """
    dice = random.Random()
    try:
        shop = _shop(environment)
        basket = _basket(shop, dice)
        _Story(shop, colours=sys.stdout.isatty()).tell(basket, _customer(language, dice), decline=decline)
    except (ShopAway, ShopNotOpen) as error:
        print(f"cartwright: {error}; start one with `cartwright demo`", file=sys.stderr)
        return 2
    except NothingMoves as error:
        print(f"cartwright: {error}", file=sys.stderr)
        return 1
    return 0


def _shop(environment: Environment) -> ShopClient:
    """The shop of this data dir. Raises ShopNotOpen when none was ever opened in it."""
    try:
        keys = read_keys(environment)
    except SettingInvalid:
        raise ShopNotOpen(f"no shop was ever opened in {environment.data_dir.absolute()}") from None
    return ShopClient(environment.base_url, keys.publishable_key, keys.admin_key, timeout_seconds=LONGEST_CALL_SECONDS)


def _basket(shop: ShopClient, dice: random.Random) -> list[Record]:
    """Lines of goods that are there. Raises ShopNotOpen."""
    if not shop.in_test_mode():
        raise ShopNotOpen(f"the shop at {shop.base_url} is not in test mode, so no order is played there")
    on_sale = {product["sku"] for product in shop.products(type="goods", active="true", limit=100)}
    there = [item["sku"] for item in shop.stock(limit=100) if item["sku"] in on_sale and item["available"] >= 2]
    if not there:
        raise ShopNotOpen(f"the shop at {shop.base_url} has no goods in stock")
    return [{"sku": sku, "quantity": dice.randint(1, 2)} for sku in dice.sample(there, min(2, len(there)))]


def _customer(language: str, dice: random.Random) -> Record:
    """A sample customer of this language who can pay by card."""
    return dice.choice(
        [
            customer
            for customer in demo.customers()
            if customer["language"] == language and CURRENCIES.get(customer["addresses"][0]["country"]) not in NO_CARD_FOR
        ]
    )


class _Story:
    """One order, told line by line. `colours`: whether the terminal shows them."""

    def __init__(self, shop: ShopClient, *, colours: bool) -> None:
        self._shop = shop
        self._colours = colours
        self._order_id = ""
        self._told: dict[str, Record] = {}
        """Entries that are printed, by event."""
        self._caused_at: dict[str, datetime] = {}
        """When the first entry of each request was written: what follows from the request carries its correlation id."""
        self._began = time.monotonic()

    def tell(self, basket: Sequence[Record], customer: Record, *, decline: bool) -> None:
        """All of it. Raises NothingMoves when the whole takes longer than half a minute."""
        self._say_step(f"{customer['name']} ({customer['language']}) fills a cart and submits it")
        order, payment = self._submit(basket, customer)
        self._await("payment", None)
        if decline:
            self._say_step("The bank declines the card")
            self._shop.pay(payment, "fail")
            self._await("payment", "failed")
        self._say_step(f"The bank takes {payment['amount']} {payment['currency']} from the card")
        self._shop.pay(payment, "succeed")
        self._await("invoice", "posted")
        delivery = self._await("delivery", "ready")
        self._say_step("Staff hand the parcel to the carrier")
        self._shop.validate(delivery["id"], tracking_number=f"CW{order['number']}")
        parcel = self._await("parcel", "in_transit")
        self._say_step("The carrier brings it")
        self._shop.parcel_event(parcel["id"], "delivered")
        self._await("order", "delivered")
        self._await("notification", "sent", template="parcel_shipped")
        self._await("notification", "sent", template="invoice")
        took = time.monotonic() - self._began
        print(f"\n{order['number']}: {order['totals']['total']} {order['currency']}, from the cart to the doorstep in {took:.1f} seconds.")

    def _submit(self, basket: Sequence[Record], customer: Record) -> tuple[Record, Record]:
        address = customer["addresses"][0]
        cart = self._shop.open_cart(
            currency=CURRENCIES.get(address["country"], "EUR"), language=customer["language"], lines=list(basket), shipping_address=address
        )
        self._order_id = cart.id
        self._shop.change_cart(
            cart,
            **{name: customer[name] for name in ("email", "phone", "name", "company", "tax_id") if customer.get(name)},
            customer_type=customer["type"],
            billing_address=address,
        )
        offers = [offer["code"] for offer in self._shop.shipping_methods(cart) if not offer["pickup"]]
        if not offers:
            raise ShopNotOpen(f"the shop at {self._shop.base_url} sends nothing to {address['country']}")
        self._shop.change_cart(cart, shipping_method=offers[0])
        answer = self._shop.submit(cart, "card")
        return answer["order"], answer["payment"]

    def _await(self, record: str, state: str | None, *, template: str | None = None) -> Record:
        """Prints what is new until a record of this type has come to `state` (None: to any), and answers {type, id, number?} of it.

        `template`: the one of the mail that is awaited.
        """
        while True:
            self._print_news()
            for entry in self._told.values():
                right_mail = template is None or entry["data"].get("template") == template
                if entry["record"]["type"] == record and state in (None, entry["to"]) and right_mail:
                    found: Record = entry["record"]
                    return found
            if time.monotonic() - self._began > LONGEST_SECONDS:
                raise NothingMoves(" ".join(word for word in ("the", template, record, "that is", state) if word), LONGEST_SECONDS)
            time.sleep(LOOK_AGAIN_SECONDS)

    def _print_news(self) -> None:
        for entry in self._shop.timeline(self._order_id):
            if entry["event_id"] not in self._told:
                self._told[entry["event_id"]] = entry
                print(self._line(entry), flush=True)

    def _line(self, entry: Record) -> str:
        """Time of day (UTC), milliseconds since the request that caused it, service, title, who did it."""
        at = parse_rfc3339(entry["at"])
        hop = (at - self._caused_at.setdefault(entry["correlation_id"], at)) // timedelta(milliseconds=1)
        service = self._coloured(f"{entry['service']:13}", COLOURS[entry["service"]])
        return f"  {entry['at'][11:23]}  {hop:+6} ms  {service}  {entry['title']:64}  {entry['actor']['name']}".rstrip()

    def _say_step(self, what: str) -> None:
        print(self._coloured(f"\n{what}", "1"), flush=True)

    def _coloured(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colours else text
