"""Two webs of connections at once: one effect each (R-PAY-02)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_billing import asked_payment
from tests.support.stripe_double import StripeDouble, deliver


def test_the_same_event_five_times_at_once_has_one_effect(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "succeed")

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: deliver(billing, event), range(5)))

    assert [answer.status for answer in answers] == [200] * 5
    assert sorted(answer.body["duplicate"] for answer in answers) == [False, True, True, True, True]
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]
    assert billing.asks("GET", "/admin/v1/provider_events").body["data"][0]["deliveries"] == 5


def test_different_news_at_once_ends_captured_with_each_fact_told_once(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    ref = payment["provider_ref"]
    events = [stripe.happens(ref, action) for action in ("process", "authorize", "fail", "succeed")]  # type: ignore[arg-type]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda event: deliver(billing, event), events * 2))

    assert {answer.status for answer in answers} == {200}
    assert payment_of(billing, payment["id"])["state"] == "captured"
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]
    told = [body["fact"] for body in billing.told_bodies()]
    assert len(told) == len(set(told))


def test_the_same_submit_at_once_opens_one_payment_and_one_intent(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12, R-API-01."""

    def submit(_: int) -> Answer:
        return billing.commands("POST", "/internal/v1/payments", asked_payment())

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(submit, range(5)))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert len(stripe.intents()) == 1
    assert billing.told() == ["billing.payment_created"]
