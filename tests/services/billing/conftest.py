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
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_billing import NUMBER, ORDER, asked_payment, content, order_confirmed, order_submitted
from tests.support.stripe_double import StripeDouble, deliver, stripe_double

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


def given_offline(
    billing: ServiceDriver, *args: Any, method: str = "wire", amount: str | None = None, policy: dict[str, Any] | None = None, **values: Any
) -> dict[str, Any]:
    """A submit with an offline method, as its customer is answered; `policy` is patched into the method before."""
    if policy:
        answer = billing.asks("PATCH", f"/admin/v1/payment_methods/{method}", policy)
        assert answer.status == 200, answer.body
    asked = asked_payment(*args, **values) | {"method": method} | ({} if amount is None else {"amount": amount})
    answer = billing.commands("POST", "/internal/v1/payments", asked)
    assert answer.status == 200, answer.body
    payment: dict[str, Any] = answer.body
    return payment


def record(billing: ServiceDriver, order_id: str = ORDER, **values: Any) -> Answer:
    """Money for a sample order is recorded: `amount` and what else RecordPayment takes; `state` and `submission` are the order's."""
    number = NUMBER if order_id == ORDER else f"SO-{order_id[-5:]}"
    told = content(order_id, number=number, submission=values.pop("submission", 1))
    order = {name: told[name] for name in ("order_id", "number", "submission", "currency", "decimals")}
    order |= {"total": told["totals"].total, "state": values.pop("state", "quotation")}
    order["content"] = order_submitted(order_id, submission=order["submission"]).model_dump(mode="json", exclude_none=True)
    return billing.commands("POST", f"/internal/v1/orders/{order_id}/payments", {"order": order, "method": "wire"} | values)


def given_authorized(billing: ServiceDriver, stripe: StripeDouble, *, capture: str = "by_hand", **values: Any) -> dict[str, Any]:
    """A card payment whose money is promised, and taken as `capture` says."""
    assert billing.asks("PATCH", "/admin/v1/payment_methods/card", {"capture": capture}).status == 200
    payment = given_payment(billing, **values)
    assert deliver(billing, stripe.happens(payment["provider_ref"], "authorize")).body["state"] == "applied"
    return payment_of(billing, payment["id"])
