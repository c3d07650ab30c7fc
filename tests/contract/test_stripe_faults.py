"""What billing's adapter makes of a Stripe that fails: our simulator does so on purpose, and strangers in its place do as they like."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable, StripeProvider
from services.billing.domain.intent import Intent
from services.billing.domain.signature import verify_signature
from services.host.simulators.stripe import StripeSimulator, http_deliver
from tests.support.stripe_accounts import API_KEY, Simulated, listening, provider_of, simulated, taken


@pytest.fixture
def double(tmp_path: Path) -> Iterator[Simulated]:
    with simulated(tmp_path) as account:
        yield account


@pytest.fixture
def simulator(double: Simulated) -> StripeSimulator:
    return double.simulator


@pytest.fixture
def stripe(double: Simulated) -> StripeProvider:
    return provider_of(double)


def create(stripe: StripeProvider, *, key: str = "pay_1") -> Intent:
    return stripe.create_intent(
        payment_id="pay_1", order_id="ord_1", order_number="SO000123", amount=4999, currency="EUR", capture="automatic", key=key
    )


def test_a_refusal_names_code_and_message(stripe: StripeProvider, simulator: StripeSimulator) -> None:
    simulator.fail_next(1, "card_declined")

    with pytest.raises(ProviderRefused, match="Your card was declined") as refusal:
        create(stripe)

    assert (refusal.value.code, refusal.value.message) == ("card_declined", "Your card was declined.")


@pytest.mark.parametrize("how", ["409", "429"])
def test_a_busy_provider_is_asked_again_with_the_same_key(
    double: Simulated, stripe: StripeProvider, simulator: StripeSimulator, how: Any
) -> None:
    simulator.fail_next(1, how)

    with pytest.raises(ProviderUnavailable) as failure:
        create(stripe)

    assert failure.value.http_status == int(how)
    assert len(double.calls) == 1
    assert create(stripe).status == "requires_payment_method"


def test_a_broken_provider_repeats_itself_until_the_key_changes(
    double: Simulated, stripe: StripeProvider, simulator: StripeSimulator
) -> None:
    """R-PAY-12: after a 5xx the same key gets the same 5xx, hence the -2."""
    simulator.fail_next(1, "500")

    for _ in range(2):
        with pytest.raises(ProviderUnavailable) as failure:
            create(stripe)
        assert failure.value.http_status == 500

    assert len(double.calls) == 2
    assert create(stripe, key="pay_1-2").status == "requires_payment_method"


def test_a_lost_answer_is_had_with_the_same_key(double: Simulated, stripe: StripeProvider, simulator: StripeSimulator) -> None:
    """R-PAY-12: the intent was made, and is not made twice."""
    simulator.fail_next(1, "drop_answer")
    with pytest.raises(ProviderUnavailable) as failure:
        create(stripe)
    assert failure.value.http_status is None

    assert create(stripe).status == "requires_payment_method"
    assert len(double.calls) == 2
    assert double.intents() == 1


def test_silence_ends_after_the_timeout(double: Simulated, simulator: StripeSimulator) -> None:
    simulator.fail_next(1, "timeout")

    with pytest.raises(ProviderUnavailable, match="imed out"):
        create(provider_of(double, timeout_seconds=0.3))


def test_nobody_listening_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]

    with pytest.raises(ProviderUnavailable):
        create(StripeProvider(API_KEY, f"http://127.0.0.1:{port}", timeout_seconds=1))


class Stranger:
    """Answers everything alike."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
        length = str(len(self.body)).encode()
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": self.body})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"[]"),
        (200, b"{}"),
        (200, b"<html>"),
        (200, b'{"id": "pi_1", "status": "succeeded", "amount": 1, "currency": null}'),
        (400, b'{"error": "nope"}'),
        (400, b'{"error": {"code": "rate_limit", "message": "Slower."}}'),
        (429, b"<html>"),
        (500, b"[]"),
        (500, b'{"error": {"message": "no"}}'),
        (502, b"<html>"),
    ],
)
def test_an_answer_that_is_not_usable_is_no_answer(status: int, body: bytes) -> None:
    with listening(Stranger(status, body)) as origin, pytest.raises(ProviderUnavailable):
        create(StripeProvider(API_KEY, origin))


def test_a_refusal_in_a_strangers_words_is_a_refusal_and_is_cut_short() -> None:
    with listening(Stranger(404, b"<html>" + b"x" * 10_000)) as origin, pytest.raises(ProviderRefused) as refusal:
        create(StripeProvider(API_KEY, origin))

    assert refusal.value.code == "http_404"
    assert len(refusal.value.message) == 500


def test_a_webhook_is_posted_to_the_shop(tmp_path: Path) -> None:
    brought: list[tuple[bytes, str]] = []

    async def shop(scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
        headers = dict(scope["headers"])
        brought.append(((await receive())["body"], headers[b"stripe-signature"].decode()))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def story(origin: str) -> str:
        deliver = http_deliver(f"{origin}/hooks/v1/stripe")
        simulator = StripeSimulator(tmp_path / "stripe.db", api_key=API_KEY, webhook_secret="whsec_x", deliver=deliver)
        await simulator.start()
        event_id = await simulator.act(ref, "succeed")
        await simulator.settled()
        await simulator.stop()
        return event_id

    first = StripeSimulator(tmp_path / "stripe.db", api_key=API_KEY, webhook_secret="whsec_x", deliver=taken)
    with listening(first) as api_base:
        ref = create(StripeProvider(API_KEY, api_base)).ref
    with listening(shop) as origin:
        event_id = asyncio.run(story(origin))

    ((body, signature),) = brought
    verify_signature(body, signature, secrets=["whsec_x"], now_unix=time.time())
    assert json.loads(body)["id"] == event_id


def test_the_stripe_package_is_imported_at_the_first_call_only() -> None:
    """It takes half a second, which a worker without payments need not pay."""
    program = (
        "import sys, services.billing.adapters.stripe as adapter; adapter.StripeProvider('sk', 'http://x'); "
        "sys.exit('stripe' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
