"""What billing's adapter needs of a Stripe, asked of each double of it that we have.

A double is a `Double`; another one (localstripe) joins by a further parameter of the fixture `double`. Tests that make it
fail on purpose ask for `simulator`, which is ours alone.
"""

import asyncio
import json
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import uvicorn

from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable, StripeProvider
from services.billing.domain.intent import Intent
from services.billing.domain.signature import verify_signature
from services.host.simulators.stripe import StripeSimulator, http_deliver

API_KEY = "sk_test_suite"


@dataclass
class Call:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    form: list[tuple[str, str]]
    client: tuple[str, int]


@dataclass
class Double:
    """A Stripe that listens at `api_base`, and the calls it has had."""

    api_base: str
    simulator: StripeSimulator
    file: Path
    calls: list[Call] = field(default_factory=list)

    def provider(self, *, api_key: str = API_KEY, timeout_seconds: float = 20.0) -> StripeProvider:
        return StripeProvider(api_key, self.api_base, timeout_seconds=timeout_seconds)

    def intents(self) -> int:
        with sqlite3.connect(self.file) as connection:
            return int(connection.execute("select count(*) from intents").fetchone()[0])


@pytest.fixture(params=["simulator"])
def double(tmp_path: Path) -> Iterator[Double]:
    simulator = StripeSimulator(tmp_path / "stripe.db", api_key=API_KEY, webhook_secret="whsec_x", deliver=taken)
    double = Double("", simulator, tmp_path / "stripe.db")
    with listening(recorded(simulator, double.calls)) as origin:
        double.api_base = f"{origin}/"
        yield double


@pytest.fixture
def simulator(double: Double) -> StripeSimulator:
    return double.simulator


@pytest.fixture
def stripe(double: Double) -> StripeProvider:
    return double.provider()


async def taken(body: bytes, headers: Any) -> int:
    return 200


def recorded(app: Any, calls: list[Call]) -> Any:
    async def record(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        call = Call(scope["method"], scope["path"], headers, [], scope["client"])
        calls.append(call)

        async def heard() -> Any:
            message = await receive()
            call.form += parse_qsl(message.get("body", b"").decode())
            return message

        await app(scope, heard, send)

    return record


class Server(uvicorn.Server):
    """Says when it listens, and when not."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, log_level="critical", ws="none", lifespan="auto"))
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


class listening:
    """Serves `app` on a free port in a thread of its own."""

    def __init__(self, app: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.server = Server(app)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))

    def __enter__(self) -> str:
        self.thread.start()
        assert self.server.listens.wait(10)
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


def create(stripe: StripeProvider, *, key: str = "pay_1", amount: int = 4999, currency: str = "EUR", capture: Any = "automatic") -> Intent:
    return stripe.create_intent(
        payment_id="pay_1", order_id="ord_1", order_number="SO000123", amount=amount, currency=currency, capture=capture, key=key
    )


def test_an_intent_is_created_with_the_documented_parameters_and_no_others(double: Double, stripe: StripeProvider) -> None:
    create(stripe, capture="manual")

    (call,) = double.calls
    assert (call.method, call.path) == ("POST", "/v1/payment_intents")
    assert sorted(call.form) == [
        ("amount", "4999"),
        ("capture_method", "manual"),
        ("currency", "eur"),
        ("metadata[order_id]", "ord_1"),
        ("metadata[order_number]", "SO000123"),
        ("metadata[payment_id]", "pay_1"),
        ("payment_method_types[]", "card"),
    ]
    assert call.headers["authorization"] == f"Bearer {API_KEY}"
    assert call.headers["idempotency-key"] == "pay_1"


def test_a_new_intent_waits_for_a_card(stripe: StripeProvider) -> None:
    intent = create(stripe)

    assert intent.ref.startswith("pi_")
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.ref}_secret_")
    assert (intent.status, intent.amount, intent.currency, intent.livemode) == ("requires_payment_method", 4999, "EUR", False)
    assert (intent.amount_received, intent.amount_capturable, intent.latest_charge, intent.last_error) == (0, 0, None, None)
    assert intent.metadata == {"order_id": "ord_1", "order_number": "SO000123", "payment_id": "pay_1"}


def test_a_currency_without_decimals_is_asked_for_as_it_is(stripe: StripeProvider) -> None:
    """R-MON-21"""
    intent = create(stripe, amount=450_000, currency="VND")

    assert (intent.amount, intent.currency) == (450_000, "VND")


def test_the_same_key_is_the_same_intent(stripe: StripeProvider) -> None:
    """R-PAY-12"""
    assert create(stripe).ref == create(stripe).ref


def test_another_key_is_another_intent(stripe: StripeProvider) -> None:
    assert create(stripe).ref != create(stripe, key="pay_1-2").ref


def test_a_key_of_another_call_is_refused(stripe: StripeProvider) -> None:
    create(stripe)

    with pytest.raises(ProviderRefused) as refusal:
        create(stripe, amount=5000)

    assert refusal.value.code == "idempotency_error"


def test_many_threads_with_one_key_get_one_intent(stripe: StripeProvider) -> None:
    """R-PAY-12: the first use of the adapter too is safe from several threads at once."""
    with ThreadPoolExecutor(8) as threads:
        refs = {intent.ref for intent in threads.map(lambda _: create(stripe), range(16))}

    assert len(refs) == 1


def test_calls_of_one_thread_share_a_connection(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref
    stripe.retrieve_intent(ref)
    stripe.cancel_intent(ref, "pay_1-cancel")

    assert len({call.client for call in double.calls}) == 1


def test_an_intent_is_read_again(double: Double, stripe: StripeProvider) -> None:
    created = create(stripe)

    assert stripe.retrieve_intent(created.ref) == created
    assert double.calls[-1].method == "GET"
    assert double.calls[-1].form == []


def test_an_unknown_intent_is_refused(stripe: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        stripe.retrieve_intent("pi_unknown")

    assert refusal.value.code == "resource_missing"


def test_a_reference_cannot_lead_to_another_address(double: Double, stripe: StripeProvider) -> None:
    with pytest.raises(ProviderRefused):
        stripe.retrieve_intent("pi_1/cancel?x=1")

    assert double.calls[-1].path == "/v1/payment_intents/pi_1/cancel?x=1"


def test_a_cancelled_intent_says_so(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref

    cancelled = stripe.cancel_intent(ref, "pay_1-cancel")

    assert cancelled.status == "canceled"
    assert stripe.retrieve_intent(ref) == cancelled
    assert double.calls[1].form == []
    assert double.calls[1].headers["idempotency-key"] == "pay_1-cancel"


def test_cancelling_again_with_the_same_key_is_answered_again(stripe: StripeProvider) -> None:
    ref = create(stripe).ref

    assert stripe.cancel_intent(ref, "pay_1-cancel") == stripe.cancel_intent(ref, "pay_1-cancel")


def test_a_paid_intent_cannot_be_cancelled(stripe: StripeProvider, simulator: StripeSimulator) -> None:
    ref = create(stripe).ref
    asyncio.run(simulator.act(ref, "succeed"))

    with pytest.raises(ProviderRefused) as refusal:
        stripe.cancel_intent(ref, "pay_1-cancel")

    assert refusal.value.code == "payment_intent_unexpected_state"
    paid = stripe.retrieve_intent(ref)
    assert (paid.status, paid.amount_received) == ("succeeded", 4999)
    assert paid.latest_charge is not None


def test_a_declined_card_shows_in_the_intent(stripe: StripeProvider, simulator: StripeSimulator) -> None:
    ref = create(stripe).ref
    asyncio.run(simulator.act(ref, "fail"))

    error = stripe.retrieve_intent(ref).last_error

    assert error is not None
    assert (error.code, error.message) == ("card_declined", "Your card was declined.")


@pytest.mark.parametrize(("amount", "currency"), [(0, "EUR"), (-1, "EUR"), (10**15, "EUR"), (1001, "KWD"), (4999, "IRR"), (4999, "XXX")])
def test_what_stripe_cannot_express_is_refused(stripe: StripeProvider, amount: int, currency: str) -> None:
    """R-MON-22"""
    with pytest.raises(ProviderRefused):
        create(stripe, amount=amount, currency=currency)


def test_a_wrong_key_of_the_account_is_refused(double: Double) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        create(double.provider(api_key="sk_test_other"))

    assert refusal.value.code == "invalid_request_error"


def test_a_refusal_names_code_and_message(stripe: StripeProvider, simulator: StripeSimulator) -> None:
    simulator.fail_next(1, "card_declined")

    with pytest.raises(ProviderRefused, match="Your card was declined") as refusal:
        create(stripe)

    assert (refusal.value.code, refusal.value.message) == ("card_declined", "Your card was declined.")


@pytest.mark.parametrize("how", ["409", "429"])
def test_a_busy_provider_is_asked_again_with_the_same_key(
    double: Double, stripe: StripeProvider, simulator: StripeSimulator, how: Any
) -> None:
    simulator.fail_next(1, how)

    with pytest.raises(ProviderUnavailable) as failure:
        create(stripe)

    assert failure.value.http_status == int(how)
    assert len(double.calls) == 1
    assert create(stripe).status == "requires_payment_method"


def test_a_broken_provider_repeats_itself_until_the_key_changes(double: Double, stripe: StripeProvider, simulator: StripeSimulator) -> None:
    """R-PAY-12: after a 5xx the same key gets the same 5xx, hence the -2."""
    simulator.fail_next(1, "500")

    for _ in range(2):
        with pytest.raises(ProviderUnavailable) as failure:
            create(stripe)
        assert failure.value.http_status == 500

    assert len(double.calls) == 2
    assert create(stripe, key="pay_1-2").status == "requires_payment_method"


def test_a_lost_answer_is_had_with_the_same_key(double: Double, stripe: StripeProvider, simulator: StripeSimulator) -> None:
    """R-PAY-12: the intent was made, and is not made twice."""
    simulator.fail_next(1, "drop_answer")
    with pytest.raises(ProviderUnavailable) as failure:
        create(stripe)
    assert failure.value.http_status is None

    assert create(stripe).status == "requires_payment_method"
    assert len(double.calls) == 2
    assert double.intents() == 1


def test_silence_ends_after_the_timeout(double: Double, simulator: StripeSimulator) -> None:
    simulator.fail_next(1, "timeout")

    with pytest.raises(ProviderUnavailable, match="imed out"):
        create(double.provider(timeout_seconds=0.3))


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


def test_the_customers_secrets_are_not_logged(stripe: StripeProvider, caplog: pytest.LogCaptureFixture) -> None:
    """R-PAY-27: not even when everything is logged."""
    with caplog.at_level("DEBUG"):
        intent = create(stripe)

    assert intent.client_secret is not None
    assert intent.client_secret not in caplog.text
