"""Whoever guesses passwords, or only makes the shop reckon: what it costs, and whom it hurts (R-ORD-21)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from services.orders.api.passwords import _PLACES, MOST_WAITING
from services.orders.service import SERVICE
from shared.settings import Environment
from shared.values.clock import FixedClock
from shared.web.client import client_of, subject_of
from tests.support.databases import Databases
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import open_shop
from tests.support.samples_people import PASSWORD, VISITOR, given_customer

PROXY = (ip_network("127.0.0.0/8"), ip_network("10.9.0.0/16"))


@pytest.fixture
def orders(databases: Databases, clock: FixedClock) -> ServiceDriver:
    """Orders behind a proxy that names its clients; an address has two tries a minute."""
    environment = Environment(test_mode=True, trusted_proxies="127.0.0.1")
    driver = ServiceDriver(SERVICE, databases.open("sqlite", SERVICE, clock), clock, environment=environment)
    open_shop(driver)
    given_customer(driver)
    limits = {"failed_logins_per_minute": 2, "registrations_per_minute": 2}
    driver.asks("PATCH", "/internal/v1/settings", {"patch": {"limits": limits}})
    return driver


def tries(orders: ServiceDriver, password: str = "wrong", *, email: str = "ada@example.org", forwarded: str = "192.0.2.1") -> Answer:
    headers = VISITOR | {"x-forwarded-for": forwarded}
    return orders.asks("POST", "/store/v1/sessions", {"email": email, "password": password}, caller=None, headers=headers)


def registers(orders: ServiceDriver, email: str, *, forwarded: str = "192.0.2.1") -> Answer:
    headers = VISITOR | {"x-forwarded-for": forwarded}
    return orders.asks("POST", "/store/v1/customers", {"email": email, "password": PASSWORD}, caller=None, headers=headers)


def test_a_client_that_invents_addresses_before_its_own_is_counted_as_itself(orders: ServiceDriver) -> None:
    """The proxy writes the true address last; what stands before it was sent by the client."""
    spoofed = [f"203.0.113.{n}, 192.0.2.1" for n in range(3)]

    answers = [tries(orders, email=f"eve{n}@example.org", forwarded=chain).status for n, chain in enumerate(spoofed)]

    assert answers == [401, 401, 429]
    assert tries(orders, PASSWORD, forwarded="192.0.2.2").status == 201


def test_all_addresses_of_an_ipv6_household_are_one_guesser(orders: ServiceDriver) -> None:
    answers = [tries(orders, email=f"eve{n}@example.org", forwarded=f"2001:db8:0:1::{n}").status for n in range(3)]

    assert answers == [401, 401, 429]
    assert tries(orders, PASSWORD, forwarded="2001:db8:0:2::1").status == 201


def test_one_account_guessed_at_from_many_addresses_is_closed_and_no_other(orders: ServiceDriver) -> None:
    """Its owner is kept out with the guessers, for the rest of the minute; everybody else signs in."""
    assert registers(orders, "sara@example.org").status == 201

    answers = [tries(orders, forwarded=f"192.0.2.{n}").status for n in range(4)]

    assert answers == [401, 401, 429, 429]
    assert tries(orders, PASSWORD, email="sara@example.org", forwarded="192.0.2.9").status == 201


def test_registrations_are_limited_by_address_before_anything_is_reckoned(orders: ServiceDriver) -> None:
    answers = [registers(orders, email) for email in ("a@example.org", "a@example.org", "b@example.org")]

    assert [answer.status for answer in answers] == [201, 409, 429]
    refused = answers[-1]
    assert refused.code == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (refused.headers["ratelimit-limit"], refused.headers["ratelimit-remaining"]) == ("2", "0")
    assert registers(orders, "b@example.org", forwarded="192.0.2.2").status == 201


def test_a_crowd_larger_than_the_queue_is_told_to_come_again_and_the_queue_goes_on(orders: ServiceDriver) -> None:
    """A quarter of a second of a core for each: thousands at once would keep everybody waiting for minutes."""
    taken = [_PLACES.acquire(blocking=False) for _ in range(MOST_WAITING)]
    try:
        signing_in, registering = tries(orders, PASSWORD), registers(orders, "sara@example.org")
    finally:
        _PLACES.release(MOST_WAITING)

    assert all(taken)
    for beyond in (signing_in, registering):
        assert (beyond.status, beyond.code, beyond.headers["retry-after"]) == (503, "service_unavailable", "1")
    assert tries(orders, PASSWORD).status == 201
    assert all(_PLACES.acquire(blocking=False) for _ in range(MOST_WAITING))
    _PLACES.release(MOST_WAITING)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", [b"203.0.113.9"], "192.0.2.1"),
        ("127.0.0.1", [b"203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", [b"203.0.113.9", b"192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", [b"203.0.113.9, 192.0.2.1", b"10.9.0.7"], "192.0.2.1"),
        ("127.0.0.1", [b"192.0.2.1:4711"], "192.0.2.1"),
        ("127.0.0.1", [b"[2001:db8::1]:443"], "2001:db8::1"),
        ("::ffff:127.0.0.1", [b"::ffff:192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", [b"203.0.113.9, unknown"], "127.0.0.1"),
        ("127.0.0.1", [b"203.0.113.9, " + b"x" * 9000], "127.0.0.1"),
        ("127.0.0.1", [b"\xff\xfe, ,"], "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("", [b"192.0.2.1"], ""),
    ],
)
def test_the_client_is_the_first_from_the_right_for_whom_no_proxy_of_ours_vouches(peer: str, forwarded: list[bytes], client: str) -> None:
    assert client_of(peer, forwarded, PROXY) == client


def test_an_ipv4_client_is_counted_alone_and_an_ipv6_client_with_its_network() -> None:
    assert subject_of("192.0.2.1") == "192.0.2.1"
    assert subject_of("2001:db8:0:1:9::1") == subject_of("2001:db8:0:1::2") == "2001:db8:0:1::/64"
    assert subject_of("somebody") == "somebody"
