"""What staff and customers look at, as calls of the public API, each with values that a shop of that age has."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import psycopg

from shared.values.clock import rfc3339

VIEWS: Final = ("carts", "abandoned", "unpaid", "to_confirm", "to_ship", "on_hold", "late", "payment_problem", "returns", "done")
SORTS: Final = ("-created_at", "created_at", "-confirmed_at", "-total", "-last_activity_at")
WORDS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("state", ("quotation", "quotation_sent", "confirmed", "cancelled")),
    ("status", ("completed", "shipped", "payment_accepted", "awaiting_payment", "on_backorder_paid")),
    ("payment_status", ("unpaid", "paid", "refunded")),
    ("delivery_status", ("none", "partial", "full")),
    ("invoice_status", ("none", "invoiced")),
    ("return_status", ("none", "requested")),
    ("channel", ("web", "phone", "api")),
    ("unassigned", ("true",)),
    ("held", ("true",)),
    ("late", ("true",)),
    ("duplicate", ("true",)),
)
PARTS: Final = "payments,deliveries,invoices"
"""What an order's page shows of the other services."""
_PERSIAN: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True)
class Look:
    """A kind of look and the paths that are asked for, each once. `pages`: so many pages further by the cursor of the answer."""

    name: str
    paths: Sequence[str]
    pages: int = 0


def looks(connection: psycopg.Connection[Any], *, now: datetime, times: int, seed: int) -> list[Look]:
    """Every kind, `times` paths each, of orders drawn from the shop's own."""
    dice = random.Random(seed)
    people = connection.execute(
        "SELECT number, email, customer_name, phone, id FROM orders.orders TABLESAMPLE SYSTEM (%s) "
        "WHERE number IS NOT NULL AND email IS NOT NULL LIMIT 5000",
        (_percent(connection),),
    ).fetchall()
    drawn = [dice.choice(people) for _ in range(times)]
    accounts = [row[0] for row in connection.execute("SELECT id FROM orders.customers ORDER BY id LIMIT %s", (times,))]
    days = [now - timedelta(days=dice.randint(10, 900)) for _ in range(times)]
    spans = [{"created_at[gte]": rfc3339(day), "created_at[lt]": rfc3339(day + timedelta(days=1))} for day in days]
    found = [
        Look("orders, newest first", [_orders()] * times),
        Look("orders, ten pages on", [_orders()] * times, pages=10),
        Look("orders of a day", [_orders(**span) for span in spans]),
        Look("orders by total, confirmation, activity", [_orders(sort=SORTS[number % len(SORTS)]) for number in range(times)]),
        *(Look(f"orders, view {view}", [_orders(view=view)] * times) for view in VIEWS),
        *(Look(f"orders by {name}", [_orders(**{name: words[number % len(words)]}) for number in range(times)]) for name, words in WORDS),
        Look("orders of an account", [_orders(customer_id=account) for account in accounts]),
        Look("q: number", [_orders(q=number) for number, *_ in drawn]),
        Look("q: Persian digits", [_orders(q=number.translate(_PERSIAN)) for number, *_ in drawn]),
        Look("q: e-mail", [_orders(q=email) for _, email, *_ in drawn]),
        Look("q: whole name", [_orders(q=name) for _, _, name, *_ in drawn]),
        Look("q: first name", [_orders(q=name.split()[0]) for _, _, name, *_ in drawn]),
        Look("q: phone", [_orders(q=phone) for _, _, _, phone, _ in drawn]),
        Look("q: what nobody has", [_orders(q=f"zq{number}") for number in range(times)]),
        Look("scan of a number", [f"/admin/v1/scan/{number}" for number, *_ in drawn]),
        Look("an order with all its parts", [f"/admin/v1/orders/{order}?include={PARTS}" for *_, order in drawn]),
        Look("an order's timeline", [f"/admin/v1/orders/{order}/timeline" for *_, order in drawn]),
    ]
    for path in ("deliveries", "invoices", "payments", "tasks", "notifications"):
        found.append(Look(path, [f"/admin/v1/{path}"] * times))
        found.append(Look(f"{path} of an order", [f"/admin/v1/{path}?order_id={order}" for *_, order in drawn]))
    found += [
        Look("deliveries that are ready", ["/admin/v1/deliveries?state=ready"] * times),
        Look("invoices not paid", ["/admin/v1/invoices?payment_state=not_paid"] * times),
        Look("payments by q", [f"/admin/v1/payments?q={quote(number)}" for number, *_ in drawn]),
        Look("customers by q", [f"/admin/v1/customers?q={quote(email)}" for _, email, *_ in drawn]),
    ]
    return found


def _orders(**filters: str) -> str:
    return "/admin/v1/orders" + (f"?{urlencode(filters)}" if filters else "")


def _percent(connection: psycopg.Connection[Any]) -> float:
    """Of the table, so that some thousands are drawn from."""
    (orders,) = connection.execute("SELECT greatest(count(*), 1) FROM orders.orders").fetchone() or (1,)
    return min(100.0, 1_000_000.0 / int(orders))
