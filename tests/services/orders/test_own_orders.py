"""Whose an order is: made while signed in, or assigned by staff; an equal e-mail gives nothing (R-ACC-01)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import resolves
from tests.support.samples_order_facts import captured
from tests.support.samples_orders import HOME, given_shop, given_submitted
from tests.support.samples_people import Person, given_customer, visits

WHOLE = {"shipping_address": HOME, "shipping_method": "standard", "lines": [{"sku": "mug", "quantity": 2}]}


@pytest.fixture(autouse=True)
def shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def fills(customer: Person, **body: Any) -> dict[str, Any]:
    """The customer makes a cart that lacks nothing."""
    answer = customer.asks("POST", "/store/v1/carts", WHOLE | body)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def checks_out(orders: ServiceDriver, customer: Person, cart: dict[str, Any]) -> Answer:
    """The gateway submits for the customer, as orders says who they are."""
    caller = Caller.model_validate(resolves(orders, customer.headers, cart["id"]).body["caller"])
    return orders.asks("POST", f"/internal/v1/orders/{cart['id']}/submit", {"payment_method": "card"}, caller=caller)


def own(customer: Person, query: str = "") -> list[str]:
    """Ids of the orders that the customer is shown."""
    return [order["id"] for order in customer.asks("GET", f"/store/v1/orders{query}").body["data"]]


def test_a_cart_made_while_signed_in_begins_with_the_account(orders: ServiceDriver) -> None:
    """api.md, section 5: e-mail, name, phone, type, company, tax_id and language come from the account."""
    account = {"name": "Ada", "phone": "+4930901820", "type": "business", "company": "Engines", "tax_id": "DE1", "language": "ru"}
    customer = given_customer(orders, **account)

    cart = fills(customer)

    assert cart["customer"] == {
        "id": customer.id,
        "email": "ada@example.org",
        **{name: value for name, value in account.items() if name != "language"},
    }
    assert (cart["language"], cart["requirements"]) == ("ru", [])
    assert orders.told_events("orders.order_created")[-1].customer_id == customer.id


def test_what_the_request_says_goes_before_the_account(orders: ServiceDriver) -> None:
    customer = given_customer(orders, name="Ada", language="ru")

    cart = fills(customer, name="Grace", email="grace@example.org", language="vi")

    assert (cart["customer"]["name"], cart["customer"]["email"], cart["language"]) == ("Grace", "grace@example.org", "vi")
    assert cart["customer"]["id"] == customer.id


def test_an_exempt_customer_pays_no_tax(orders: ServiceDriver) -> None:
    """R-MON-25"""
    customer = given_customer(orders)
    before = fills(customer)
    orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"tax_exempt": True})

    after = fills(customer)

    assert before["totals"]["tax"] == "5.93"
    assert (after["totals"]["tax"], after["totals"]["total"]) == ("0.00", "29.90")
    assert customer.asks("GET", f"/store/v1/carts/{before['id']}").body["totals"] == before["totals"]


def test_a_signed_in_customer_needs_no_order_token(orders: ServiceDriver) -> None:
    customer = given_customer(orders)
    cart = fills(customer)

    seen = customer.asks("GET", f"/store/v1/carts/{cart['id']}")
    edited = customer.asks("POST", f"/store/v1/orders/{cart['id']}/lines", {"sku": "mug", "quantity": 1})

    assert (seen.status, edited.status, edited.body["lines"][0]["quantity"]) == (200, 200, 3)
    caller = resolves(orders, customer.headers, cart["id"]).body["caller"]
    assert (caller["type"], caller["order_id"]) == ("customer", cart["id"])


def test_anothers_order_is_not_found_for_reading_and_writing(orders: ServiceDriver) -> None:
    """R-ACC-01"""
    cart = fills(given_customer(orders))
    other = given_customer(orders, "eve@example.org")

    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Eve"}),
        ("POST", "/lines", {"sku": "mug", "quantity": 1}),
        ("GET", "/shipping_methods", None),
    ):
        answer = other.asks(method, f"/store/v1/orders/{cart['id']}{path}", body)
        assert (answer.status, answer.code) == (404, "not_found"), (method, path)
    assert "order_id" not in resolves(orders, other.headers, cart["id"]).body["caller"]
    assert checks_out(orders, other, cart).status == 404


def test_an_equal_e_mail_gives_nothing(orders: ServiceDriver) -> None:
    """R-ACC-01: a guest's order stays the guest's, whoever registers that address before or after."""
    before = given_submitted(orders, email="ada@example.org")
    customer = given_customer(orders, "ada@example.org")
    after = given_submitted(orders, email="ada@example.org")

    assert own(customer) == []
    for order in (before, after):
        assert customer.asks("GET", f"/store/v1/orders/{order['id']}").status == 404
        assert order["customer"]["id"] is None


def test_a_guests_token_opens_its_order_to_a_customer_too(orders: ServiceDriver) -> None:
    """R-ACC-01: who signs in on the way loses nothing, and it still is not theirs without the token."""
    cart = visits(orders, "POST", "/store/v1/carts", WHOLE).body
    customer = given_customer(orders)

    assert customer.asks("GET", f"/store/v1/carts/{cart['id']}", **{"x-order-token": cart["order_token"]}).status == 200
    assert customer.asks("GET", f"/store/v1/carts/{cart['id']}", **{"x-order-token": cart["order_token"] + "x"}).status == 404
    assert customer.asks("GET", f"/store/v1/carts/{cart['id']}").status == 404


def test_own_orders_are_those_that_were_submitted_sent_or_confirmed_newest_first(orders: ServiceDriver) -> None:
    """api.md, 13.16"""
    customer = given_customer(orders)
    made = []
    for _ in range(3):
        orders.later(minutes=1)
        made.append(checks_out(orders, customer, fills(customer)).body["order"])
    fills(customer)
    checks_out(orders, given_customer(orders, "eve@example.org"), fills(given_customer(orders, "bob@example.org")))
    orders.hears(captured(made[0]), seq=3)
    expected = [order["id"] for order in reversed(made)]

    page = customer.asks("GET", "/store/v1/orders?limit=2").body

    assert own(customer) == expected
    assert [order["id"] for order in page["data"]] == expected[:2]
    assert own(customer, f"?limit=2&after={page['page']['next']}") == expected[2:]
    assert orders.told_events("orders.order_confirmed")[-1].who.id == customer.id
    [confirmed] = [order for order in customer.asks("GET", "/store/v1/orders").body["data"] if order["id"] == made[0]["id"]]
    assert confirmed["state"] == "confirmed"
    assert "assignment" not in confirmed
    assert customer.asks("GET", "/store/v1/orders?state=confirmed").status == 422


def test_the_current_cart_is_the_open_one_touched_last(orders: ServiceDriver) -> None:
    customer = given_customer(orders)
    assert customer.asks("GET", "/store/v1/carts/current").code == "not_found"
    first = fills(customer)
    orders.later(minutes=1)
    second = fills(customer)
    assert customer.asks("GET", "/store/v1/carts/current").body["id"] == second["id"]
    orders.later(minutes=1)
    customer.asks("PATCH", f"/store/v1/carts/{first['id']}", {"customer_note": "ring twice"})

    answer = customer.asks("GET", "/store/v1/carts/current")

    assert (answer.body["id"], answer.headers["etag"]) == (first["id"], f'"{answer.body["version"]}"')
    checks_out(orders, customer, first)
    assert customer.asks("GET", "/store/v1/carts/current").body["id"] == second["id"]
    checks_out(orders, customer, second)
    assert customer.asks("GET", "/store/v1/carts/current").status == 404
    assert given_customer(orders, "eve@example.org").asks("GET", "/store/v1/carts/current").status == 404


def test_an_order_that_staff_make_for_an_account_is_the_customers(orders: ServiceDriver) -> None:
    """R-ACC-01: assigned by staff."""
    customer = given_customer(orders, name="Ada")
    orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"tax_exempt": True})

    made = orders.asks("POST", "/admin/v1/orders", {"customer_id": customer.id, "lines": [{"sku": "mug", "quantity": 1}]})

    assert (made.status, made.body["customer"]["id"], made.body["customer"]["email"]) == (201, customer.id, "ada@example.org")
    assert (made.body["customer"]["name"], made.body["totals"]["tax"]) == ("Ada", "0.00")
    assert customer.asks("GET", f"/store/v1/orders/{made.body['id']}").status == 200
    assert given_customer(orders, "eve@example.org").asks("GET", f"/store/v1/orders/{made.body['id']}").status == 404


def test_an_order_for_an_account_that_is_not_there_or_for_two_customers_is_refused(orders: ServiceDriver) -> None:
    customer = given_customer(orders)
    nobody = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"

    unknown = orders.asks("POST", "/admin/v1/orders", {"customer_id": nobody, "lines": []})
    both = orders.asks("POST", "/admin/v1/orders", {"customer_id": customer.id, "customer": {"name": "Eve"}, "lines": []})

    assert (unknown.status, unknown.body["errors"][0]["pointer"]) == (422, "/customer_id")
    assert (both.status, both.code) == (422, "validation_failed")
    assert orders.rows("SELECT count(*) FROM orders") == [(0,)]


def test_a_blocked_customer_cannot_submit_until_they_are_free_again(orders: ServiceDriver) -> None:
    """R-ORD-17"""
    customer = given_customer(orders)
    cart = fills(customer)
    orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"blocked": True})

    refused = checks_out(orders, customer, cart)

    assert (refused.status, refused.code) == (409, "customer_blocked")
    assert "orders.order_submitted" not in orders.told()
    assert customer.asks("GET", f"/store/v1/carts/{cart['id']}").body["version"] == cart["version"]
    orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"blocked": False})
    assert checks_out(orders, customer, cart).status == 200


def test_a_guest_with_a_blocked_customers_e_mail_is_a_guest(orders: ServiceDriver) -> None:
    """R-ORD-17, R-ACC-01: the order is blocked by whose it is, not by an address that anyone may type."""
    customer = given_customer(orders)
    orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"blocked": True})

    assert given_submitted(orders, email="ada@example.org")["submitted_at"] is not None


def test_an_idempotency_key_of_one_customer_is_not_anothers(orders: ServiceDriver) -> None:
    """R-API-02"""
    first, second = given_customer(orders), given_customer(orders, "eve@example.org")
    key = {"idempotency-key": "same"}

    carts = [customer.asks("POST", "/store/v1/carts", WHOLE, **key).body["id"] for customer in (first, second, first)]

    assert carts[0] == carts[2] != carts[1]


@pytest.mark.parametrize("days", [None, 0, 30])
def test_the_accounts_terms_of_payment_go_with_the_order(orders: ServiceDriver, days: int | None) -> None:
    """R-INV-16: the customer's first, the shop's without."""
    customer = given_customer(orders)
    orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"payment_terms_days": days})

    checks_out(orders, customer, fills(customer))

    assert orders.told_events("orders.order_submitted")[-1].payment_terms_days == days
