"""Billing under test, with a Stripe of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.billing.actions.methods import prepare
from services.billing.service import SERVICE
from shared.db.settings_copy import copy_settings
from shared.settings import Environment
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import asked_payment, order_confirmed
from tests.support.stripe_double import StripeDouble, stripe_double

ENVIRONMENT = Environment(test_mode=True, public_url="https://shop.example")


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[StripeDouble]:
    """An account of our Stripe simulator, listening on a socket."""
    with stripe_double(tmp_path) as double:
        yield double


@pytest.fixture
def billing(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble) -> ServiceDriver:
    """Billing with its built-in methods, on both backends."""
    driver = ServiceDriver(
        SERVICE, databases.open(backend, SERVICE, clock, pool_size=20), clock, environment=ENVIRONMENT, outside=stripe.outside()
    )
    driver.given(lambda tx: prepare(tx, ENVIRONMENT))
    return driver


@pytest.fixture
def confirmed(billing: ServiceDriver) -> ServiceDriver:
    """Billing with an order that is invoiced on request only."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_request"}}}))
    billing.hears(order_confirmed(engravings=2))
    return billing


def given_payment(billing: ServiceDriver, *args: Any, **values: Any) -> dict[str, Any]:
    """A payment that waits for its customer."""
    answer = billing.commands("POST", "/internal/v1/payments", asked_payment(*args, **values))
    assert answer.status == 200, answer.body
    payment: dict[str, Any] = answer.body
    return payment


def payment_of(billing: ServiceDriver, payment_id: str) -> dict[str, Any]:
    """The payment as staff sees it."""
    answer = billing.asks("GET", f"/admin/v1/payments/{payment_id}")
    assert answer.status == 200
    payment: dict[str, Any] = answer.body
    return payment
