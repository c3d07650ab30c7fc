"""`cartwright order`: one order from the cart to the doorstep, and what all services say of it as it happens."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from services.host import demo
from services.host.demo.client import ShopAway, ShopClient
from services.host.demo.placing import NothingMoves
from services.host.demo.plan import CURRENCIES, NO_CARD_FOR
from services.host.keys import read_keys
from shared.errors import CartwrightError
from shared.settings import Environment
from shared.values.clock import SystemClock, parse_rfc3339

Record = dict[str, Any]
LONGEST_SECONDS: Final = 30.0
LOOK_AGAIN_SECONDS: Final = 0.05
COLOURS: Final[Mapping[str, str]] = {"orders": "36", "delivery": "33", "billing": "32", "returns": "35", "notifications": "34"}
"""ANSI colours of the services."""


class ShopNotOpen(CartwrightError):
    """There is no shop here in which an order can be played through."""


def place_one(environment: Environment, *, language: str, decline: bool) -> int:
    """Places an order, pays, ships and delivers it, and prints its timeline meanwhile; returns the exit code.

    0: it is delivered and its invoice is drawn. 1: nothing moved for too long. 2: no shop in test mode with goods runs here.
    Raises SettingInvalid when the data dir holds no keys, ShopRefused and ShopFailed for what went wrong on the way.
    """
    keys = read_keys(environment)
    shop = ShopClient(environment.base_url, keys.publishable_key, keys.admin_key)
    dice = random.Random()
    try:
        basket = _basket(shop, dice)
        _Story(shop, colours=sys.stdout.isatty()).tell(basket, _customer(language, dice), decline=decline)
    except (ShopAway, ShopNotOpen) as error:
        print(f"cartwright: {error}; start one with `cartwright demo`", file=sys.stderr)
        return 2
    except NothingMoves as error:
        print(f"cartwright: {error}", file=sys.stderr)
        return 1
    return 0


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
        self._clock = SystemClock()
        self._began = self._stepped = self._clock.now()
        self._shown: set[str] = set()
        self._order_id = ""

    def tell(self, basket: Sequence[Record], customer: Record, *, decline: bool) -> None:
        """All of it. Raises NothingMoves when the whole takes longer than half a minute."""
        self._step(f"{customer['name']} ({customer['language']}) fills a cart and submits it")
        order, payment = self._submit(basket, customer)
        number = order["number"]
        self._await(f"{number} in its timeline", lambda: bool(self._shown))
        if decline:
            self._step("the bank declines the card")
            self._shop.pay(payment, "fail")
            self._await("the news of the declined card", lambda: self._part("payments")[0]["state"] == "failed")
        self._step(f"the bank takes {payment['amount']} {payment['currency']} from the card")
        self._shop.pay(payment, "succeed")
        self._await("the delivery, ready to be shipped", lambda: self._ready_delivery() is not None)
        self._step("staff ship the parcel")
        shipped = self._shop.validate(self._ready_delivery() or "", tracking_number=f"CW{number}")
        self._await("the shipped order", lambda: self._order()["delivery_status"] == "full")
        self._step("the carrier hands it over")
        self._shop.parcel_event(shipped["parcels"][0]["id"], "delivered")
        self._await("the invoice's PDF", lambda: any(invoice["pdf_ready"] for invoice in self._part("invoices")))
        self._await("the mail with the invoice", self._mails_are_out)
        took = (self._clock.now() - self._began).total_seconds()
        print(
            f"\n{number} is delivered, {order['totals']['total']} {order['currency']}, its invoice drawn and mailed: {took:.1f} s in all."
        )

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

    def _order(self) -> Record:
        return self._shop.order(self._order_id)

    def _part(self, name: str) -> list[Record]:
        """None, when its service is away: nothing is there yet."""
        part: list[Record] | None = self._shop.order(self._order_id, name)[name]
        return part or []

    def _ready_delivery(self) -> str | None:
        return next((str(delivery["id"]) for delivery in self._part("deliveries") if delivery["state"] == "ready"), None)

    def _mails_are_out(self) -> bool:
        mails = self._shop.notifications(self._order_id)
        return any(mail["template"] == "invoice" for mail in mails) and all(mail["state"] not in ("queued", "sending") for mail in mails)

    def _await(self, awaited: str, arrived: Callable[[], bool]) -> None:
        """Prints what is new until `arrived`."""
        while True:
            here = arrived()
            self._show_news()
            if here:
                return
            if (self._clock.now() - self._began).total_seconds() > LONGEST_SECONDS:
                raise NothingMoves(awaited, LONGEST_SECONDS)
            time.sleep(LOOK_AGAIN_SECONDS)

    def _step(self, what: str) -> None:
        self._stepped = self._clock.now()
        print(self._coloured(f"\n{what}", "1"), flush=True)

    def _show_news(self) -> None:
        for entry in self._shop.timeline(self._order_id):
            if entry["position"] not in self._shown:
                self._shown.add(entry["position"])
                print(self._line(entry), flush=True)

    def _line(self, entry: Record) -> str:
        """Time of day, milliseconds since the last step, service, title, who did it."""
        milliseconds = max(0, (parse_rfc3339(entry["at"]) - self._stepped) // timedelta(milliseconds=1))
        service = self._coloured(f"{entry['service']:13}", COLOURS.get(entry["service"], "0"))
        actor = entry["actor"].get("name") or entry["actor"]["type"]
        return f"  {entry['at'][11:23]}  {milliseconds:6} ms  {service}  {entry['title']:56}  {actor}".rstrip()

    def _coloured(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colours else text
