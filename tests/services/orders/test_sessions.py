"""Signing in and out: what a session opens, how it ends, and how often it may be tried."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.orders.actions.sessions import sign_in
from services.orders.api.passwords import _HASHERS
from services.orders.domain.password import _NOBODYS, hash_password, password_fits
from services.orders.errors import BadCredentials
from services.orders.service import SERVICE
from shared.db.tx import Tx
from shared.settings import Environment
from shared.values.clock import FixedClock, rfc3339
from tests.support.databases import Databases
from tests.support.driver import NOON, Answer, ServiceDriver
from tests.support.samples_catalogue import ADMIN_KEY, bearer, open_shop, resolves
from tests.support.samples_people import PASSWORD, VISITOR, given_customer, given_staff


@pytest.fixture
def orders(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    """Orders behind a proxy that names its clients."""
    environment = Environment(test_mode=True, trusted_proxies="127.0.0.1")
    driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=environment)
    open_shop(driver)
    return driver


def tries(orders: ServiceDriver, password: str = "wrong", *, email: str = "ada@example.org", client: str = "10.0.0.1") -> Answer:
    """Someone at this address tries to sign in."""
    headers = VISITOR | {"x-forwarded-for": client}
    return orders.asks("POST", "/store/v1/sessions", {"email": email, "password": password}, caller=None, headers=headers)


def given_limit(orders: ServiceDriver, failures: int) -> None:
    """So many failed logins per minute."""
    orders.asks("PATCH", "/internal/v1/settings", {"patch": {"limits": {"failed_logins_per_minute": failures}}})


def test_a_customer_signs_in_with_e_mail_and_password(orders: ServiceDriver) -> None:
    customer = given_customer(orders)

    answer = tries(orders, PASSWORD, email="ADA@example.org")

    assert (answer.status, answer.body["customer"]) == (201, customer.record)
    assert answer.body["expires_at"] == rfc3339(NOON + timedelta(hours=12))
    headers = VISITOR | bearer(answer.body["token"])
    assert orders.asks("GET", "/store/v1/customers/me", caller=None, headers=headers).body == customer.record
    caller = resolves(orders, headers).body["caller"]
    assert (caller["type"], caller["customer"], caller["channel"], caller["language"]) == ("customer", customer.id, "web", "en")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(orders: ServiceDriver) -> None:
    given_customer(orders)

    wrong, unknown = tries(orders), tries(orders, email="eve@example.org")

    assert (wrong.status, wrong.code) == (401, "bad_credentials")
    strip = {"request_id": ""}
    assert wrong.body | strip == unknown.body | strip
    assert orders.rows("SELECT count(*) FROM sessions") == [(1,)]


def test_an_unknown_address_costs_as_much_as_a_known_one() -> None:
    """The hash held against is of the same kind and cost as every new one: time tells nothing."""
    assert _NOBODYS.rsplit("$", 2)[0] == hash_password(PASSWORD).rsplit("$", 2)[0]
    assert not password_fits(PASSWORD, None)


def test_failed_logins_are_counted_by_account_and_refused_before_any_work(orders: ServiceDriver) -> None:
    """R-ORD-21"""
    given_customer(orders)
    given_limit(orders, 2)

    failed = [tries(orders, client=f"10.0.0.{n}") for n in (1, 2)]
    beyond = tries(orders, PASSWORD, email="Ada@example.org", client="10.0.0.3")

    assert [answer.code for answer in failed] == ["bad_credentials"] * 2
    assert [answer.headers["ratelimit-remaining"] for answer in failed] == ["1", "0"]
    assert (beyond.status, beyond.code) == (429, "rate_limited")
    assert 1 <= int(beyond.headers["retry-after"]) <= 60
    assert beyond.body["retry_after"] == int(beyond.headers["retry-after"])
    assert (beyond.headers["ratelimit-limit"], beyond.headers["ratelimit-remaining"]) == ("2", "0")
    assert 1 <= int(beyond.headers["ratelimit-reset"]) <= 60
    assert orders.rows("SELECT count(*) FROM sessions") == [(1,)]
    assert tries(orders, PASSWORD, email="eve@example.org", client="10.0.0.4").code == "bad_credentials"


def test_failed_logins_are_counted_by_client_address(orders: ServiceDriver) -> None:
    """R-ORD-21"""
    given_customer(orders)
    given_limit(orders, 2)

    failed = [tries(orders, email=f"eve{n}@example.org") for n in (1, 2)]
    beyond = tries(orders, PASSWORD)
    elsewhere = tries(orders, PASSWORD, client="10.0.0.2")

    assert [answer.code for answer in failed] == ["bad_credentials"] * 2
    assert beyond.code == "rate_limited"
    assert elsewhere.status == 201


def test_who_knows_the_password_is_never_counted(orders: ServiceDriver) -> None:
    """R-ORD-21 counts failures: a shop behind one address may sign in as often as it likes."""
    given_customer(orders)
    given_limit(orders, 1)

    answers = [tries(orders, PASSWORD) for _ in range(3)]

    assert [answer.status for answer in answers] == [201] * 3
    assert answers[-1].headers["ratelimit-remaining"] == "1"


def test_a_crowd_that_knows_its_passwords_is_let_in(orders: ServiceDriver) -> None:
    """R-ORD-21 counts failures: those who wait for their turn are none."""
    given_customer(orders)
    given_limit(orders, 3)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: tries(orders, PASSWORD).status, range(6)))

    assert answers == [201] * 6


def test_guesses_at_the_same_time_do_not_pass_together(orders: ServiceDriver) -> None:
    """R-ORD-21"""
    given_customer(orders)
    given_limit(orders, 2)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: tries(orders).code, range(6)))

    assert sorted(answers) == ["bad_credentials"] * 2 + ["rate_limited"] * 4


def test_a_session_ends_after_twelve_hours_of_the_machines_time(orders: ServiceDriver) -> None:
    """R-ACC-01; api.md, section 12: the test clock never rules tokens."""
    customer = given_customer(orders)
    orders.db.test_mode = True
    orders.commands("PUT", "/internal/v1/clock", {"now": rfc3339(NOON + timedelta(days=9))})

    orders.later(hours=12, microseconds=-1)
    before = customer.asks("GET", "/store/v1/customers/me")
    orders.later(microseconds=1)
    after = customer.asks("GET", "/store/v1/customers/me")

    assert before.status == 200
    assert (after.status, after.code) == (401, "unauthenticated")
    assert resolves(orders, customer.headers).code == "unauthenticated"


def test_expired_sessions_go_when_the_same_person_signs_in_again(orders: ServiceDriver) -> None:
    given_customer(orders)
    given_customer(orders, "eve@example.org")
    orders.later(hours=12)

    tries(orders, PASSWORD)

    assert orders.rows("SELECT count(*) FROM sessions") == [(2,)]


def test_signing_out_ends_this_session_and_no_other(orders: ServiceDriver) -> None:
    customer = given_customer(orders)
    other = VISITOR | bearer(tries(orders, PASSWORD).body["token"])

    out = customer.asks("DELETE", "/store/v1/sessions")

    assert out.status == 204
    assert customer.asks("GET", "/store/v1/customers/me").code == "unauthenticated"
    assert orders.asks("GET", "/store/v1/customers/me", caller=None, headers=other).status == 200


def test_a_forged_token_opens_nothing(orders: ServiceDriver) -> None:
    """R-ACC-01"""
    customer = given_customer(orders)
    token = customer.headers["authorization"].removeprefix("Bearer ")

    for forged in (token + "x", token[:-1], "ses_", "ses_" + "A" * 43, token.removeprefix("ses_")):
        answer = orders.asks("GET", "/store/v1/customers/me", caller=None, headers=VISITOR | bearer(forged))
        assert (answer.status, answer.code) == (401, "unauthenticated"), forged


def test_a_customers_token_is_none_of_staff_and_staffs_none_of_a_customer(orders: ServiceDriver) -> None:
    """R-ACC-04"""
    customer, staff = given_customer(orders), given_staff(orders, "owner")

    assert customer.asks("GET", "/admin/v1/me").code == "unauthenticated"
    assert customer.asks("GET", "/admin/v1/orders").code == "unauthenticated"
    assert customer.asks("DELETE", "/admin/v1/sessions").code == "unauthenticated"
    assert staff.asks("GET", "/store/v1/customers/me", **VISITOR).code == "unauthenticated"
    assert staff.asks("DELETE", "/store/v1/sessions", **VISITOR).code == "unauthenticated"
    assert orders.asks("GET", "/store/v1/orders", caller=None, headers=VISITOR | bearer(ADMIN_KEY)).code == "unauthenticated"


def test_a_password_that_was_changed_in_the_meantime_opens_no_session(orders: ServiceDriver) -> None:
    """The hash that was reckoned outside of the transaction is the account's still, or it counts for nothing."""
    customer = given_customer(orders)
    checked = orders.rows("SELECT password_hash FROM customers")[0][0]
    orders.given(lambda tx: tx.execute(text("UPDATE customers SET password_hash = 'other'")))

    def signs_in(tx: Tx) -> bool:
        try:
            sign_in(tx, "customer", customer.id, checked=checked)
        except BadCredentials:
            return False
        return True

    assert not orders.given(signs_in)


def test_nothing_is_reckoned_for_those_who_are_refused(orders: ServiceDriver) -> None:
    """R-ORD-21, R-ACC-04: while every core reckons hashes, they still hear no at once."""
    given_customer(orders)
    support = given_staff(orders, "support")
    given_limit(orders, 1)
    tries(orders)
    account = {"email": "eve@example.org", "password": PASSWORD}
    refused: list[tuple[Callable[[], Answer], int]] = [
        (lambda: tries(orders, PASSWORD), 429),
        (lambda: orders.asks("POST", "/store/v1/sessions", account, caller=None), 401),
        (lambda: orders.asks("POST", "/store/v1/customers", account, caller=None), 401),
        (lambda: support.asks("POST", "/admin/v1/staff", account | {"name": "Eve", "roles": ["owner"]}), 403),
        (lambda: support.asks("PATCH", f"/admin/v1/staff/{support.id}", {"password": PASSWORD}), 403),
    ]
    free = threading.Event()
    busy = [_HASHERS.submit(free.wait) for _ in range(2)]

    with ThreadPoolExecutor(len(refused)) as pool:
        answers = [pool.submit(ask) for ask, _ in refused]
        try:
            statuses = [answer.result(timeout=20).status for answer in answers]
        finally:
            free.set()

    assert statuses == [status for _, status in refused]
    assert all(task.result() for task in busy)
