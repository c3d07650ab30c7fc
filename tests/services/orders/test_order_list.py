"""The one list of all orders: filters, views, sorts, pages and counts."""

from __future__ import annotations

from typing import Any

import pytest

from services.orders.store.order_list import VIEWS
from shared.contracts import billing
from shared.contracts.base import Event
from tests.services.orders.conftest import makes, marks
from tests.support.driver import NOON, ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with
from tests.support.samples_order_facts import (
    captured,
    delivery_created,
    delivery_done,
    delivery_ready,
    failed,
    mismatched,
    payment,
    pending,
)
from tests.support.samples_orders import given_cart, given_confirmed, given_shop, given_submitted

MUG = {"sku": "mug", "quantity": 2}
SECOND = {"sku": "engraving", "quantity": 1}


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def listed(orders: ServiceDriver, query: str = "") -> list[str]:
    answer = orders.asks("GET", f"/admin/v1/orders?{query}")
    assert answer.status == 200, answer.body
    return [order["id"] for order in answer.body["data"]]


def news(order: dict[str, Any], cls: type[billing.PaymentNews], **more: Any) -> billing.PaymentNews:
    fields = {"payment_id": f"pay_{order['id'][4:]}", "order_id": order["id"], "amount": order["totals"]["total"], "currency": "EUR"}
    return cls(**fields, **more)


def test_every_order_is_on_the_one_list_newest_first(orders: ServiceDriver) -> None:
    """R-ORD-30."""
    cart = given_cart(orders)
    orders.later(minutes=1)
    staff = makes(orders)
    orders.later(minutes=1)
    submitted = given_submitted(orders)

    assert listed(orders) == [submitted["id"], staff["id"], cart["id"]]
    for rising in ("sort=created_at", "sort=%2Bcreated_at", "sort=+created_at"):
        assert listed(orders, rising) == [cart["id"], staff["id"], submitted["id"]]


def test_filters_of_what_orders_are_narrow_the_list(orders: ServiceDriver) -> None:
    cart = given_cart(orders)["id"]
    orders.later(hours=1)
    unpaid = given_submitted(orders)["id"]
    orders.later(hours=1)
    paid = given_confirmed(orders)["id"]
    staff = makes(orders, lines=[SECOND])["id"]

    assert listed(orders, "state=confirmed") == [paid]
    assert set(listed(orders, "state=confirmed,quotation")) == {cart, unpaid, paid, staff}
    assert set(listed(orders, "status=payment_accepted,incomplete")) >= {paid}
    assert listed(orders, "status=payment_accepted") == [paid]
    assert listed(orders, "payment_status=unpaid") == [unpaid]
    assert set(listed(orders, "payment_status=paid,unpaid")) == {paid, unpaid}
    assert listed(orders, "delivery_status=pending") == [paid]
    assert listed(orders, "invoice_status=to_invoice") == [paid]
    assert listed(orders, "return_status=requested") == []
    assert listed(orders, "channel=phone") == [staff]
    assert set(listed(orders, "submitted=true")) == {unpaid, paid}
    assert set(listed(orders, "submitted=false")) == {cart, staff}
    assert set(listed(orders, "seller_id=leaf,steam")) == {cart, unpaid, paid}
    assert listed(orders, "seller_id=steam") == []
    assert listed(orders, "created_at[lt]=2031-05-01T13:00:00Z") == [cart]
    assert listed(orders, "created_at[gte]=2031-05-01T13:00:00Z&created_at[lt]=2031-05-01T14:00:00Z") == [unpaid]
    assert listed(orders, "confirmed_at[gte]=2031-05-01T14:00:00Z") == [paid]
    assert listed(orders, "confirmed_at[lt]=2031-05-01T14:00:00Z") == []
    assert listed(orders, "state=confirmed&channel=phone") == []


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("customer_id=cus_1,cus_2", {"customer_id": "cus_1"}),
        ("team=north", {"team": "north"}),
        ("salesperson=usr_1", {"salesperson": "usr_1"}),
        ("manager=usr_1", {"manager": "usr_1"}),
        ("unassigned=false", {"team": "north"}),
        ("unassigned=false", {"manager": "usr_1"}),
        ("tag=vip,gift", {"tags": ["blue", "vip"]}),
        ("held=true", {"hold_reason": "fraud"}),
        ("late=true", {"late": True}),
        ("duplicate=true", {"duplicate_of": "ord_1"}),
        ("return_status=requested,partial", {"return_status": "requested"}),
    ],
)
def test_filters_of_what_others_give_them(orders: ServiceDriver, query: str, values: dict[str, Any]) -> None:
    other = given_cart(orders)["id"]
    fitting = marks(orders, given_cart(orders), **values)

    assert listed(orders, query) == [fitting]
    name, _, value = query.partition("=")
    if value in ("true", "false"):
        assert listed(orders, f"{name}={'true' if value == 'false' else 'false'}") == [other]
    marks(orders, {"id": fitting}, **{name: {"tags": [], "late": False, "return_status": "none"}.get(name) for name in values})
    assert listed(orders, query) == []


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "state=open",
        "status=a%20b",
        "submitted=yes",
        "held=1",
        "view=mine",
        "sort=number",
        "sort=--total",
        "include=lines",
        "created_at[gte]=yesterday",
        "created_at=1",
        "after=cur_x",
        f"q={'a' * 201}",
        f"q={'+'.join('abcdefghijk')}",
    ],
)
def test_unknown_filters_and_values_are_refused(orders: ServiceDriver, query: str) -> None:
    answer = orders.asks("GET", f"/admin/v1/orders?{query}")

    assert (answer.status, answer.code) == (422, "validation_failed")


def test_all_wrong_filters_are_named_together(orders: ServiceDriver) -> None:
    answer = orders.asks("GET", "/admin/v1/orders?state=open&held=1")

    assert [item["pointer"] for item in answer.body["errors"]] == ["/state", "/held"]


def test_cursor_of_another_sort_is_refused(orders: ServiceDriver) -> None:
    for _ in range(2):
        given_cart(orders)
    after = orders.asks("GET", "/admin/v1/orders?limit=1").body["page"]["next"]

    assert orders.asks("GET", f"/admin/v1/orders?sort=total&after={after}").status == 422


@pytest.mark.parametrize(
    "sort", ["", "created_at", "confirmed_at", "-confirmed_at", "total", "-total", "last_activity_at", "-last_activity_at"]
)
def test_pages_hold_every_order_once(orders: ServiceDriver, sort: str) -> None:
    """R-ORD-60: also those of the same instant and total, and by confirmation those that were never confirmed."""
    made = {given_cart(orders)["id"] for _ in range(3)} | {given_confirmed(orders)["id"] for _ in range(3)}
    found: list[str] = []
    start = f"limit=2&sort={sort}" if sort else "limit=2"
    query: str | None = start
    while query is not None:
        page = orders.asks("GET", f"/admin/v1/orders?{query}").body
        found += [order["id"] for order in page["data"]]
        query = f"{start}&after={page['page']['next']}" if page["page"]["has_more"] else None

    assert (len(found), set(found)) == (6, made)


def test_sorts_order_the_list(orders: ServiceDriver) -> None:
    early = given_cart(orders, lines=[SECOND])
    orders.later(hours=1)
    first = given_confirmed(orders, lines=[MUG, SECOND])
    orders.later(hours=1)
    late = given_cart(orders, lines=[{"sku": "mug", "quantity": 1}])
    orders.later(hours=1)
    second = given_confirmed(orders)
    orders.asks("POST", f"/store/v1/carts/{early['id']}/lines", SECOND)
    ids = {order["id"]: name for name, order in {"early": early, "first": first, "late": late, "second": second}.items()}

    def sorted_by(sort: str) -> list[str]:
        return [ids[order_id] for order_id in listed(orders, f"sort={sort}")]

    assert sorted_by("confirmed_at") == ["first", "second", "early", "late"]
    assert sorted_by("-confirmed_at") == ["second", "first", "late", "early"]
    assert sorted_by("total") == ["late", "second", "early", "first"]
    assert sorted_by("-total") == ["first", "early", "second", "late"]
    assert sorted_by("last_activity_at") == ["early", "first", "late", "second"]
    assert sorted_by("-last_activity_at") == ["second", "late", "first", "early"]


def test_count_is_of_all_pages_and_only_on_request(orders: ServiceDriver) -> None:
    """R-ORD-60."""
    for _ in range(3):
        given_cart(orders)
    makes(orders)

    assert "count" not in orders.asks("GET", "/admin/v1/orders").body
    assert orders.asks("GET", "/admin/v1/orders?include=count").body["count"] == 4
    page = orders.asks("GET", "/admin/v1/orders?channel=web&limit=2&include=count").body
    assert (len(page["data"]), page["count"]) == (2, 3)
    assert orders.asks("GET", f"/admin/v1/orders?channel=web&include=count&after={page['page']['next']}").body["count"] == 3


def in_view(orders: ServiceDriver, view: str) -> set[str]:
    found = listed(orders, f"view={view}")
    assert orders.asks("GET", "/admin/v1/orders/counts").body[view] == len(found)
    return set(found)


def test_views_of_the_way_to_the_order(orders: ServiceDriver) -> None:
    """R-ORD-30, R-ORD-31: open carts are not unpaid."""
    cart, submitted, confirmed = given_cart(orders)["id"], given_submitted(orders), given_confirmed(orders)
    sent = marks(orders, makes(orders), state="quotation_sent", payment_status="unpaid")

    assert in_view(orders, "carts") == {cart}
    assert in_view(orders, "to_confirm") == {submitted["id"], sent}
    assert in_view(orders, "unpaid") == {submitted["id"], sent}
    marks(orders, confirmed, payment_status="partial")
    marks(orders, submitted, state="cancelled")
    assert in_view(orders, "unpaid") == {confirmed["id"], sent}


def test_orders_that_failed_to_be_paid_and_are_carts_again_are_not_unpaid(orders: ServiceDriver) -> None:
    """R-ORD-31."""
    marks(orders, given_cart(orders), payment_status="unpaid")

    assert in_view(orders, "unpaid") == set()


def test_to_ship_shows_confirmed_orders_with_a_ready_delivery_that_are_not_held(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    orders.hears(delivery_created(order), seq=1)
    assert in_view(orders, "to_ship") == set()

    orders.hears(delivery_ready(order), seq=2)
    assert in_view(orders, "to_ship") == {order["id"]}

    marks(orders, order, hold_reason="fraud")
    assert (in_view(orders, "to_ship"), in_view(orders, "on_hold")) == (set(), {order["id"]})

    marks(orders, order, hold_reason=None)
    orders.hears(delivery_done(order), seq=3)
    assert in_view(orders, "to_ship") == set()


def test_late_returns_and_done_show_what_is_marked_so(orders: ServiceDriver) -> None:
    """R-DLV-22."""
    late, back, done = (given_cart(orders) for _ in range(3))
    marks(orders, late, late=True)
    marks(orders, back, return_status="in_progress")
    marks(orders, done, closed_at=NOON)

    assert (in_view(orders, "late"), in_view(orders, "returns"), in_view(orders, "done")) == ({late["id"]}, {back["id"]}, {done["id"]})
    marks(orders, back, return_status="full")
    assert in_view(orders, "returns") == set()


def test_money_that_somebody_must_look_at_is_a_payment_problem(orders: ServiceDriver) -> None:
    """R-PAY-04, R-ORD-53, R-PAY-17, R-PAY-23."""
    steps: list[tuple[list[tuple[Event, int]], bool]]
    order = given_submitted(orders)
    steps = [
        ([(payment(order), 1)], False),
        ([(mismatched(order), 2)], True),
        ([(news(order, billing.PaymentResolved, action="ignore", note="small"), 3)], False),
    ]
    other = given_submitted(orders)
    steps += [
        ([(failed(other), 1)], False),
        ([(captured(other, orphaned=True), 2)], True),
        ([(news(other, billing.PaymentResolved, action="refund", note="given back"), 4)], False),
    ]
    third = given_confirmed(orders)
    steps += [
        ([(news(third, billing.ReviewRequired), 4)], True),
        ([(news(third, billing.PaymentReviewed, result="passed", by="Ada"), 5)], False),
        ([(news(third, billing.PaymentDisputed, dispute="open"), 6)], True),
        ([(news(third, billing.PaymentDisputed, dispute="won"), 7)], False),
        ([(news(third, billing.PaymentReviewed, result="failed", by="Ada"), 8)], True),
    ]
    for facts, problem in steps:
        for fact, seq in facts:
            orders.hears(fact, seq=seq)
            assert (fact.order_id in in_view(orders, "payment_problem")) == problem, fact  # type: ignore[attr-defined]


def test_abandoned_are_carts_with_lines_and_a_contact_after_the_delay(orders: ServiceDriver) -> None:
    """R-ABC-01: ten hours; also one left at the payment page, not one whose money is moving."""
    cart, left, moving = given_cart(orders), given_submitted(orders), given_submitted(orders)
    orders.hears(payment(left))
    orders.hears(pending(moving), seq=2)
    signed_in = marks(orders, given_cart(orders, email=...), customer_id="cus_1")
    given_cart(orders, email=...)
    given_cart(orders, lines=[])
    given_confirmed(orders)

    orders.later(hours=9, minutes=59)
    assert in_view(orders, "abandoned") == set()

    orders.later(minutes=1)
    fresh = given_cart(orders)
    assert in_view(orders, "abandoned") == {cart["id"], left["id"], signed_in}

    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"abandoned_cart": {"delay_hours": 0}}})
    assert fresh["id"] in in_view(orders, "abandoned")


def test_counts_name_every_view(orders: ServiceDriver) -> None:
    """R-ORD-30; R-ACC-06: they are of the whole shop, so sellers do not find them."""
    assert set(orders.asks("GET", "/admin/v1/orders/counts").body) == set(VIEWS)
    assert asks_with(orders, key_with(orders, "seller"), "GET", "/admin/v1/orders/counts").status == 404
    assert orders.asks("GET", "/admin/v1/orders/counts", caller=None).status == 401


def test_list_shows_whole_orders(orders: ServiceDriver) -> None:
    order = makes(orders, discounts=[{"label": "Spring", "type": "percent", "value": "5"}])

    [shown] = orders.asks("GET", "/admin/v1/orders").body["data"]

    assert shown == orders.asks("GET", f"/admin/v1/orders/{order['id']}").body == order
