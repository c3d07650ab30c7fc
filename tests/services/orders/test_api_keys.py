"""Keys for integrations: given out once, kept as a hash, ended by their time; the bootstrap keys of the environment."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from starlette.requests import Request

from services.orders.api.access import identify
from services.orders.store.access import note_use
from shared.values.clock import rfc3339
from tests.support.driver import NOON, ServiceDriver
from tests.support.samples_catalogue import ADMIN_KEY, PUBLISHABLE_KEY, asks_with, bearer, key_with, open_shop, resolves


def used_at(orders: ServiceDriver, name: str) -> Any:
    return orders.rows("SELECT last_used_at FROM api_keys WHERE name = :name", name=name)[0][0]


def test_a_new_key_is_answered_with_its_secret_once_and_kept_as_a_hash(orders: ServiceDriver) -> None:
    body = {"name": "ERP", "roles": ["sales", "accountant"], "expires_at": "2031-06-01T00:00:00+02:00"}

    answer = orders.asks("POST", "/admin/v1/api_keys", body)

    assert answer.status == 201
    secret = answer.body["secret"]
    assert answer.body == {
        "id": answer.body["id"],
        "name": "ERP",
        "roles": ["sales", "accountant"],
        "seller_id": None,
        "expires_at": "2031-05-31T22:00:00.000000Z",
        "last_used_at": None,
        "secret": secret,
    }
    assert answer.headers["location"] == f"/admin/v1/api_keys/{answer.body['id']}"
    assert secret.startswith("sk_")
    assert len(secret) == 46
    kept = orders.rows("SELECT secret_sha256 FROM api_keys WHERE name = 'ERP'")
    assert kept == [(hashlib.sha256(secret.encode()).hexdigest(),)]
    assert not any(secret in str(row) for row in orders.rows("SELECT * FROM api_keys"))


def test_a_key_asked_for_twice_with_one_idempotency_key_is_one_key(orders: ServiceDriver) -> None:
    """R-API-01: the secret of the first answer is given again, out of an encrypted row."""
    headers = {"idempotency-key": "once"}
    body = {"name": "ERP", "roles": ["owner"]}

    first = orders.asks("POST", "/admin/v1/api_keys", body, headers=headers)
    second = orders.asks("POST", "/admin/v1/api_keys", body, headers=headers)

    assert first.body == second.body
    assert orders.rows("SELECT count(*) FROM api_keys WHERE name = 'ERP'") == [(1,)]
    assert first.body["secret"].encode() not in orders.rows("SELECT answer FROM idempotency")[0][0]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"roles": []}, "/roles"),
        ({"roles": ["sales", "boss"]}, "/roles/1"),
        ({"roles": "sales"}, "/roles"),
        ({"roles": ["seller"]}, "/seller_id"),
        ({"seller_id": "no code"}, "/seller_id"),
        ({"name": ""}, "/name"),
        ({"expires_at": "tomorrow"}, "/expires_at"),
        ({"expires_at": "2031-06-01T00:00:00"}, "/expires_at"),
        ({"expires_at": rfc3339(NOON)}, "/expires_at"),
        ({"secret": "mine"}, "/secret"),
    ],
)
def test_a_key_with_something_wrong_is_refused(orders: ServiceDriver, changes: dict[str, Any], pointer: str) -> None:
    answer = orders.asks("POST", "/admin/v1/api_keys", {"name": "ERP", "roles": ["sales"]} | changes)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert [item["pointer"] for item in answer.body["errors"]] == [pointer]
    assert orders.rows("SELECT count(*) FROM api_keys WHERE name = 'ERP'") == [(0,)]


def test_a_key_ends_by_the_machines_time_and_not_by_the_test_clock(orders: ServiceDriver) -> None:
    """R-ACC-01; api.md, section 12: the test clock never rules credentials."""
    secret = key_with(orders, "owner", expires_at=rfc3339(NOON + timedelta(hours=1)))
    orders.db.test_mode = True
    orders.commands("PUT", "/internal/v1/clock", {"now": rfc3339(NOON + timedelta(days=9))})

    before = asks_with(orders, secret, "GET", "/admin/v1/settings")
    orders.later(hours=1)
    after = asks_with(orders, secret, "GET", "/admin/v1/settings")

    assert before.status == 200
    assert (after.status, after.code) == (401, "unauthenticated")


def test_the_use_of_a_key_is_written_at_most_once_a_minute(orders: ServiceDriver) -> None:
    assert used_at(orders, "bootstrap") is None

    asks_with(orders, ADMIN_KEY, "GET", "/admin/v1/settings")
    first = used_at(orders, "bootstrap")
    orders.later(seconds=59)
    asks_with(orders, ADMIN_KEY, "GET", "/admin/v1/settings")
    key_with(orders, "sales")
    second = used_at(orders, "bootstrap")
    orders.later(seconds=1)
    key_with(orders, "sales")
    third = used_at(orders, "bootstrap")

    assert first is not None
    assert first == second
    assert third != first


def test_a_look_with_a_key_that_was_noted_writes_nothing(orders: ServiceDriver) -> None:
    asks_with(orders, ADMIN_KEY, "GET", "/admin/v1/settings")

    with ThreadPoolExecutor(1) as pool, orders.db.begin():
        answer = pool.submit(asks_with, orders, ADMIN_KEY, "GET", "/admin/v1/settings").result(timeout=5)

    assert answer.status == 200


def test_the_use_is_noted_though_the_look_began_before_another_write(orders: ServiceDriver) -> None:
    """On SQLite a transaction that has looked at an older state can no longer write: the note has one of its own."""
    scope = {
        "type": "http",
        "app": orders.app,
        "method": "GET",
        "path": "/admin/v1/settings",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in bearer(ADMIN_KEY).items()],
    }
    with orders.db.read() as tx:
        tx.execute(text("SELECT count(*) FROM api_keys")).scalar_one()
        key_with(orders, "sales")
        orders.given(lambda other: other.execute(text("UPDATE api_keys SET last_used_at = NULL")))

        caller = identify(Request(scope), tx)

    assert caller.name == "bootstrap"
    assert used_at(orders, "bootstrap") is not None


def test_a_use_that_another_request_is_writing_is_not_waited_for(orders: ServiceDriver, backend: str) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite has one writer")
    key_id = orders.rows("SELECT id FROM api_keys")[0][0]

    with orders.db.begin() as first:
        note_use(first, key_id)
        with orders.db.begin() as second:
            second.execute(text("SET LOCAL lock_timeout = '100ms'"))
            note_use(second, key_id)

    assert used_at(orders, "bootstrap") is not None


def test_the_bootstrap_keys_are_kept_once_however_often_they_are_given(orders: ServiceDriver) -> None:
    before = orders.rows("SELECT id, secret_sha256 FROM api_keys")
    open_shop(orders)

    assert orders.rows("SELECT id, secret_sha256 FROM api_keys") == before
    assert orders.rows("SELECT count(*) FROM publishable_keys") == [(1,)]
    assert asks_with(orders, ADMIN_KEY, "POST", "/admin/v1/api_keys", {"name": "a", "roles": ["owner"]}).status == 201


def test_a_changed_bootstrap_key_takes_the_place_of_the_old_one(orders: ServiceDriver) -> None:
    other = key_with(orders, "sales")
    open_shop(orders, admin_key="sk_changed", publishable_key="pk_changed")

    assert asks_with(orders, ADMIN_KEY, "GET", "/admin/v1/settings").code == "unauthenticated"
    assert asks_with(orders, "sk_changed", "GET", "/admin/v1/settings").status == 200
    assert asks_with(orders, other, "GET", "/admin/v1/settings").status == 200
    assert resolves(orders, {"x-publishable-key": PUBLISHABLE_KEY}).code == "unauthenticated"
    assert resolves(orders, {"x-publishable-key": "pk_changed"}).body["caller"]["channel"] == "web"


def test_a_start_without_bootstrap_keys_leaves_those_that_are_there(orders: ServiceDriver) -> None:
    open_shop(orders, admin_key=None, publishable_key=None)

    assert asks_with(orders, ADMIN_KEY, "GET", "/admin/v1/settings").status == 200
    assert resolves(orders, {"x-publishable-key": PUBLISHABLE_KEY}).status == 200


def test_a_key_that_becomes_the_bootstrap_key_is_the_owners(orders: ServiceDriver) -> None:
    secret = key_with(orders, "readonly")
    open_shop(orders, admin_key=secret)

    assert asks_with(orders, secret, "POST", "/admin/v1/api_keys", {"name": "a", "roles": ["owner"]}).status == 201
