"""Orders to make a million of: the shop itself takes a few dozen of every kind, and their rows are read out of its databases.

What a real order leaves behind is written by the services alone, so the rows that are multiplied are always those of today's tables.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

from benchmarks.load_settings import ADMIN_KEY, PUBLISHABLE_KEY
from benchmarks.rows import Rows, rows_of
from benchmarks.system import running
from services.host import demo
from services.host.demo.client import Cart, ShopClient
from services.host.demo.placing import place, wait_for
from services.host.demo.plan import Plan, Stage, plan_orders
from services.host.demo.run import ACCOUNT, SETTINGS
from services.host.roster import ROSTER
from shared.settings import Environment
from shared.values.clock import parse_rfc3339, rfc3339

Record = dict[str, Any]
Row = dict[str, Any]
PASSWORD: Final = "a long sentence"
"""Of every account."""
ACCOUNT_STAGES: Final = (Stage.DELIVERED, Stage.SHIPPED, Stage.UNPAID)
"""Kinds of which half are ordered by customers with an account."""
DELIVERED_AT_LAST: Final = (Stage.DECLINED_THEN_PAID, Stage.PAID_BY_WIRE, Stage.TAKEN_BY_PHONE)
"""Kinds that the samples leave in the warehouse, and that a shop of some age does not."""
ENDED_DAYS: Final = 45
"""So much later the first half of the orders are read: parcels have come, return periods are over, carts are left, late ones late."""
REST_SECONDS: Final = 300.0
ULID: Final = re.compile(r"\b([a-z]{3})_([0-9A-HJKMNP-TV-Z]{26})\b")
SHOPS_OWN: Final[Mapping[str, Sequence[str]]] = {
    "orders": ("settings", "sellers", "products", "shipping_methods", "availability"),
    "delivery": ("settings", "shipping_methods", "skus", "stock"),
    "billing": ("settings", "payment_methods", "files"),
    "returns": ("settings",),
    "notifications": ("settings",),
}
"""Tables that belong to no order, taken over as they are."""
NOT_TAKEN: Final = frozenset({"outbox", "unrecorded", "dead_letters", "idempotency", "relay", "clock", "audit_log", "sessions"})


@dataclass
class Pattern:
    """An order of a kind: its rows by (service, table). `ended`: its story is over."""

    stage: Stage
    ended: bool
    language: str
    name: str
    email: str
    phone: str
    order: Row
    account: Row | None
    rows: dict[tuple[str, str], list[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Patterns:
    """What one shop left behind."""

    orders: Sequence[Pattern]
    own: Mapping[tuple[str, str], Sequence[Row]]


class _SignedIn(ShopClient):
    """A storefront in which a customer has signed in."""

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url, PUBLISHABLE_KEY, ADMIN_KEY)
        self._token = token

    def _store(self, method: str, path: str, body: Mapping[str, Any] | None, cart: Cart | None = None) -> Record:
        headers = {"X-Publishable-Key": PUBLISHABLE_KEY, "Authorization": f"Bearer {self._token}"}
        if path.endswith("/submit") and cart is not None:
            headers["Idempotency-Key"] = f"submit-{cart.id}"
        return self._call(method, path, body, headers)


class _Staff(ShopClient):
    """What staff do here besides."""

    def sign_up(self, customer: Mapping[str, Any]) -> str:
        """The token of the new account's session."""
        asked = {"email": customer["email"], "password": PASSWORD, "name": customer["name"], "phone": customer["phone"]}
        return str(self._store("POST", "/store/v1/customers", asked)["token"])

    def deliver(self, number: str) -> None:
        """What of the order is ready leaves and arrives."""
        (order,) = self.orders(q=number, limit=1)
        for delivery in self.deliveries(order["id"]):
            if delivery["state"] == "ready":
                done = self.validate(delivery["id"], tracking_number=f"CW{number}")
                for parcel in done["parcels"]:
                    self.parcel_event(parcel["id"], "delivered")

    def cancel(self, number: str) -> None:
        """The customer has thought better of it."""
        (order,) = self.orders(q=number, limit=1)
        self._staff("POST", f"/admin/v1/orders/{order['id']}/cancel", {"reason": "customer_request", "notify": False})

    def let_days_pass(self, days: int) -> None:
        """Everything happens that is due by then; then the clock runs again."""
        now = parse_rfc3339(self._staff("GET", "/admin/v1/test_clock")["now"])
        self._staff("POST", "/admin/v1/test_clock", {"now": rfc3339(now + timedelta(days=days))})
        self._staff("DELETE", "/admin/v1/test_clock")


def take_patterns(count: int, *, seed: int) -> Patterns:
    """`count` orders twice over: as they are after weeks, and as they are on their day.

    Raises CannotMeasure, and what the shop answers to an order that it does not take.
    """
    with running("embedded", provider=False, test_mode=True) as system, rows_of(system.environment) as rows:
        shop = _Staff(system.environment.local_url, PUBLISHABLE_KEY, ADMIN_KEY)
        _open(shop)
        made: dict[str, tuple[Plan, bool]] = {}
        for ended in (True, False):
            placed = {}
            for position, plan in enumerate(_plans(count, seed=seed + ended)):
                placed[_place(shop, plan, signed_in=position % 2 == 1)] = plan
            made |= {number: (plan, ended) for number, plan in placed.items()}
            _rest(rows)
            if ended:
                _go_on(shop, placed)
                _rest(rows)
                shop.let_days_pass(ENDED_DAYS)
                _rest(rows)
        return _read(system.environment, made)


def _open(shop: ShopClient) -> None:
    shop.change_settings(SETTINGS)
    shop.change_payment_method("wire", details=ACCOUNT)
    stock = [{**item, "on_hand": item["on_hand"] * 50} for item in demo.stock()]
    shop.load_catalogue(sellers=demo.sellers(), products=demo.products(), stock=stock, shipping_methods=demo.shipping_methods())


def _plans(count: int, *, seed: int) -> Iterator[Plan]:
    """Every kind of order in turn, by customers of every language; most have one line or two."""
    found = plan_orders(
        count, customers=demo.customers(), products=demo.products(), stock=demo.stock(), shipping_methods=demo.shipping_methods(), seed=seed
    )
    for position, plan in enumerate(found):
        lines = plan.lines if plan.stage is Stage.WAITING_STOCK or position % 5 == 0 else plan.lines[: 1 + position % 2]
        yield replace(plan, lines=lines)


def _place(shop: _Staff, plan: Plan, *, signed_in: bool) -> str:
    """The order's number, or its id while it has none."""
    if not (signed_in and plan.stage in ACCOUNT_STAGES):
        return place(shop, plan)
    # The sample customers come again and again, and an address has one account.
    plan.customer["email"] = f"{secrets.token_hex(4)}.{plan.customer['email']}"
    return place(_SignedIn(shop.base_url, shop.sign_up(plan.customer)), plan)


def _go_on(shop: _Staff, placed: Mapping[str, Plan]) -> None:
    for position, (number, plan) in enumerate(placed.items()):
        if plan.stage in DELIVERED_AT_LAST:
            shop.deliver(number)
        if plan.stage is Stage.AWAITING_WIRE and position % 2:
            shop.cancel(number)


def _rest(rows: Rows) -> None:
    """Until nothing is left to do, seen thrice: between a message taken and the fact it tells, nothing is seen."""
    calm = 0

    def resting() -> bool:
        nonlocal calm
        calm = 0 if rows.unfinished() else calm + 1
        return calm >= 3

    wait_for(resting, "the shop's rest", seconds=REST_SECONDS)


def _read(environment: Environment, made: Mapping[str, tuple[Plan, bool]]) -> Patterns:
    found = {}
    own = {}
    for service in ROSTER.values():
        engine = create_engine(environment.database_url_of(service.name), poolclass=NullPool)
        with engine.connect() as connection:
            for table in service.metadata.sorted_tables:
                rows = [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
                if table.name in SHOPS_OWN[service.name]:
                    own[service.name, table.name] = rows
                elif table.name not in NOT_TAKEN:
                    found[service.name, table.name] = rows
    accounts = {row["id"]: row for row in found.pop(("orders", "customers"))}
    own["delivery", "stock_moves"] = [row for row in found["delivery", "stock_moves"] if row["delivery_id"] is None]
    orders = [_pattern(row, *made[row["number"] or row["id"]], accounts) for row in found["orders", "orders"]]
    by_order = {pattern.order["id"]: pattern for pattern in orders}
    for of_table, row, order_id in owned(found, others=accounts.keys()):
        by_order[order_id].rows.setdefault(of_table, []).append(row)
    return Patterns(orders, own)


def _pattern(order: Row, plan: Plan, ended: bool, accounts: Mapping[str, Row]) -> Pattern:
    customer = plan.customer
    return Pattern(
        stage=plan.stage,
        ended=ended,
        language=customer["language"],
        name=customer["name"],
        email=customer["email"],
        phone=customer["phone"],
        order=order,
        account=accounts.get(order["customer_id"]),
    )


def owned(found: Mapping[tuple[str, str], Sequence[Row]], *, others: Collection[str]) -> Iterator[tuple[tuple[str, str], Row, str]]:
    """Every row that belongs to one order, with the order's id: it says so, or it names records that belong to this order alone.

    `others`: ids that belong to no order although orders name them. Rows of no order, and facts about a sku, are left out.
    """
    owner = {row["id"]: row["id"] for row in found["orders", "orders"]}
    open_rows = [(table, row) for table, rows in found.items() for row in rows]
    while True:
        left = []
        for table, row in open_rows:
            ids = _ids(row)
            said = row.get("order_id") or (row["id"] if table == ("orders", "orders") else None)
            owners = {said} if said else {owner[one] for one in ids if one in owner}
            if len(owners) != 1 or (table[1] in ("told", "inbox", "events") and "stock_changed" in repr(row)):
                left.append((table, row))
                continue
            (order_id,) = owners
            for one in ids:
                # A request may be about many orders.
                if one not in others and not one.startswith(("req_", "key_", "usr_")):
                    owner.setdefault(one, order_id)
            yield table, row, order_id
        if len(left) == len(open_rows):
            return
        open_rows = left


def _ids(row: Row) -> set[str]:
    return {found.group() for found in ULID.finditer(repr(row))}
