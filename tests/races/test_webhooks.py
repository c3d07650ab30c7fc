"""News of the provider's, on any number of processes at once: one effect each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import Answer, ServiceDriver
from tests.support.racing import SEEDS, at_once, beside, interleaved, troubles
from tests.support.samples_billing import asked_payment
from tests.support.stripe_double import StripeDouble, deliver


def test_the_same_event_five_times_at_once_to_two_processes_has_one_effect(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-01, R-PAY-02."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "succeed")

    with beside(billing) as other, troubles(billing.db) as here, troubles(other.db) as there:
        answers = at_once([partial(deliver, (billing, other)[turn % 2], event) for turn in range(5)])

    assert (here, there) == ([], [])
    assert [answer.status for answer in answers] == [200] * 5
    assert sorted(answer.body["duplicate"] for answer in answers) == [False, True, True, True, True]
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]
    assert billing.asks("GET", "/admin/v1/provider_events").body["data"][0]["deliveries"] == 5


@SEEDS
def test_the_same_event_has_one_effect_wherever_its_deliveries_stand(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-PAY-02: statement by statement."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "succeed")

    with troubles(billing.db) as found:
        answers = interleaved(billing.db, [partial(deliver, billing, event)] * 3, seed=seed)

    assert found == []
    assert sorted(answer.body["duplicate"] for answer in answers) == [False, True, True]
    assert billing.told("billing.payment_captured", "billing.invoice_posted") == ["billing.payment_captured"]


@SEEDS
def test_different_news_at_once_ends_captured_with_each_fact_told_once(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-PAY-06, R-PAY-07."""
    payment = given_payment(billing)
    ref = payment["provider_ref"]
    events = [stripe.happens(ref, action) for action in ("process", "authorize", "fail", "succeed")]  # type: ignore[arg-type]

    with troubles(billing.db) as found:
        answers = interleaved(billing.db, [partial(deliver, billing, event) for event in events * 2], seed=seed)

    assert found == []
    assert {answer.status for answer in answers} == {200}
    assert payment_of(billing, payment["id"])["state"] == "captured"
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]
    told = [body["fact"] for body in billing.told_bodies()]
    assert len(told) == len(set(told))


def test_the_same_submit_at_once_opens_one_payment_and_one_intent(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12, R-API-01."""

    def submit() -> Answer:
        return billing.commands("POST", "/internal/v1/payments", asked_payment())

    with troubles(billing.db) as found:
        answers = at_once([submit] * 5)

    assert found == []
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert len(stripe.intents()) == 1
    assert billing.told() == ["billing.payment_created"]


@SEEDS
def test_news_that_came_before_its_payment_is_applied_once(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-PAY-08: its timer, a replay by staff, and the news told again, at the same moment."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "succeed")
    early = event.replace(payment["provider_ref"].encode(), b"pi_unknown")
    early = early.replace(payment["id"].encode(), b"pay_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert deliver(billing, early).body["state"] == "unmatched"
    (waiting,) = billing.asks("GET", "/admin/v1/provider_events?state=unmatched").body["data"]
    billing.later(minutes=10)
    acts: list[Callable[[], object]] = [
        billing.runs_timers,
        partial(billing.asks, "POST", f"/admin/v1/provider_events/{waiting['id']}/replay"),
        partial(deliver, billing, early),
        partial(deliver, billing, stripe.happens(payment["provider_ref"], "succeed")),
    ]

    with troubles(billing.db) as found:
        interleaved(billing.db, acts, seed=seed)

    assert found == []
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]
    told = [body["fact"] for body in billing.told_bodies()]
    assert len(told) == len(set(told))
