"""Billing's outside world out of the environment."""

from __future__ import annotations

import pytest

from services.billing.adapters.outside import connect
from shared.settings import Environment


def test_without_a_key_there_is_no_provider() -> None:
    outside = connect(Environment())

    assert (outside.stripe, outside.providers, outside.livemode, outside.webhook_secrets) == (None, frozenset(), False, ())


@pytest.mark.parametrize(("key", "live"), [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False), ("sk_1", False)])
def test_a_live_key_is_known_by_its_name(key: str, live: bool) -> None:
    """R-PAY-05."""
    outside = connect(Environment(stripe_api_key=key, stripe_webhook_secret="whsec_1, whsec_2"))

    assert (outside.providers, outside.livemode) == ({"stripe"}, live)
    assert outside.webhook_secrets == ("whsec_1", "whsec_2")


def test_only_stripe_itself_has_pages_for_staff() -> None:
    assert connect(Environment(stripe_api_key="sk_1")).dashboard == "https://dashboard.stripe.com"
    assert connect(Environment(stripe_api_key="sk_1", stripe_api_base="http://127.0.0.1:1/_stripe")).dashboard is None
