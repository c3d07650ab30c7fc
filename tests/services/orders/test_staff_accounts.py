"""Those who work here: taken on, signed in, changed, let go; and the keys of integrations."""

from __future__ import annotations

from typing import Any

import pytest

from services.orders.store.sessions import insert_session
from shared.db.tx import Tx
from shared.web.caller import Caller, permissions_of
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import ADMIN_KEY, asks_with, bearer, key_with, product, resolves
from tests.support.samples_orders import given_shop
from tests.support.samples_people import PASSWORD, given_customer, given_staff


def test_a_member_of_staff_signs_in_and_is_who_they_are(orders: ServiceDriver) -> None:
    member = given_staff(orders, "sales", "accountant", language="fa")

    me = member.asks("GET", "/admin/v1/me").body
    caller = Caller.model_validate(resolves(orders, member.headers).body["caller"])

    assert me == {
        "id": member.id,
        "type": "staff",
        "name": "Sales",
        "roles": ["sales", "accountant"],
        "permissions": sorted(permissions_of(["sales", "accountant"])),
        "seller_id": None,
    }
    assert (caller.type, caller.id, caller.name, caller.language) == ("staff", member.id, "Sales", "fa")
    assert caller.permissions == permissions_of(["sales", "accountant"])


def test_a_key_is_told_who_it_is_too(orders: ServiceDriver) -> None:
    me = asks_with(orders, key_with(orders, "seller"), "GET", "/admin/v1/me").body

    assert (me["type"], me["roles"], me["seller_id"]) == ("api_key", ["seller"], "leaf")
    assert me["permissions"] == sorted(permissions_of(["seller"]))
    assert orders.asks("GET", "/admin/v1/me", caller=None).code == "unauthenticated"


def test_what_staff_do_is_done_in_their_name(orders: ServiceDriver) -> None:
    given_shop(orders)
    member = given_staff(orders, "sales")

    member.asks("POST", "/admin/v1/orders", {"lines": [{"sku": "mug", "quantity": 1}]})

    actor = orders.told_events("orders.order_created")[-1].envelope.actor
    assert (actor.type, actor.id, actor.name) == ("staff", member.id, "Sales")
    [(kept,)] = orders.rows("SELECT actor FROM history WHERE record_type = 'order'")
    assert "staff" in str(kept)


def test_changed_roles_are_in_force_with_the_next_request(orders: ServiceDriver) -> None:
    """R-ACC-04"""
    member = given_staff(orders, "readonly")
    assert member.asks("PUT", "/admin/v1/products/MUG", product()).status == 403

    orders.asks("PATCH", f"/admin/v1/staff/{member.id}", {"roles": ["sales"]})
    assert member.asks("PUT", "/admin/v1/products/MUG", product()).status == 201

    orders.asks("PATCH", f"/admin/v1/staff/{member.id}", {"seller_id": "leaf"})
    refused = member.asks("PUT", "/admin/v1/products/MUG", product())
    assert (refused.status, refused.body["required_permission"]) == (403, "catalogue.write")


def test_who_has_left_is_signed_out_and_signs_in_no_more(orders: ServiceDriver) -> None:
    member = given_staff(orders, "sales")

    left = orders.asks("POST", f"/admin/v1/staff/{member.id}/deactivate")
    again = orders.asks("POST", f"/admin/v1/staff/{member.id}/deactivate")

    assert (left.body["active"], again.status, again.body) == (False, 200, left.body)
    assert member.asks("GET", "/admin/v1/me").code == "unauthenticated"
    body = {"email": "sales@shop.example", "password": PASSWORD}
    assert orders.asks("POST", "/admin/v1/sessions", body, caller=None).code == "bad_credentials"
    assert orders.asks("GET", f"/admin/v1/staff/{member.id}").body == left.body


def test_a_session_of_someone_who_has_left_opens_nothing_even_if_it_was_opened_at_that_moment(orders: ServiceDriver) -> None:
    member = given_staff(orders, "owner")
    [(sha256,)] = orders.rows("SELECT token_sha256 FROM sessions")
    orders.asks("POST", f"/admin/v1/staff/{member.id}/deactivate")

    def opens(tx: Tx) -> None:
        insert_session(tx, "staff", member.id, sha256=sha256, expires_at=tx.now.replace(year=2040))

    orders.given(opens)

    assert member.asks("GET", "/admin/v1/me").code == "unauthenticated"


def test_a_new_password_ends_the_sessions_of_the_old_one(orders: ServiceDriver) -> None:
    member = given_staff(orders, "sales")

    orders.asks("PATCH", f"/admin/v1/staff/{member.id}", {"password": "another long one"})

    assert member.asks("GET", "/admin/v1/me").code == "unauthenticated"
    for password, status in ((PASSWORD, 401), ("another long one", 201)):
        body = {"email": "sales@shop.example", "password": password}
        assert orders.asks("POST", "/admin/v1/sessions", body, caller=None).status == status


def test_signing_out_ends_the_session(orders: ServiceDriver) -> None:
    member = given_staff(orders, "readonly")

    assert member.asks("DELETE", "/admin/v1/sessions").status == 204
    assert member.asks("GET", "/admin/v1/me").code == "unauthenticated"
    assert asks_with(orders, ADMIN_KEY, "DELETE", "/admin/v1/sessions").code == "unauthenticated"


def test_staff_without_a_password_cannot_sign_in_yet(orders: ServiceDriver) -> None:
    made = orders.asks("POST", "/admin/v1/staff", {"email": "ida@shop.example", "name": "Ida", "roles": ["sales"]})
    body = {"email": "ida@shop.example", "password": PASSWORD}
    assert orders.asks("POST", "/admin/v1/sessions", body, caller=None).code == "bad_credentials"

    orders.asks("PATCH", f"/admin/v1/staff/{made.body['id']}", {"password": PASSWORD})

    assert orders.asks("POST", "/admin/v1/sessions", body, caller=None).status == 201


def test_a_customer_and_a_member_of_staff_with_one_address_are_two_accounts(orders: ServiceDriver) -> None:
    customer, member = given_customer(orders, "ida@shop.example"), given_staff(orders, "sales", email="ida@shop.example")

    orders.asks("PATCH", f"/admin/v1/staff/{member.id}", {"password": "another long one"})

    assert customer.asks("GET", "/store/v1/customers/me").status == 200
    body = {"email": "ida@shop.example", "password": PASSWORD}
    assert orders.asks("POST", "/admin/v1/sessions", body, caller=None).code == "bad_credentials"


def test_failed_logins_of_staff_are_limited_and_the_customers_count_apart(orders: ServiceDriver) -> None:
    """R-ORD-21"""
    given_staff(orders, "sales")
    body = {"email": "sales@shop.example", "password": "wrong"}

    answers = [orders.asks("POST", "/admin/v1/sessions", body, caller=None).code for _ in range(11)]

    assert answers == ["bad_credentials"] * 10 + ["rate_limited"]


def test_a_password_of_staff_is_never_answered_and_never_stored(orders: ServiceDriver) -> None:
    member = given_staff(orders, "sales")

    assert "password" not in str(member.record)
    assert orders.asks("GET", "/admin/v1/staff").body["data"] == [member.record]
    assert not any(PASSWORD in str(row) for row in orders.rows("SELECT * FROM staff"))


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"roles": ["boss"]}, "validation_failed", "/roles/0"),
        ({"roles": []}, "validation_failed", "/roles"),
        ({"roles": ["seller"]}, "validation_failed", "/seller_id"),
        ({"email": "SALES@shop.example"}, "already_exists", "/email"),
        ({"password": "short"}, "validation_failed", "/password"),
        ({"permissions": ["access.write"]}, "validation_failed", "/permissions"),
    ],
)
def test_staff_with_something_wrong_are_refused(orders: ServiceDriver, changes: dict[str, Any], code: str, pointer: str) -> None:
    given_staff(orders, "sales")
    other = given_staff(orders, "support")
    body = {"email": "ida@shop.example", "name": "Ida", "roles": ["sales"], "password": PASSWORD}

    made = orders.asks("POST", "/admin/v1/staff", body | changes)
    changed = orders.asks("PATCH", f"/admin/v1/staff/{other.id}", changes)

    for answer in (made, changed):
        assert (answer.code, answer.body["errors"][0]["pointer"]) == (code, pointer)
    assert orders.asks("GET", f"/admin/v1/staff/{other.id}").body == other.record
    assert orders.rows("SELECT count(*) FROM staff") == [(2,)]


def test_only_owners_see_and_change_who_works_here(orders: ServiceDriver) -> None:
    """R-ACC-04: also no hash is reckoned for others."""
    body = {"email": "ida@shop.example", "name": "Ida", "roles": ["owner"], "password": PASSWORD}
    member = given_staff(orders, "sales")

    for method, path, sent in (
        ("POST", "/staff", body),
        ("GET", "/staff", None),
        ("GET", f"/staff/{member.id}", None),
        ("PATCH", f"/staff/{member.id}", {"roles": ["owner"], "password": PASSWORD}),
        ("POST", f"/staff/{member.id}/deactivate", None),
        ("GET", "/api_keys", None),
        ("DELETE", "/api_keys/key_1", None),
    ):
        answer = member.asks(method, "/admin/v1" + path, sent)
        assert (answer.status, answer.body.get("required_permission")) == (403, "access.write"), (method, path)
    assert orders.rows("SELECT count(*) FROM staff") == [(1,)]
    for path in ("/staff/usr_none", "/staff/usr_none/deactivate"):
        assert orders.asks("GET" if path.endswith("none") else "POST", "/admin/v1" + path).status == 404


def test_keys_are_listed_without_their_secrets_and_end_when_deleted(orders: ServiceDriver) -> None:
    secret = key_with(orders, "sales")
    asks_with(orders, secret, "GET", "/admin/v1/settings")

    listed = orders.asks("GET", "/admin/v1/api_keys").body["data"]
    first = orders.asks("GET", "/admin/v1/api_keys?limit=1").body
    rest = orders.asks("GET", f"/admin/v1/api_keys?limit=1&after={first['page']['next']}").body
    gone = orders.asks("DELETE", f"/admin/v1/api_keys/{listed[0]['id']}")

    assert [key["name"] for key in listed] == ["sales", "bootstrap"]
    assert listed == [*first["data"], *rest["data"]]
    assert listed[0]["last_used_at"] == "2031-05-01T12:00:00.000000Z"
    assert "secret" not in listed[0]
    assert gone.status == 204
    assert asks_with(orders, secret, "GET", "/admin/v1/settings").code == "unauthenticated"
    assert orders.asks("DELETE", f"/admin/v1/api_keys/{listed[0]['id']}").status == 404


def test_the_key_that_the_environment_gives_cannot_be_deleted(orders: ServiceDriver) -> None:
    """It would be back with the next start; whoever reads 204 must be able to rely on it."""
    [bootstrap] = orders.asks("GET", "/admin/v1/api_keys").body["data"]

    assert orders.asks("DELETE", f"/admin/v1/api_keys/{bootstrap['id']}").status == 409
    assert orders.asks("GET", "/admin/v1/me", caller=None, headers=bearer(ADMIN_KEY)).body["name"] == "bootstrap"
