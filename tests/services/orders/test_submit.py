"""Submit, orders' part: once, at the price that was shown, complete, numbered."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from shared.web.caller import HOUSE, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_orders import (
    STANDARD,
    by_guest,
    given_cart,
    given_method,
    given_product,
    given_shop,
    given_submitted,
    guest,
    seen,
    submits,
)


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def prepares(
    orders: ServiceDriver, cart: dict[str, Any], *, key: str | None = None, body: Any = None, caller: Caller | None = None
) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    path = f"/internal/v1/orders/{cart['id']}/submit/prepare"
    return orders.asks("POST", path, body or {"payment_method": "card"}, caller=caller or guest(cart["id"]), headers=headers)


def test_submit_numbers_the_order_and_closes_it_for_editing(orders: ServiceDriver) -> None:
    """O3, R-ORD-19."""
    answer = submits(orders, given_cart(orders), expected_total="35.83").body

    order = answer["order"]
    assert (answer["number"], answer["submission"], answer["total"], answer["due"]) == ("SO000001", 1, "35.83", "35.83")
    assert answer["lines"] == [{"line_id": order["lines"][0]["id"], "sku": "mug", "quantity": 2, "allow_backorder": False}]
    assert (order["state"], order["status"], order["payment_method"], order["payment_status"]) == (
        "quotation",
        "incomplete",
        "card",
        "unpaid",
    )
    assert order["submitted_at"] == "2031-05-01T12:00:00.000000Z"
    assert orders.told() == ["orders.order_created", "orders.order_submitted", "orders.order_status_changed"]


def test_fact_carries_the_whole_order(orders: ServiceDriver) -> None:
    """R-MON-14: what is told is what is shown."""
    order = given_submitted(orders, name="Ada", customer_note="Ring twice")

    [fact] = orders.told_events("orders.order_submitted")

    assert (fact.totals.total, fact.totals.tax, fact.decimals, fact.prepayment_percent) == ("35.83", "5.93", 2, 100)
    [line] = fact.lines
    assert (line.line_id, line.sku, line.quantity, line.net, line.tax_rate_bp, line.seller_id) == (
        order["lines"][0]["id"],
        "mug",
        2,
        "25.00",
        2000,
        "leaf",
    )
    assert [(seller.code, seller.emails, seller.language) for seller in fact.sellers] == [("leaf", ("leaf@example.org",), "en")]
    assert (fact.who.email, fact.who.token_generation, fact.customer_note) == ("ada@example.org", 1, "Ring twice")
    assert fact.shipping is not None
    assert (fact.shipping.method, fact.shipping.total, fact.shipping.lead_days_max) == ("standard", "5.83", 5)
    assert fact.shipping_address["country"] == "DE"


def test_same_method_again_answers_the_same_order(orders: ServiceDriver) -> None:
    """R-ORD-02, R-ORD-10."""
    cart = given_cart(orders)

    assert submits(orders, cart).body == submits(orders, cart).body
    assert orders.told("orders.order_submitted") == ["orders.order_submitted"]


def test_another_method_while_a_payment_may_be_open_is_refused(orders: ServiceDriver) -> None:
    order = given_submitted(orders)

    answer = submits(orders, order, method="wire")

    assert (answer.status, answer.code) == (409, "payment_in_progress")


def test_two_submits_at_once_give_one_submission_and_one_number(orders: ServiceDriver) -> None:
    """R-ORD-02."""
    cart = given_cart(orders)
    gate, answers = threading.Barrier(4), []

    def submit() -> None:
        gate.wait()
        answers.append(submits(orders, cart))

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status for answer in answers] == [200] * 4
    assert {answer.body["number"] for answer in answers} == {"SO000001"}
    assert orders.told("orders.order_submitted") == ["orders.order_submitted"]


def test_numbers_differ_and_follow_the_prefix(orders: ServiceDriver) -> None:
    """R-ORD-19."""
    first = given_submitted(orders)
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"number_prefix": "A-"}}})

    assert (first["number"], given_submitted(orders)["number"]) == ("SO000001", "A-000002")


def test_incomplete_cart_is_refused_with_its_requirements(orders: ServiceDriver) -> None:
    """R-ORD-07."""
    cart = given_cart(orders, email=..., shipping_address=...)

    answer = submits(orders, cart)

    assert (answer.status, answer.code) == (422, "cart_incomplete")
    assert [(item["code"], item["pointer"]) for item in answer.body["errors"]] == [
        ("contact_missing", "/email"),
        ("shipping_address_missing", "/shipping_address"),
    ]
    assert seen(orders, cart)["number"] is None


def test_price_that_changed_is_refused_and_the_cart_has_the_new_one(orders: ServiceDriver) -> None:
    """R-ORD-08, api.md 13.10."""
    cart = given_cart(orders)
    given_product(orders, "mug", price="13.00", weight_g=400)

    answer = submits(orders, cart, expected_total="35.83")

    assert (answer.status, answer.code) == (409, "price_changed")
    assert [(item["pointer"], item["meta"]) for item in answer.body["errors"]] == [
        ("/lines/0", {"old": "12.50", "new": "13.00"}),
        ("/expected_total", {"old": "35.83", "new": "37.03"}),
    ]
    assert seen(orders, cart)["totals"]["total"] == "37.03"
    assert submits(orders, cart, expected_total="37.03").status == 200


def test_shipping_or_rate_that_changed_is_refused_too(orders: ServiceDriver) -> None:
    """R-ORD-08."""
    cart = given_cart(orders)
    given_method(orders, STANDARD | {"price": "5.90"}, version=2)
    answer = submits(orders, cart)
    assert (answer.code, answer.body["errors"][0]["pointer"]) == ("price_changed", "/shipping")

    given_product(orders, "mug", tax_rate="21", weight_g=400)
    answer = submits(orders, cart)
    assert (answer.code, answer.body["errors"][0]["pointer"]) == ("price_changed", "/totals/total")
    assert submits(orders, cart).status == 200


def test_other_total_than_expected_is_refused_and_changes_nothing(orders: ServiceDriver) -> None:
    """R-ORD-08."""
    cart = given_cart(orders)

    answer = submits(orders, cart, expected_total="35.00")

    assert (answer.status, answer.body["errors"][0]["meta"]) == (409, {"old": "35.00", "new": "35.83"})
    assert seen(orders, cart)["version"] == 1


def test_malformed_expected_total_is_no_amount(orders: ServiceDriver) -> None:
    assert submits(orders, given_cart(orders), expected_total="35.834").code == "money_precision"


def test_total_0_is_confirmed_without_a_payment(orders: ServiceDriver) -> None:
    """R-ORD-13."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"allow_zero_price": True}}})
    given_product(orders, "sample", price="0.00")
    cart = given_cart(orders, lines=[{"sku": "sample", "quantity": 1}], shipping_method="pickup")

    answer = submits(orders, cart).body

    assert (answer["confirmed"], answer["due"], answer["order"]["state"], answer["order"]["status"]) == (
        True,
        "0.00",
        "confirmed",
        "confirmed",
    )
    assert answer["order"]["payment_status"] == "none"
    assert orders.told("orders.order_submitted", "orders.order_confirmed") == ["orders.order_submitted", "orders.order_confirmed"]
    [fact] = orders.told_events("orders.order_confirmed")
    assert fact.paid
    submitted, confirmed = (body for body in orders.told_bodies() if body["type"] in ("orders.order_submitted", "orders.order_confirmed"))
    assert submitted["aggregate_seq"] < confirmed["aggregate_seq"]
    assert submits(orders, cart).body["confirmed"]


def test_prepayment_asks_its_percent_of_the_total(orders: ServiceDriver) -> None:
    """R-ORD-36: 30 % of 35.83 is 10.749."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"prepayment_percent": 30}}})
    cart = given_cart(orders)

    assert prepares(orders, cart).body["due"] == "10.75"
    assert submits(orders, cart).body["due"] == "10.75"


def test_prepare_tells_what_the_next_steps_need(orders: ServiceDriver) -> None:
    cart = given_cart(orders)

    prepared = prepares(orders, cart).body

    assert {name: prepared[name] for name in ("currency", "country", "due", "goods", "pickup", "state", "submission", "submitted")} == {
        "currency": "EUR",
        "country": "DE",
        "due": "35.83",
        "goods": True,
        "pickup": False,
        "state": "quotation",
        "submission": 1,
        "submitted": False,
    }
    assert Caller.model_validate(prepared["caller"]) == guest(cart["id"])
    assert (prepared["idempotency_key"], prepared["stored"]) == (None, None)


def test_prepare_knows_only_the_order_of_its_caller(orders: ServiceDriver) -> None:
    """R-ACC-01."""
    cart, other = given_cart(orders), given_cart(orders)

    assert prepares(orders, cart, caller=guest(other["id"])).status == 404
    path = f"/internal/v1/orders/{cart['id']}/submit"
    assert orders.asks("POST", path, {"payment_method": "card"}, caller=guest(other["id"])).status == 404
    assert orders.asks("POST", path, {"payment_method": "card"}, caller=None).status == 404


def test_key_is_in_progress_until_its_lease_is_over(orders: ServiceDriver) -> None:
    """R-API-02: a submit that died is taken up again."""
    cart = given_cart(orders)
    assert prepares(orders, cart, key="k1").body["idempotency_key"]

    again = prepares(orders, cart, key="k1")
    assert (again.status, again.code, again.headers["retry-after"]) == (409, "idempotency_in_progress", "1")
    other_body = prepares(orders, cart, key="k1", body={"payment_method": "wire"})
    assert (other_body.status, other_body.code) == (422, "idempotency_key_reused")

    orders.later(seconds=31)
    resumed = prepares(orders, cart, key="k1")
    assert (resumed.status, resumed.body["stored"]) == (200, None)
    assert prepares(orders, cart, key="k1").code == "idempotency_in_progress"


def test_two_prepares_at_once_with_one_key_let_one_through(orders: ServiceDriver) -> None:
    """R-API-01."""
    cart = given_cart(orders)
    gate, answers = threading.Barrier(2), []

    def prepare() -> None:
        gate.wait()
        answers.append(prepares(orders, cart, key="k1"))

    threads = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status for answer in answers) == [200, 409]


def test_closed_key_gives_the_answer_again(orders: ServiceDriver) -> None:
    """R-API-01."""
    cart = given_cart(orders)
    key = prepares(orders, cart, key="k1").body["idempotency_key"]
    answer = {"status": 200, "headers": {"content-type": "application/json"}, "body": '{"client_secret":"pi_secret"}'}

    assert orders.commands("POST", "/internal/v1/idempotency/close", {"key": key, "answer": answer}).status == 204

    assert prepares(orders, cart, key="k1").body["stored"] == answer
    assert b"pi_secret" not in orders.rows("SELECT answer FROM idempotency WHERE key = :key", key=key)[0][0]
    orders.commands("POST", "/internal/v1/idempotency/close", {"key": key, "answer": answer | {"body": "{}"}})
    assert prepares(orders, cart, key="k1").body["stored"] == answer


@pytest.mark.parametrize("status", [401, 429, 503])
def test_answers_that_are_never_replayed_give_the_key_back(orders: ServiceDriver, status: int) -> None:
    """api.md, 13.11."""
    cart = given_cart(orders)
    key = prepares(orders, cart, key="k1").body["idempotency_key"]

    orders.commands("POST", "/internal/v1/idempotency/close", {"key": key, "answer": {"status": status, "headers": {}, "body": "{}"}})

    assert prepares(orders, cart, key="k1").body["stored"] is None


def test_submit_with_an_old_version_is_refused(orders: ServiceDriver) -> None:
    """R-ORD-46."""
    cart = given_cart(orders)
    by_guest(orders, "PATCH", cart, body={"name": "Ada"})
    path = f"/internal/v1/orders/{cart['id']}/submit"

    answer = orders.asks("POST", path, {"payment_method": "card"}, caller=HOUSE, headers={"if-match": '"1"'})

    assert answer.status == 412
