"""What no service could store or give back is refused at the door, before any route."""

from __future__ import annotations

import pytest

from services.returns.service import SERVICE
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import HOUSE, ServiceDriver


@pytest.fixture
def returns(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    return ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)


@pytest.mark.parametrize(
    "name",
    [
        rb'"a\u0000b"',
        rb'"\\\u0000"',
        rb'"\ud800"',
        b"NaN",
        b"-Infinity",
        b"[" * 3000 + b"]" * 3000,
        b'"\xff"',
        b'"a',
    ],
)
def test_text_and_numbers_that_cannot_be_stored_are_malformed(returns: ServiceDriver, name: bytes) -> None:
    """R-API-03: never a 500 for what was sent."""
    body = b'{"version": 1, "values": {"store": {"name": ' + name + b"}}}"

    answer = returns.asks("PUT", "/internal/v1/settings", raw=body, caller=HOUSE)

    assert (answer.status, answer.code) == (400, "malformed_request")


@pytest.mark.parametrize("name", [rb'"a\\u0000b"', rb'"\\\\u0000"', rb'"\ud83d\ude00"', '"چای"'.encode()])
def test_a_backslash_and_what_only_looks_like_an_escape_are_text(returns: ServiceDriver, name: bytes) -> None:
    body = b'{"version": 1, "values": {"store": {"name": ' + name + b"}}}"

    assert returns.asks("PUT", "/internal/v1/settings", raw=body, caller=HOUSE).status == 200


def test_a_transaction_says_whether_it_only_looks(returns: ServiceDriver) -> None:
    with returns.db.read() as tx:
        assert tx.read_only
    with returns.db.begin() as tx:
        assert not tx.read_only
