"""The simulator keeps to what Stripe promises: keys, events, and webhooks until they are taken."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from services.billing.domain.provider_news import NewsKind, parse_event
from services.billing.domain.signature import verify_signature
from services.host.simulators.stripe import StripeSimulator
from services.host.simulators.stripe.book import Book
from services.host.simulators.stripe.errors import ApiError

API_KEY, SECRET = "sk_test_sim", "whsec_sim"
FORM = {"amount": "4999", "currency": "eur", "payment_method_types[]": "card", "capture_method": "manual", "metadata[payment_id]": "pay_1"}


@dataclass
class Shop:
    """The shop's webhook: what it was brought, and what it answers, the last answer for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    brought: list[tuple[bytes, str]] = field(default_factory=list)

    async def hook(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.brought.append((body, headers["Stripe-Signature"]))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == 0:
            raise OSError("nobody listens")
        return answer


@dataclass
class Clock:
    """Real time that a test moves on."""

    at: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stripe(tmp_path: Path, shop: Shop, clock: Clock) -> StripeSimulator:
    return simulator(tmp_path, shop, clock)


def simulator(folder: Path, shop: Shop, clock: Any = time.time) -> StripeSimulator:
    return StripeSimulator(
        folder / "stripe.db", api_key=API_KEY, webhook_secret=SECRET, deliver=shop.hook, webhooks_per_second=10_000, now=clock
    )


async def call(
    stripe: StripeSimulator, method: str, path: str, body: bytes = b"", *, key: str = "", api_key: str = API_KEY, root_path: str = ""
) -> tuple[int, Any, dict[str, str]]:
    """One HTTP call, without the HTTP: status, decoded body, headers."""
    sent: list[Any] = []
    headers = [(b"authorization", f"Bearer {api_key}".encode()), *([(b"idempotency-key", key.encode())] if key else [])]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await stripe({"type": "http", "method": method, "path": root_path + path, "root_path": root_path, "headers": headers}, receive, send)
    start, answer = sent
    return start["status"], json.loads(answer["body"]), {name.decode(): value.decode() for name, value in start["headers"]}


async def create(stripe: StripeSimulator, *, key: str = "", **changes: str) -> tuple[int, Any, dict[str, str]]:
    return await call(stripe, "POST", "/v1/payment_intents", urlencode(FORM | changes).encode(), key=key)


async def new_intent(stripe: StripeSimulator) -> str:
    status, intent, _ = await create(stripe)
    assert status == 200
    return str(intent["id"])


def test_a_repeated_key_is_answered_to_the_byte_and_says_so(stripe: StripeSimulator) -> None:
    async def story() -> None:
        first, second = await create(stripe, key="pay_1"), await create(stripe, key="pay_1")

        assert first[:2] == second[:2]
        assert "idempotent-replayed" not in first[2]
        assert second[2]["idempotent-replayed"] == "true"

    asyncio.run(story())


def test_a_key_lives_for_a_day(stripe: StripeSimulator, clock: Clock) -> None:
    async def story() -> None:
        _, first, _ = await create(stripe, key="pay_1")
        clock.at += 24 * 3600 - 1
        assert (await create(stripe, key="pay_1"))[1] == first
        clock.at += 2
        assert (await create(stripe, key="pay_1"))[1] != first

    asyncio.run(story())


def test_a_key_is_for_one_address_too(stripe: StripeSimulator) -> None:
    async def story() -> None:
        first, second = await new_intent(stripe), await new_intent(stripe)
        await call(stripe, "POST", f"/v1/payment_intents/{first}/cancel", key="k")

        status, answer, _ = await call(stripe, "POST", f"/v1/payment_intents/{second}/cancel", key="k")

        assert (status, answer["error"]["type"]) == (400, "idempotency_error")

    asyncio.run(story())


def test_parameters_that_do_not_parse_leave_the_key_free(stripe: StripeSimulator) -> None:
    async def story() -> None:
        assert (await create(stripe, key="k", amount="x"))[0] == 400
        assert (await create(stripe, key="k"))[0] == 200

    asyncio.run(story())


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amount": "0"}, "parameter_invalid_integer", "amount"),
        ({"amount": "49.99"}, "parameter_invalid_integer", "amount"),
        ({"amount": "9" * 13}, "amount_too_large", "amount"),
        ({"currency": "kwd", "amount": "1001"}, "parameter_invalid_integer", "amount"),
        ({"currency": "isk", "amount": "150"}, "parameter_invalid_integer", "amount"),
        ({"currency": "irr"}, None, "currency"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"payment_method_types[]": "sofort"}, None, "payment_method_types"),
        ({"customer": "cus_1"}, "parameter_unknown", "customer"),
        ({"metadata[note]": "x" * 501}, None, "metadata[note]"),
    ],
)
def test_parameters_are_checked(stripe: StripeSimulator, changes: dict[str, str], code: str | None, param: str) -> None:
    async def story() -> None:
        status, answer, _ = await create(stripe, **changes)

        assert (status, answer["error"].get("code"), answer["error"]["param"]) == (400, code, param)

    asyncio.run(story())


@pytest.mark.parametrize("param", ["amount", "currency"])
def test_amount_and_currency_must_be_named(stripe: StripeSimulator, param: str) -> None:
    async def story() -> None:
        form = {name: value for name, value in FORM.items() if name != param}
        _, answer, _ = await call(stripe, "POST", "/v1/payment_intents", urlencode(form).encode())

        assert (answer["error"]["code"], answer["error"]["param"]) == ("parameter_missing", param)

    asyncio.run(story())


@pytest.mark.parametrize("path", ["/v1/payment_intents/pi_1", "/simulator/payment_intents/pi_1/succeed"])
def test_nobody_else_is_let_in(stripe: StripeSimulator, path: str) -> None:
    async def story() -> None:
        status, _, _ = await call(stripe, "GET", path, api_key="sk_test_other")

        assert status == 401

    asyncio.run(story())


def test_it_can_be_mounted_below_a_path(stripe: StripeSimulator) -> None:
    async def story() -> None:
        ref = await new_intent(stripe)

        status, intent, _ = await call(stripe, "GET", f"/v1/payment_intents/{ref}", root_path="/_stripe")

        assert (status, intent["id"]) == (200, ref)

    asyncio.run(story())


def test_authorized_money_is_captured_in_part_and_told(stripe: StripeSimulator, shop: Shop) -> None:
    async def story() -> None:
        await stripe.start()
        ref = await new_intent(stripe)
        await stripe.act(ref, "authorize")
        status, intent, _ = await call(stripe, "POST", f"/v1/payment_intents/{ref}/capture", b"amount_to_capture=4000", key="c")
        await stripe.settled()

        assert (status, intent["status"], intent["amount_received"], intent["amount_capturable"]) == (200, "succeeded", 4000, 0)
        news = [parse_event(json.loads(body)) for body, _ in shop.brought]
        assert [(piece.kind, piece.amount) for piece in news] == [(NewsKind.AUTHORIZED, 4999), (NewsKind.SUCCEEDED, 4000)]
        await stripe.stop()

    asyncio.run(story())


@pytest.mark.parametrize(("amount", "code"), [("5000", "amount_too_large"), ("0", "parameter_invalid_integer")])
def test_more_than_authorized_is_not_captured(stripe: StripeSimulator, amount: str, code: str) -> None:
    async def story() -> None:
        ref = await new_intent(stripe)
        await stripe.act(ref, "authorize")

        _, answer, _ = await call(stripe, "POST", f"/v1/payment_intents/{ref}/capture", f"amount_to_capture={amount}".encode())

        assert answer["error"]["code"] == code

    asyncio.run(story())


def test_money_that_is_not_authorized_is_not_captured(stripe: StripeSimulator) -> None:
    async def story() -> None:
        ref = await new_intent(stripe)

        _, answer, _ = await call(stripe, "POST", f"/v1/payment_intents/{ref}/capture", b"amount_to_capture=1")

        assert answer["error"]["code"] == "payment_intent_unexpected_state"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("action", "kind", "amount", "status"),
    [
        ("succeed", NewsKind.SUCCEEDED, 4999, "succeeded"),
        ("authorize", NewsKind.AUTHORIZED, 4999, "requires_capture"),
        ("process", NewsKind.PROCESSING, 4999, "processing"),
        ("fail", NewsKind.FAILED, None, "requires_payment_method"),
        ("cancel", NewsKind.CANCELLED, None, "canceled"),
    ],
)
def test_what_happens_to_an_intent_is_told_in_a_signed_webhook(
    stripe: StripeSimulator, shop: Shop, clock: Clock, action: Any, kind: NewsKind, amount: int | None, status: str
) -> None:
    async def story() -> None:
        await stripe.start()
        ref = await new_intent(stripe)
        event_id = await stripe.act(ref, action)
        await stripe.settled()

        ((body, signature),) = shop.brought
        verify_signature(body, signature, secrets=[SECRET], now_unix=clock.at)
        news = parse_event(json.loads(body))
        assert (news.event_id, news.kind, news.amount, news.intent_ref, news.payment_id_hint) == (event_id, kind, amount, ref, "pay_1")
        assert (await call(stripe, "GET", f"/v1/payment_intents/{ref}"))[1]["status"] == status
        await stripe.stop()

    asyncio.run(story())


def test_an_event_can_tell_of_other_money_than_was_asked(stripe: StripeSimulator, shop: Shop) -> None:
    async def story() -> None:
        await stripe.start()
        ref = await new_intent(stripe)
        await stripe.act(ref, "succeed", amount_received=1, currency="usd", created=7)
        await stripe.settled()

        news = parse_event(json.loads(shop.brought[0][0]))
        assert (news.amount, news.currency, news.created) == (1, "USD", 7)
        await stripe.stop()

    asyncio.run(story())


@pytest.mark.parametrize("field_name", ["id", "colour"])
def test_only_fields_of_an_intent_can_be_overridden(stripe: StripeSimulator, field_name: str) -> None:
    async def story() -> None:
        ref = await new_intent(stripe)

        with pytest.raises(ApiError, match=field_name):
            await stripe.act(ref, "succeed", **{field_name: "x"})

    asyncio.run(story())


def test_a_paid_intent_stays_paid_whatever_is_told_later(stripe: StripeSimulator, shop: Shop) -> None:
    """R-PAY-07: the late failure is told, and is not true any more."""

    async def story() -> None:
        await stripe.start()
        ref = await new_intent(stripe)
        await stripe.act(ref, "succeed")
        await stripe.act(ref, "fail")
        await stripe.settled()

        assert [json.loads(body)["type"] for body, _ in shop.brought] == ["payment_intent.succeeded", "payment_intent.payment_failed"]
        assert (await call(stripe, "GET", f"/v1/payment_intents/{ref}"))[1]["status"] == "succeeded"
        await stripe.stop()

    asyncio.run(story())


def test_a_dispute_is_told_of_a_paid_intent_and_leaves_it_paid(stripe: StripeSimulator, shop: Shop) -> None:
    """P14."""

    async def story() -> None:
        await stripe.start()
        ref = await new_intent(stripe)
        with pytest.raises(ApiError):
            await stripe.act(ref, "dispute")
        await stripe.act(ref, "succeed", webhook=False)
        await call(stripe, "POST", f"/simulator/payment_intents/{ref}/dispute", b"")
        await call(stripe, "POST", f"/simulator/payment_intents/{ref}/lose_dispute", b'{"amount": 100}')
        await stripe.settled()

        news = [parse_event(json.loads(body)) for body, _ in shop.brought]
        assert [(one.dispute, one.intent_ref, one.amount, one.currency) for one in news] == [
            ("open", ref, 4999, "EUR"),
            ("lost", ref, 100, "EUR"),
        ]
        assert (await call(stripe, "GET", f"/v1/payment_intents/{ref}"))[1]["status"] == "succeeded"
        await stripe.stop()

    asyncio.run(story())


def test_money_that_comes_after_the_cancelling_has_come(stripe: StripeSimulator) -> None:
    """P10: payment and cancelling crossed."""

    async def story() -> None:
        ref = await new_intent(stripe)
        await stripe.act(ref, "cancel")
        await stripe.act(ref, "succeed")

        assert (await call(stripe, "GET", f"/v1/payment_intents/{ref}"))[1]["status"] == "succeeded"

    asyncio.run(story())


def test_what_fails_halfway_has_not_happened(tmp_path: Path) -> None:
    book = Book(tmp_path / "stripe.db")

    def half() -> None:
        with book.begin():
            book.save_intent({"id": "pi_1"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()

    assert book.intent("pi_1") is None


def test_a_lost_webhook_is_not_brought_but_can_be_later(stripe: StripeSimulator, shop: Shop) -> None:
    async def story() -> None:
        await stripe.start()
        event_id = await stripe.act(await new_intent(stripe), "succeed", webhook=False)
        await stripe.settled()
        assert shop.brought == []

        await stripe.resend(event_id)
        await stripe.settled()
        assert len(shop.brought) == 1
        await stripe.stop()

    asyncio.run(story())


def test_an_event_is_sent_again_to_the_byte(stripe: StripeSimulator, shop: Shop) -> None:
    async def story() -> None:
        await stripe.start()
        event_id = await stripe.act(await new_intent(stripe), "succeed")
        await stripe.resend(event_id, times=20)
        await stripe.settled()

        assert len(shop.brought) == 21
        assert len({body for body, _ in shop.brought}) == 1
        await stripe.stop()

    asyncio.run(story())


def test_an_unknown_event_cannot_be_sent_again(stripe: StripeSimulator) -> None:
    with pytest.raises(ApiError, match="No such event"):
        asyncio.run(stripe.resend("evt_unknown"))


def test_a_webhook_is_brought_until_it_is_taken(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(answers=[500, 0, 200])
        stripe = simulator(tmp_path, shop)
        await stripe.start()
        await stripe.act(await new_intent(stripe), "succeed")
        await stripe.settled()

        assert len(shop.brought) == 3
        assert len({body for body, _ in shop.brought}) == 1
        await stripe.stop()

    asyncio.run(story())


def test_a_flood_of_webhooks_reaches_the_shop_eight_at_a_time(tmp_path: Path) -> None:
    at_once: list[int] = []
    running: set[bytes] = set()

    async def hook(body: bytes, headers: Mapping[str, str]) -> int:
        running.add(body)
        at_once.append(len(running))
        await asyncio.sleep(0)
        running.discard(body)
        return 200

    async def story() -> None:
        stripe = StripeSimulator(tmp_path / "stripe.db", api_key=API_KEY, webhook_secret=SECRET, deliver=hook, webhooks_per_second=10_000)
        for _ in range(30):
            await stripe.act(await new_intent(stripe), "succeed")
        await stripe.start()
        await stripe.settled()
        await stripe.stop()

    asyncio.run(story())
    assert (len(at_once), max(at_once)) == (30, 8)


def test_what_was_done_survives_the_kill_of_the_process(tmp_path: Path) -> None:
    """The intent, its state, the answer kept for its key, and the webhook that is still to be brought."""
    program = f"""
import asyncio, os, signal
from pathlib import Path
from tests_of_the_simulator import Shop, create, simulator

async def story():
    stripe = simulator(Path({str(tmp_path)!r}), Shop())
    _, intent, _ = await create(stripe, key="pay_1")
    await stripe.act(intent["id"], "succeed")
    print(intent["id"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(story())
"""
    loader = f"import sys, importlib.util as u; s = u.spec_from_file_location('tests_of_the_simulator', {__file__!r}); "
    loader += "m = u.module_from_spec(s); sys.modules[s.name] = m; s.loader.exec_module(m)\n"
    killed = subprocess.run([sys.executable, "-c", loader + program], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ref = killed.stdout.strip()

    async def story() -> None:
        shop = Shop()
        stripe = simulator(tmp_path, shop)
        await stripe.start()
        await stripe.settled()

        assert [parse_event(json.loads(body)).intent_ref for body, _ in shop.brought] == [ref]
        assert (await create(stripe, key="pay_1"))[1]["id"] == ref
        assert (await call(stripe, "GET", f"/v1/payment_intents/{ref}"))[1]["status"] == "succeeded"
        await stripe.stop()

    asyncio.run(story())


def test_the_card_owners_part_can_be_played_over_http(stripe: StripeSimulator, shop: Shop) -> None:
    async def story() -> None:
        await stripe.start()
        ref = await new_intent(stripe)
        status, answer, _ = await call(stripe, "POST", f"/simulator/payment_intents/{ref}/succeed", b'{"amount_received": 1}')
        assert status == 200
        status, _, _ = await call(stripe, "POST", f"/simulator/events/{answer['event_id']}/resend", b'{"times": 2}')
        assert status == 200
        await stripe.settled()
        assert [parse_event(json.loads(body)).amount for body, _ in shop.brought] == [1, 1, 1]

        await call(stripe, "POST", "/simulator/faults", b'{"calls": 1, "how": "429"}')
        assert [(await create(stripe))[0] for _ in range(2)] == [429, 200]
        await stripe.stop()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/simulator/payment_intents/pi_unknown/succeed", b"", 404),
        ("/simulator/payment_intents/pi_1/explode", b"", 404),
        ("/simulator/faults", b'{"calls": 1, "how": "softly"}', 404),
        ("/simulator/faults", b'{"how": "500"}', 400),
        ("/simulator/faults", b"[]", 400),
        ("/simulator/faults", b"{", 400),
        ("/v1/refunds", b"", 404),
        ("/v1/payment_intents", b"\xff\xfe", 400),
        ("/v1/payment_intents", b"a=" + b"x" * (1 << 20), 413),
    ],
)
def test_what_it_does_not_know_it_refuses(stripe: StripeSimulator, path: str, body: bytes, status: int) -> None:
    async def story() -> None:
        assert (await call(stripe, "POST", path, body))[0] == status

    asyncio.run(story())
