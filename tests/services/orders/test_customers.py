"""Accounts of customers: made by themselves or by staff, changed, found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.driver import ServiceDriver
from tests.support.samples_people import PASSWORD, given_customer, visits


def test_a_registration_is_answered_with_the_account_and_a_session(orders: ServiceDriver) -> None:
    body = {"email": "Ada@Example.ORG", "password": PASSWORD, "name": "Ada", "phone": "+4930901820", "language": "ru"}

    answer = visits(orders, "POST", "/store/v1/customers", body)

    assert answer.status == 201
    assert answer.body["customer"] == {
        "id": answer.body["customer"]["id"],
        "email": "Ada@example.org",
        "name": "Ada",
        "phone": "+4930901820",
        "type": "private",
        "company": None,
        "tax_id": None,
        "tax_exempt": False,
        "language": "ru",
        "marketing_consent": False,
        "blocked": False,
        "credit_limit": None,
        "currency": None,
        "payment_terms_days": None,
        "email_verified": False,
        "addresses": [],
        "erased_at": None,
    }
    assert answer.body["expires_at"] == "2031-05-02T00:00:00.000000Z"
    assert len(answer.body["token"]) == len("ses_") + 43


def test_neither_password_nor_token_is_stored(orders: ServiceDriver) -> None:
    """R-ACC-02 in spirit: whoever reads the database cannot sign in with it."""
    customer = given_customer(orders)
    token = customer.headers["authorization"].removeprefix("Bearer ")

    kept = [str(row) for table in ("customers", "sessions", "idempotency", "outbox") for row in orders.rows(f"SELECT * FROM {table}")]

    assert not any(PASSWORD in row or token in row for row in kept)
    assert orders.rows("SELECT password_hash FROM customers")[0][0].startswith("$argon2id$")


def test_one_address_has_one_account_whatever_its_capitals(orders: ServiceDriver) -> None:
    given_customer(orders, "ada@example.org")

    answer = visits(orders, "POST", "/store/v1/customers", {"email": "ADA@example.org", "password": PASSWORD})

    assert (answer.status, answer.code) == (409, "already_exists")
    assert [error["pointer"] for error in answer.body["errors"]] == ["/email"]


def test_of_two_registrations_at_once_one_gets_the_account(orders: ServiceDriver) -> None:
    body = {"email": "ada@example.org", "password": PASSWORD}

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: visits(orders, "POST", "/store/v1/customers", body).status, range(2)))

    assert sorted(answers) == [201, 409]
    assert orders.rows("SELECT count(*) FROM customers") == [(1,)]


def test_a_registration_repeated_with_its_key_is_one_account_and_one_session(orders: ServiceDriver) -> None:
    """R-API-01"""
    body = {"email": "ada@example.org", "password": PASSWORD}

    first, second = (visits(orders, "POST", "/store/v1/customers", body, **{"idempotency-key": "k"}) for _ in range(2))

    assert (first.status, second.body) == (201, first.body)
    assert orders.rows("SELECT count(*) FROM sessions") == [(1,)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"password": "short"}, "/password"),
        ({"password": ...}, "/password"),
        ({"email": "nobody"}, "/email"),
        ({"phone": "12"}, "/phone"),
        ({"language": "de"}, "/language"),
        ({"tax_exempt": True}, "/tax_exempt"),
        ({"blocked": False}, "/blocked"),
        ({"credit_limit": "9.00"}, "/credit_limit"),
    ],
)
def test_a_registration_with_something_wrong_is_refused(orders: ServiceDriver, changes: dict[str, Any], pointer: str) -> None:
    body = {"email": "ada@example.org", "password": PASSWORD} | changes

    answer = visits(orders, "POST", "/store/v1/customers", {name: value for name, value in body.items() if value is not ...})

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
    assert orders.rows("SELECT count(*) FROM customers") == [(0,)]


def test_accounts_need_the_storefronts_key(orders: ServiceDriver) -> None:
    """R-ACC-04: without X-Publishable-Key no store path does anything, nor reckons a hash."""
    customer = given_customer(orders)
    bearer = {"authorization": customer.headers["authorization"]}
    account = {"email": "eve@example.org", "password": PASSWORD}

    for method, path, body in (
        ("POST", "/customers", account),
        ("POST", "/sessions", account),
        ("DELETE", "/sessions", None),
        ("GET", "/customers/me", None),
        ("PATCH", "/customers/me", {"name": "Eve"}),
        ("GET", "/orders", None),
        ("GET", "/carts/current", None),
    ):
        for headers in ({}, bearer, bearer | {"x-publishable-key": "pk_forged"}):
            answer = orders.asks(method, "/store/v1" + path, body, caller=None, headers=headers)
            assert (answer.status, answer.code) == (401, "unauthenticated"), (method, path, headers)
    assert orders.rows("SELECT count(*) FROM customers") == [(1,)]


def test_customers_change_their_own_account_and_not_what_is_the_shops(orders: ServiceDriver) -> None:
    customer = given_customer(orders, name="Ada")

    changed = customer.asks("PATCH", "/store/v1/customers/me", {"name": None, "type": "business", "company": "Engines", "language": "vi"})
    refused = customer.asks("PATCH", "/store/v1/customers/me", {"tax_exempt": True})

    assert {name: changed.body[name] for name in ("name", "type", "company", "language")} == {
        "name": None,
        "type": "business",
        "company": "Engines",
        "language": "vi",
    }
    assert customer.asks("GET", "/store/v1/customers/me").body == changed.body
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/tax_exempt")


def test_a_visitor_has_no_account(orders: ServiceDriver) -> None:
    for method, path in (("GET", "/customers/me"), ("DELETE", "/sessions"), ("GET", "/orders"), ("GET", "/carts/current")):
        assert visits(orders, method, "/store/v1" + path).status == 401, path


def test_staff_make_and_change_accounts_that_nobody_can_sign_in_to(orders: ServiceDriver) -> None:
    address = {"name": "Ada", "line1": "Main 1", "city": "Berlin", "country": "DE", "postal_code": "۱۰۱۱۵"}
    body = {"email": "ada@example.org", "tax_exempt": True, "credit_limit": "500.00", "payment_terms_days": 30, "addresses": [address]}

    made = orders.asks("POST", "/admin/v1/customers", body)
    changed = orders.asks(
        "PATCH", f"/admin/v1/customers/{made.body['id']}", {"blocked": True, "credit_limit": None, "phone": "+49 30 901820"}
    )
    signed_in = visits(orders, "POST", "/store/v1/sessions", {"email": "ada@example.org", "password": ""})

    assert made.status == 201
    assert (made.body["credit_limit"], made.body["currency"], made.body["tax_exempt"]) == ("500.00", "EUR", True)
    assert made.body["addresses"][0]["id"].startswith("adr_")
    assert made.body["addresses"][0]["postal_code"] == "10115"
    assert (changed.body["blocked"], changed.body["credit_limit"], changed.body["currency"]) == (True, None, None)
    assert changed.body["phone"] == "+4930901820"
    assert orders.asks("GET", made.headers["location"]).body == changed.body
    assert (signed_in.status, signed_in.code) == (401, "bad_credentials")


def test_wrong_fields_and_unknown_accounts_of_staff_are_named(orders: ServiceDriver) -> None:
    made = orders.asks("POST", "/admin/v1/customers", {"email": "ada@example.org"}).body
    orders.asks("POST", "/admin/v1/customers", {"email": "eve@example.org"})
    path = f"/admin/v1/customers/{made['id']}"

    assert orders.asks("PATCH", path, {"credit_limit": "1.005"}).code == "money_precision"
    assert orders.asks("PATCH", path, {"payment_terms_days": 366}).status == 422
    assert orders.asks("PATCH", path, {"email": "EVE@example.org"}).code == "already_exists"
    assert orders.asks("PATCH", path, {"password": PASSWORD}).status == 422
    assert orders.asks("GET", "/admin/v1/customers/cus_none").status == 404
    assert orders.asks("PATCH", "/admin/v1/customers/cus_none", {"blocked": True}).status == 404
    assert orders.asks("GET", path).body == made


def test_accounts_are_listed_newest_first_and_found_by_any_of_their_words(orders: ServiceDriver) -> None:
    for email, fields in (
        ("ada@example.org", {"name": "Ada Byron", "phone": "+4930901820"}),
        ("sara@example.org", {"name": "سارا كریمی"}),
        ("grace@navy.example", {"company": "Navy_100%"}),
    ):
        orders.asks("POST", "/admin/v1/customers", {"email": email, **fields})

    def found(query: str) -> list[str]:
        return [row["email"] for row in orders.asks("GET", f"/admin/v1/customers?{query}").body["data"]]

    first = orders.asks("GET", "/admin/v1/customers?limit=2").body
    assert [row["email"] for row in first["data"]] == ["grace@navy.example", "sara@example.org"]
    assert found(f"limit=2&after={first['page']['next']}") == ["ada@example.org"]
    assert found("q=BYRON%20example") == ["ada@example.org"]
    assert found("q=%DB%B3%DB%B0%DB%B9%DB%B0%DB%B1") == ["ada@example.org"]
    assert found("q=%DA%A9%D8%B1%DB%8C%D9%85%DB%8C") == ["sara@example.org"]
    assert found("q=y_100%25") == ["grace@navy.example"]
    assert found("q=byron%20navy") == []
