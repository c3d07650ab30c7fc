"""A payment's arrows, and what each news does to it: every pair of state and news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.billing.domain.judging import Step, judge, received_minor
from services.billing.domain.payment import Payment
from services.billing.domain.provider_news import NewsKind, ProviderNews
from shared.errors import IllegalTransition

NEWS = ProviderNews(
    event_id="evt_1",
    type="payment_intent.succeeded",
    created=100,
    livemode=False,
    kind=NewsKind.SUCCEEDED,
    intent_ref="pi_1",
    amount=4999,
    currency="EUR",
)


def payment(state: str = "created", **values: Any) -> Payment:
    given: dict[str, Any] = {
        "id": "pay_1",
        "state": state,
        "order_id": "ord_1",
        "number": "SO1",
        "submission": 1,
        "method": "card",
        "kind": "online",
        "provider": "stripe",
        "reference": "SO1",
        "livemode": False,
        "amount": 4999,
        "currency": "EUR",
        "decimals": 2,
        "confirm_on": "authorized",
        "hold_minutes": 15,
        "on_expiry": "release",
        "provider_ref": "pi_1",
        "news_at": 100,
        "key_used_at": 0,
        "created_at": datetime(2031, 5, 1, tzinfo=UTC),
    }
    return Payment(**given | values)


STEPS: dict[NewsKind, dict[str, Step | None]] = {
    NewsKind.PROCESSING: {
        "created": Step.PROCESS,
        "pending": None,
        "authorized": None,
        "captured": None,
        "cancelled": None,
        "failed": Step.PROCESS,
    },
    NewsKind.AUTHORIZED: {
        "created": Step.AUTHORIZE,
        "pending": Step.AUTHORIZE,
        "authorized": None,
        "captured": None,
        "cancelled": None,
        "failed": Step.AUTHORIZE,
    },
    NewsKind.SUCCEEDED: {
        "created": Step.CAPTURE,
        "pending": Step.CAPTURE,
        "authorized": Step.CAPTURE,
        "captured": None,
        "cancelled": Step.CAPTURE,
        "failed": Step.CAPTURE,
    },
    NewsKind.FAILED: {
        "created": Step.FAIL,
        "pending": Step.FAIL,
        "authorized": Step.FAIL,
        "captured": None,
        "cancelled": None,
        "failed": None,
    },
    NewsKind.CANCELLED: {
        "created": Step.CANCEL,
        "pending": Step.CANCEL,
        "authorized": Step.CANCEL,
        "captured": None,
        "cancelled": None,
        "failed": Step.CANCEL,
    },
    NewsKind.IGNORED: dict.fromkeys(("created", "pending", "authorized", "captured", "cancelled", "failed")),
}
CASES = [(kind, state, step) for kind, steps in STEPS.items() for state, step in steps.items()]


@pytest.mark.parametrize(("kind", "state", "step"), CASES)
def test_each_news_in_each_state_is_a_step_that_the_lifecycle_has_or_nothing(kind: NewsKind, state: str, step: Step | None) -> None:
    """Lifecycles.md, P2 to P10; R-PAY-06."""
    found = payment(state)

    verdict = judge(found, replace(NEWS, kind=kind, created=101))

    assert verdict.step is step
    if step is None:
        assert verdict.reason
    else:
        found.move(step.value)


@pytest.mark.parametrize("state", ["created", "pending", "authorized", "failed"])
def test_a_wrong_amount_in_any_open_state_is_a_mismatch(state: str) -> None:
    """Lifecycles.md, P7."""
    verdict = judge(payment(state), replace(NEWS, amount=4998, created=101))

    assert (verdict.step, verdict.mismatch) == (Step.MISMATCH, "amount_mismatch")


@pytest.mark.parametrize("command", ["process", "authorize", "fail", "cancel", "mismatch"])
def test_captured_money_moves_no_further(command: str) -> None:
    """R-PAY-06."""
    with pytest.raises(IllegalTransition):
        payment("captured").move(command)


@pytest.mark.parametrize(
    ("state", "kind"), [("pending", NewsKind.FAILED), ("pending", NewsKind.AUTHORIZED), ("failed", NewsKind.PROCESSING)]
)
def test_what_is_older_than_the_last_news_changes_nothing(state: str, kind: NewsKind) -> None:
    """Lifecycles.md, P9."""
    assert judge(payment(state), replace(NEWS, kind=kind, created=99)).step is None


def test_a_repeated_mismatch_is_known() -> None:
    found = payment("failed", received={"amount": "49.98", "currency": "EUR"})

    assert judge(found, replace(NEWS, amount=4998, created=101)).step is None


@pytest.mark.parametrize("kind", [NewsKind.FAILED, NewsKind.CANCELLED])
def test_the_end_of_another_intent_says_nothing_of_this_payment(kind: NewsKind) -> None:
    """A lost answer can leave a second intent, which nobody can pay."""
    news = replace(NEWS, kind=kind, created=101, intent_ref="pi_2")

    assert judge(payment("pending"), news).step is None
    assert judge(payment("pending", provider_ref=None), news).step is not None


def test_news_of_the_other_mode_moves_nothing() -> None:
    """R-PAY-05"""
    assert judge(payment("pending"), replace(NEWS, livemode=True, created=101)).step is None


def test_a_failure_of_the_same_second_counts_and_one_after_it_needs_younger_news() -> None:
    assert judge(payment("pending"), replace(NEWS, kind=NewsKind.FAILED, created=100)).step is Step.FAIL
    assert judge(payment("failed"), replace(NEWS, kind=NewsKind.PROCESSING, created=100)).step is None
    assert judge(payment("failed"), replace(NEWS, kind=NewsKind.PROCESSING, created=101)).step is Step.PROCESS


def test_news_of_the_same_second_counts_while_the_payment_stands_open() -> None:
    """The provider tells two steps within one second; only a failure asks for younger news (P8)."""
    assert judge(payment("created"), replace(NEWS, kind=NewsKind.PROCESSING, created=100)).step is Step.PROCESS
    assert judge(payment("pending"), replace(NEWS, kind=NewsKind.AUTHORIZED, created=100)).step is Step.AUTHORIZE


def test_the_same_news_again_makes_younger_and_what_comes_too_late_does_not() -> None:
    again = judge(payment("authorized"), replace(NEWS, kind=NewsKind.AUTHORIZED, created=101))
    late = judge(payment("authorized"), replace(NEWS, kind=NewsKind.PROCESSING, created=101))

    assert (again.step, again.younger, late.step, late.younger) == (None, True, None, False)


def test_a_wrong_currency_is_a_mismatch_whatever_the_amount() -> None:
    """Lifecycles.md, P7."""
    verdict = judge(payment(), replace(NEWS, currency="USD", created=101))

    assert (verdict.step, verdict.mismatch) == (Step.MISMATCH, "currency_mismatch")


def test_a_withdrawn_payment_takes_even_a_wrong_amount() -> None:
    """Lifecycles.md, P10: the money is there, and belongs to no order."""
    verdict = judge(payment("cancelled"), replace(NEWS, amount=4998, created=101))

    assert (verdict.step, verdict.mismatch) == (Step.CAPTURE, "amount_mismatch")


def test_a_mismatch_that_was_tried_again_and_came_again_is_one_again() -> None:
    """P7, P8: what the first one named is still written on the payment."""
    found = payment("pending", received={"amount": "49.98", "currency": "EUR"})

    assert judge(found, replace(NEWS, amount=4998, created=101)).step is Step.MISMATCH


@pytest.mark.parametrize(
    ("state", "dispute", "news", "step"),
    [
        ("captured", "none", "open", Step.DISPUTE),
        ("captured", "none", "lost", Step.CLOSE_DISPUTE),
        ("captured", "open", "open", None),
        ("captured", "open", "won", Step.CLOSE_DISPUTE),
        ("captured", "won", "open", None),
        ("captured", "lost", "won", None),
        ("cancelled", "none", "open", None),
    ],
)
def test_a_dispute_is_opened_and_closed_once(state: str, dispute: str, news: str, step: Step | None) -> None:
    """Lifecycles.md, P14."""
    assert judge(payment(state, dispute=dispute), replace(NEWS, kind=NewsKind.DISPUTED, dispute=news)).step is step


def test_what_came_in_another_currency_is_nothing_in_ours() -> None:
    assert received_minor(payment(), NEWS) == 4999
    assert received_minor(payment(), replace(NEWS, currency="USD")) == 0
    assert received_minor(payment(currency="ISK", decimals=0), replace(NEWS, currency="ISK", amount=4950)) == 0
