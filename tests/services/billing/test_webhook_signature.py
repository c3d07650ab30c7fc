"""Only what Stripe has signed, lately, with a secret of ours, is heard at all (R-PAY-03)."""

from __future__ import annotations

import time

import pytest

from services.billing.service import SERVICE
from shared.values.clock import FixedClock
from tests.services.billing.conftest import ENVIRONMENT, given_payment, payment_of
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.stripe_double import WEBHOOK_SECRET, StripeDouble, deliver


@pytest.mark.parametrize(("secret", "seconds"), [("whsec_wrong", 0), (WEBHOOK_SECRET, -310), (WEBHOOK_SECRET, 310)])
def test_a_forged_or_stale_signature_is_refused_and_nothing_stored(
    billing: ServiceDriver, stripe: StripeDouble, secret: str, seconds: int
) -> None:
    """R-PAY-03."""
    payment = given_payment(billing)

    event = stripe.happens(payment["provider_ref"], "succeed")
    answer = deliver(billing, event, secret=secret, at_unix=int(time.time()) + seconds)

    assert (answer.status, answer.code) == (400, "signature_invalid")
    assert billing.rows("SELECT id FROM provider_events") == []
    assert payment_of(billing, payment["id"])["state"] == "created"


def test_no_signature_at_all_is_refused(billing: ServiceDriver) -> None:
    answer = billing.asks("POST", "/hooks/v1/stripe", raw=b"{}", caller=None)

    assert (answer.status, answer.code) == (400, "signature_invalid")


@pytest.mark.parametrize("raw", [b"{", b"[]", b"null", b'{"id": "evt_1"}', b'{"id": "evt_1", "type": "x"}'])
def test_a_signed_body_that_is_no_event_is_malformed_and_not_stored(billing: ServiceDriver, raw: bytes) -> None:
    answer = deliver(billing, raw)

    assert (answer.status, answer.code) == (400, "malformed_request")
    assert billing.rows("SELECT id FROM provider_events") == []


def test_without_a_secret_there_is_no_webhook(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble) -> None:
    """R-PAY-03."""
    outside = stripe.outside(webhook_secrets=())
    billing = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)

    answer = deliver(billing, b"{}")

    assert (answer.status, answer.code) == (503, "webhook_not_configured")


def test_while_a_secret_is_rotated_both_are_good(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble) -> None:
    outside = stripe.outside(webhook_secrets=("whsec_new", "whsec_billing"))
    billing = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    event = {"id": "evt_1", "type": "x", "created": 1, "data": {"object": {}}}

    assert [deliver(billing, event, secret=secret).status for secret in ("whsec_new", "whsec_billing", "whsec_old")] == [200, 200, 400]
