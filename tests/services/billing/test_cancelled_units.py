"""Units that nobody will get are never invoiced, and what was paid for them is proposed for refund (R-DLV-05, R-INV-14)."""

from __future__ import annotations

import itertools

import pytest

from tests.services.billing.test_invoices import captured_fact, given_captured, given_settings, invoices
from tests.services.billing.test_triggers import EUR, given_trigger, quantities
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import asked_payment, content, delivery_done, order_confirmed, order_submitted, total_of, units_cancelled
from tests.support.stripe_double import StripeDouble, deliver


def test_cancelled_units_are_never_invoiced_and_the_rest_is(billing: ServiceDriver) -> None:
    """R-INV-14: the highest units are cancelled, the lowest are invoiced (api.md, 13.14)."""
    billing.hears(order_confirmed())
    billing.hears(units_cancelled(2))
    billing.hears(delivery_done(3))

    (invoice,) = invoices(billing)
    assert quantities(billing) == [{"lin_1": 3}]
    assert EUR.parse(invoice["total"]) < EUR.parse(total_of())
    assert billing.told("billing.refund_proposed") == []
    billing.hears(delivery_done(2, delivery_id="dlv_2", day=3))
    assert quantities(billing) == [{"lin_1": 3}]


@pytest.mark.parametrize("order", list(itertools.permutations(("submitted", "confirmed", "cancelled"))))
def test_what_was_paid_for_cancelled_units_is_proposed_for_refund_once(
    billing: ServiceDriver, stripe: StripeDouble, order: tuple[str, ...]
) -> None:
    """R-DLV-05: with their discount and tax, of the line's highest units."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_request"}})
    given_captured(billing, stripe)
    facts = {"submitted": (order_submitted(), 1), "confirmed": (order_confirmed(), 2), "cancelled": (units_cancelled(2), 1)}

    for name in order:
        billing.hears(facts[name][0], seq=facts[name][1], times=2)

    (proposed,) = billing.told_events("billing.refund_proposed")
    line = content()["lines"][0].total
    # 69.12 over five units: 13.83 twice, then 13.82.
    assert (line, proposed.amount, proposed.reason) == ("69.12", "27.64", "shortage")
    assert proposed.proposed_for == "delivery.units_cancelled:dlv_1:shortage"


def test_only_what_was_paid_too_much_is_proposed(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-DLV-05: what was never paid is never given back."""
    total = EUR.parse(total_of())
    payment = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": EUR.format(total - 2000)}).body
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(order_confirmed())

    billing.hears(units_cancelled(2))

    (proposed,) = billing.told_events("billing.refund_proposed")
    assert proposed.amount == "7.64"
    assert [invoice["payment_state"] for invoice in invoices(billing)] == ["paid"]


@pytest.mark.parametrize("reason", ["refund", "change"])
def test_units_cancelled_for_another_reason_are_no_proposal(billing: ServiceDriver, stripe: StripeDouble, reason: str) -> None:
    given_trigger(billing, "on_request")
    given_captured(billing, stripe)
    billing.hears(order_confirmed())

    billing.hears(units_cancelled(2, reason=reason))

    assert billing.told("billing.refund_proposed") == []


def test_less_is_outstanding_when_units_are_cancelled(billing: ServiceDriver) -> None:
    """lifecycles.md, outstanding: the value of cancelled units is not asked for."""
    billing.hears(order_confirmed())
    billing.hears(units_cancelled(2))

    refused = billing.commands("POST", "/internal/v1/payments", asked_payment())
    rest = EUR.format(EUR.parse(total_of()) - 2764)

    assert (refused.status, refused.body["errors"][0]["meta"]) == (422, {"outstanding": rest})
    assert billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": rest}).status == 200


def test_a_payment_that_fills_the_rest_makes_the_invoice(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-02: fully paid is what the customer gets."""
    billing.hears(order_confirmed())
    billing.hears(units_cancelled(2))
    rest = EUR.format(EUR.parse(total_of()) - 2764)
    payment = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": rest}).body
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(captured_fact(billing))

    assert [(one["total"], one["payment_state"]) for one in invoices(billing)] == [(rest, "paid")]
    assert quantities(billing) == [{"lin_1": 3}]
