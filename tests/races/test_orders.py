"""An order that many work on at the same moment: submitted once, confirmed once, and nothing of anybody's is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shared.web.caller import ROLES, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.racing import SEEDS, at_once, interleaved, troubles
from tests.support.samples_order_facts import authorized, captured, failed, hold_closed
from tests.support.samples_order_news import awaited, recorded
from tests.support.samples_orders import by_guest, given_cart, given_shop, given_submitted, guest, seen, submits

SALES = Caller(type="api_key", id="key_SALES", name="sales", permissions=ROLES["sales"])


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def confirms(orders: ServiceDriver, order: dict[str, Any]) -> Answer:
    """The gateway's last step of a confirm by staff."""
    return orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm", {}, caller=SALES)


def cancels(orders: ServiceDriver, order: dict[str, Any]) -> Answer:
    """Staff cancel it."""
    return orders.asks("POST", f"/admin/v1/orders/{order['id']}/cancel", {"reason": "customer_request"}, caller=SALES)


def prepares(orders: ServiceDriver, cart: dict[str, Any], key: str) -> Answer:
    """The gateway's first step of a submit, with the customer's Idempotency-Key."""
    path = f"/internal/v1/orders/{cart['id']}/submit/prepare"
    return orders.asks("POST", path, {"payment_method": "card"}, caller=guest(cart["id"]), headers={"idempotency-key": key})


@SEEDS
def test_submits_at_once_give_one_submission_and_one_number(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-02, R-ORD-19."""
    cart = given_cart(orders)

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, [partial(submits, orders, cart)] * 4, seed=seed)

    assert found == []
    assert [answer.status for answer in answers] == [200] * 4
    assert {answer.body["number"] for answer in answers} == {"SO000001"}
    assert orders.told("orders.order_submitted") == ["orders.order_submitted"]


def test_many_carts_submitted_at_once_have_numbers_of_their_own(orders: ServiceDriver) -> None:
    """R-ORD-19."""
    carts = [given_cart(orders) for _ in range(8)]

    with troubles(orders.db) as found:
        answers = at_once([partial(submits, orders, cart) for cart in carts])

    assert found == []
    assert len({answer.body["number"] for answer in answers}) == 8


@SEEDS
def test_one_key_at_once_lets_one_through_and_two_keys_both(orders: ServiceDriver, seed: int) -> None:
    """R-API-01, R-API-02: the row of the key is its lock, wherever the two stand."""
    cart = given_cart(orders)

    with troubles(orders.db) as found:
        same = interleaved(orders.db, [partial(prepares, orders, cart, "one")] * 3, seed=seed)
        other = interleaved(orders.db, [partial(prepares, orders, cart, key) for key in ("two", "three")], seed=seed)

    assert found == []
    assert sorted(answer.status for answer in same) == [200, 409, 409]
    assert {answer.code for answer in same if answer.status == 409} == {"idempotency_in_progress"}
    assert [answer.status for answer in other] == [200, 200]


@SEEDS
def test_an_edit_with_one_key_at_once_has_one_effect(orders: ServiceDriver, seed: int) -> None:
    """R-API-01: the others are told that it runs, or get its answer."""
    cart = given_cart(orders)
    add = partial(by_guest, orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1}, headers={"idempotency-key": "one more"})

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, [add] * 3, seed=seed)

    assert found == []
    assert {(answer.status, answer.body.get("code")) for answer in answers} <= {(200, None), (409, "idempotency_in_progress")}
    assert len({answer.raw for answer in answers if answer.status == 200}) == 1
    assert seen(orders, cart)["lines"][0]["quantity"] == 3


@SEEDS
def test_an_edit_and_a_submit_at_once_never_part_what_is_paid_from_what_is_bought(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-09, R-ORD-46: the edit comes first and is submitted with it, or is refused; never after."""
    cart = given_cart(orders)
    edit = partial(by_guest, orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1})

    with troubles(orders.db) as found:
        edited, submitted = interleaved(orders.db, [edit, partial(submits, orders, cart)], seed=seed)

    assert found == []
    assert (edited.status, submitted.status) in ((200, 200), (409, 200))
    if edited.status == 409:
        assert edited.code == "payment_in_progress"
    (fact,) = orders.told_events("orders.order_submitted")
    shown = seen(orders, cart)
    assert fact.totals.total == shown["totals"]["total"] == submitted.body["total"]
    assert fact.lines[0].quantity == shown["lines"][0]["quantity"] == (3 if edited.status == 200 else 2)


@SEEDS
def test_a_submit_of_what_was_seen_is_refused_when_it_was_edited_meanwhile(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-46, R-ORD-08: `If-Match` and `expected_total` name what the customer saw; one of the two wins."""
    cart = given_cart(orders)
    version = {"if-match": f'"{cart["version"]}"'}
    path = f"/internal/v1/orders/{cart['id']}/submit"
    body = {"payment_method": "card", "expected_total": cart["totals"]["total"]}
    acts = [
        partial(orders.asks, "POST", path, body, caller=guest(cart["id"]), headers=version),
        partial(by_guest, orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1}, headers=version),
    ]

    submitted, edited = interleaved(orders.db, acts, seed=seed)

    assert {submitted.status, edited.status} in ({200, 412}, {200, 409})
    assert len(orders.told("orders.order_submitted", "orders.order_updated")) == 1


@SEEDS
def test_of_two_edits_of_one_version_one_is_refused_and_nothing_is_lost(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-46, R-ORD-03."""
    cart = given_cart(orders)
    version = {"if-match": f'"{cart["version"]}"'}
    acts = [partial(by_guest, orders, "POST", cart, "/lines", {"sku": sku, "quantity": 1}, headers=version) for sku in ("mug", "engraving")]

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, acts, seed=seed)

    assert found == []
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert next(answer for answer in answers if answer.status == 412).code == "version_mismatch"
    shown = seen(orders, cart)
    assert shown["version"] == cart["version"] + 1
    assert sum(line["quantity"] for line in shown["lines"]) == 3


@SEEDS
def test_edits_without_a_version_are_all_there(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-03: lines of one sku are joined, whoever put them in; no update is lost."""
    cart = given_cart(orders)
    add = partial(by_guest, orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1})

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, [add] * 4, seed=seed)

    assert found == []
    assert [answer.status for answer in answers] == [200] * 4
    assert [(line["sku"], line["quantity"]) for line in seen(orders, cart)["lines"]] == [("mug", 6)]


@SEEDS
def test_webhook_sync_and_staff_at_once_confirm_once(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-33, R-ORD-39: authorized, captured, told twice by two workers, confirmed by staff, and submitted again by a browser."""
    order = given_submitted(orders)
    acts: list[Callable[[], object]] = [
        partial(orders.hears, authorized(order), seq=2),
        partial(orders.hears, captured(order), seq=3),
        partial(orders.hears, captured(order), seq=3),
        partial(confirms, orders, order),
        partial(submits, orders, order),
    ]

    with troubles(orders.db) as found:
        interleaved(orders.db, acts, seed=seed)

    assert found == []
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]
    shown = seen(orders, order)
    assert (shown["state"], shown["payment_status"], shown["number"]) == ("confirmed", "paid", order["number"])


@SEEDS
def test_staff_and_recorded_money_at_once_confirm_once(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-33, R-ORD-38."""
    order = submits(orders, given_cart(orders), method="wire").body["order"]
    orders.hears(awaited(order), seq=2)
    acts: list[Callable[[], object]] = [
        partial(confirms, orders, order),
        partial(confirms, orders, order),
        partial(orders.hears, recorded(order), seq=3),
        partial(orders.hears, captured(order), seq=1),
    ]

    with troubles(orders.db) as found:
        interleaved(orders.db, acts, seed=seed)

    assert found == []
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


@SEEDS
def test_cancel_and_capture_at_once_leave_one_of_both(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-33, R-ORD-53: the order's lock decides. Either it is confirmed and the cancel refused, or cancelled and never confirmed."""
    order = given_submitted(orders)
    acts: list[Callable[[], Any]] = [partial(cancels, orders, order), partial(orders.hears, captured(order), seq=2)]

    with troubles(orders.db) as found:
        answer, _ = interleaved(orders.db, acts, seed=seed)

    assert found == []
    state = seen(orders, order)["state"]
    told = orders.told("orders.order_confirmed", "orders.order_cancelled")
    if answer.status == 200:
        assert (state, told) == ("cancelled", ["orders.order_cancelled"])
    else:
        assert (answer.code, state, told) == ("illegal_transition", "confirmed", ["orders.order_confirmed"])


@SEEDS
def test_the_end_of_a_hold_and_money_at_once_leave_one_of_both(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-54: an order whose money is there does not expire; one that is open again is not confirmed by its old payment."""
    order = given_submitted(orders)
    acts: list[Callable[[], object]] = [
        partial(orders.hears, hold_closed(order), seq=1),
        partial(orders.hears, captured(order), seq=3),
        partial(orders.hears, failed(order), seq=2),
    ]

    with troubles(orders.db) as found:
        interleaved(orders.db, acts, seed=seed)

    assert found == []
    shown = seen(orders, order)
    told = orders.told("orders.order_confirmed", "orders.order_reopened", "orders.order_cancelled")
    expected = ("confirmed", ["orders.order_confirmed"]) if shown["state"] == "confirmed" else ("quotation", ["orders.order_reopened"])
    assert (shown["state"], told) == expected
