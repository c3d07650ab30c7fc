"""Invoices that stay unpaid after their due date are told on the shop's days (R-INV-16)."""

from __future__ import annotations

from typing import Any

from shared.db.settings_copy import copy_settings
from tests.services.billing.conftest import given_payment
from tests.services.billing.test_invoices import captured_fact, given_settings, invoices
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import order_cancelled, order_confirmed, total_of
from tests.support.stripe_double import StripeDouble, deliver


def given_terms(billing: ServiceDriver, *, days: list[int]) -> None:
    billing_settings: dict[str, Any] = {"invoice_trigger": {"private": "on_confirm"}, "payment_terms_days": 10, "reminder_days": days}
    given_settings(billing, billing=billing_settings)


def overdue(billing: ServiceDriver) -> list[int]:
    return [event.days for event in billing.told_events("billing.invoice_overdue")]


def test_an_unpaid_invoice_is_told_on_each_of_the_days(billing: ServiceDriver) -> None:
    given_terms(billing, days=[14, 0, 3])
    billing.hears(order_confirmed())
    seen = []

    for _ in range(30):
        billing.later(days=1)
        billing.runs_timers()
        seen.append(overdue(billing))

    assert (seen[8], seen[9], seen[12], seen[29]) == ([], [0], [0, 3], [0, 3, 14])
    told = billing.told_events("billing.invoice_overdue")[0]
    assert (told.number, told.amount_due, told.due_at[:10]) == ("INV/2031/00001", total_of(), "2031-05-11")


def test_one_that_was_paid_is_told_no_more(billing: ServiceDriver, stripe: StripeDouble) -> None:
    given_terms(billing, days=[0, 3])
    payment = given_payment(billing)
    billing.hears(order_confirmed())
    billing.later(days=11)
    billing.runs_timers()
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(captured_fact(billing))

    billing.later(days=30)

    assert (set(billing.runs_timers()), overdue(billing)) == ({"payment_sync", "invoice_overdue"}, [0])
    assert [one["payment_state"] for one in invoices(billing)] == ["paid"]
    assert billing.rows("SELECT * FROM timers") == []


def test_one_of_a_cancelled_order_is_told_no_more(billing: ServiceDriver) -> None:
    given_terms(billing, days=[0, 3])
    billing.hears(order_confirmed(), seq=1)
    billing.hears(order_cancelled(), seq=2)
    billing.later(days=30)

    assert (billing.runs_timers(), overdue(billing)) == (["invoice_overdue"], [])


def test_a_shop_that_reminds_of_nothing_has_no_timer(billing: ServiceDriver) -> None:
    given_terms(billing, days=[])
    billing.hears(order_confirmed())

    assert billing.rows("SELECT * FROM timers") == []


def test_nothing_is_due_of_an_invoice_that_is_paid_when_it_is_posted(billing: ServiceDriver) -> None:
    given_terms(billing, days=[0])
    billing.hears(order_confirmed(unit_price=0, voucher=10_000))

    assert billing.rows("SELECT * FROM timers") == []


def test_days_that_the_shop_took_back_are_not_told(billing: ServiceDriver) -> None:
    given_terms(billing, days=[0, 3])
    billing.hears(order_confirmed())
    billing.given(lambda tx: copy_settings(tx, 2, {"billing": {"reminder_days": [0]}}))
    billing.later(days=40)
    billing.runs_timers()

    assert overdue(billing) == [0]
