"""Authorized money is taken as the goods are handed over (R-PAY-20)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from shared.contracts.delivery import DeliveryDone, DeliveryLine
from shared.contracts.orders import OrderConfirmed
from shared.values.clock import rfc3339
from tests.services.billing.conftest import given_authorized, given_payment, payment_of, record
from tests.support.driver import NOON, ServiceDriver
from tests.support.samples_billing import ORDER, content, order_confirmed, order_submitted, total_of, units_cancelled
from tests.support.stripe_double import StripeDouble, deliver

TOTAL = total_of()
UNITS = ("13.83", "13.83", "13.82", "13.82", "13.82")
"""Five mugs of 69.12 in all; shipping is 5.83."""


def handed_over(
    quantity: int, *, delivery: str = "dlv_1", last: bool = True, kind: str = "outgoing", line_id: str = "lin_1"
) -> DeliveryDone:
    """So many mugs left the house."""
    line = DeliveryLine(
        delivery_line_id="dln_1", line_id=line_id, sku="MUG-1", name="Oak mug", quantity=quantity, reserved=0, done=quantity
    )
    return DeliveryDone(
        delivery_id=delivery,
        order_id=ORDER,
        number="DO1",
        kind=kind,
        state="done",
        lines=(line,),
        last=last,
        to_customer=True,
        parcels=(),
        notify=True,
        done_at=rfc3339(NOON),
    )


@pytest.fixture
def payment(billing: ServiceDriver, stripe: StripeDouble) -> dict[str, Any]:
    """The money of a confirmed order of five mugs, to be taken with its hand-overs."""
    found = given_authorized(billing, stripe, capture="on_delivery")
    billing.hears(order_confirmed(), seq=2)
    return found


def asked_for(billing: ServiceDriver) -> list[int | None]:
    return [event.amount for event in billing.told_events("billing.capture_requested")]


def test_all_at_once_takes_all(billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]) -> None:
    billing.hears(handed_over(5))
    billing.hears_itself()

    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["captured"], shown["released"]) == ("captured", TOTAL, "0.00")
    assert stripe.keys[-1] == f"{payment['id']}-capture-1"
    assert billing.told("billing.due_changed") == []


def test_the_first_hand_over_takes_its_units_and_the_shipping(
    billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]
) -> None:
    """R-MON-15: unit shares. What the provider then releases is due, and open deliveries wait."""
    billing.hears(handed_over(2))
    billing.hears_itself()

    shown = payment_of(billing, payment["id"])
    assert (shown["captured"], shown["released"]) == ("33.49", "41.46")
    (due,) = billing.told_events("billing.due_changed")
    assert (due.held, due.due) == (True, "41.46")


def test_the_rest_is_taken_out_of_a_later_payment_unit_by_unit(
    billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]
) -> None:
    """R-MON-15: the lowest units that were not handed over yet; the shipping went with the first."""
    billing.hears(handed_over(2))
    billing.hears_itself()
    second = billing.commands("POST", "/internal/v1/payments", _asked_again("41.46")).body
    deliver(billing, stripe.happens(second["provider_ref"], "authorize"))
    assert [event.held for event in billing.told_events("billing.due_changed")] == [True, False]

    billing.hears(handed_over(1, delivery="dlv_2"), seq=2)
    billing.hears_itself()

    assert payment_of(billing, second["id"])["captured"] == UNITS[2]


def _asked_again(amount: str) -> dict[str, Any]:
    """The same order is paid again in its second submission's words: what is due of it."""
    total = content()["totals"].total
    return {
        "order_id": ORDER,
        "number": "SO000123",
        "submission": 2,
        "method": "card",
        "amount": amount,
        "total": total,
        "currency": "EUR",
        "decimals": 2,
    }


def test_a_hand_over_told_twice_takes_once(billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]) -> None:
    billing.hears(handed_over(2), times=2)
    billing.hears(handed_over(2, delivery="dlv_2"), seq=2)
    billing.hears_itself()

    assert asked_for(billing) == [3349]
    assert billing.rows("SELECT captured FROM payments") == [(3349,)]


def test_it_takes_no_more_than_was_authorized(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-20: a prepayment of 30 % is taken with the first hand-over, and no more."""
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"capture": "on_delivery"})
    first = billing.commands("POST", "/internal/v1/payments", _asked_again("22.49") | {"submission": 1}).body
    deliver(billing, stripe.happens(first["provider_ref"], "authorize"))
    billing.hears(order_confirmed(), seq=2)

    billing.hears(handed_over(5))
    billing.hears_itself()

    assert payment_of(billing, first["id"])["captured"] == "22.49"


def test_what_was_paid_otherwise_is_not_taken_again(billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]) -> None:
    record(billing, amount="74.00", method="cash")

    billing.hears(handed_over(5))

    assert asked_for(billing) == [95]


@pytest.mark.parametrize("event", [handed_over(5, last=False), handed_over(5, kind="incoming")])
def test_only_what_leaves_to_the_customer_takes_money(billing: ServiceDriver, payment: dict[str, Any], event: DeliveryDone) -> None:
    billing.hears(event)

    assert asked_for(billing) == []


@pytest.mark.parametrize("capture", ["automatic", "by_hand"])
def test_other_money_is_not_touched(billing: ServiceDriver, stripe: StripeDouble, capture: str) -> None:
    given_authorized(billing, stripe, capture=capture)
    billing.hears(order_confirmed(), seq=2)

    billing.hears(handed_over(5))

    assert asked_for(billing) == []


def test_a_method_that_takes_all_or_nothing_takes_all(billing: ServiceDriver, payment: dict[str, Any]) -> None:
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"capture_support": "full_only"})

    billing.hears(handed_over(1))

    assert asked_for(billing) == [7495]


def _without_goods() -> OrderConfirmed:
    confirmed = order_confirmed()
    return confirmed.model_copy(update={"lines": tuple(line.model_copy(update={"type": "digital"}) for line in confirmed.lines)})


@pytest.mark.parametrize("order", [("authorized", "confirmed"), ("confirmed", "authorized")])
def test_an_order_without_goods_is_captured_at_confirmation(billing: ServiceDriver, stripe: StripeDouble, order: tuple[str, str]) -> None:
    """R-PAY-20, whichever comes second."""
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"capture": "on_delivery"})
    payment = given_payment(billing)
    for what in order:
        if what == "authorized":
            deliver(billing, stripe.happens(payment["provider_ref"], "authorize"))
        else:
            billing.hears(_without_goods(), seq=2)

    assert asked_for(billing) == [7495]


def test_money_that_is_authorized_after_the_last_hand_over_is_taken_at_once(
    billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]
) -> None:
    """R-PAY-20: nothing more is handed over that it could be taken with."""
    billing.hears(handed_over(2))
    billing.hears_itself()
    billing.hears(handed_over(3, delivery="dlv_2"), seq=2)
    billing.hears(order_confirmed(submission=2), seq=9)
    second = billing.commands("POST", "/internal/v1/payments", _asked_again("41.46")).body

    deliver(billing, stripe.happens(second["provider_ref"], "authorize"))

    assert asked_for(billing) == [3349, 4146]


@pytest.mark.parametrize(("last", "amount"), [("authorized", "3.82"), ("cancelled", "31.46")])
def test_units_that_nobody_will_get_keep_no_money_waiting(
    billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any], last: str, amount: str
) -> None:
    """R-PAY-20: three of five were handed over and two will never be; whichever comes last, all that is still owed is taken."""
    record(billing, amount="10.00", method="cash")
    billing.hears(handed_over(2))
    billing.hears_itself()
    billing.hears(handed_over(1, delivery="dlv_2"), seq=2)
    billing.hears(order_confirmed(submission=2), seq=9)
    if last == "authorized":
        billing.hears(units_cancelled(2), seq=3)
    second = billing.commands("POST", "/internal/v1/payments", _asked_again(amount)).body
    deliver(billing, stripe.happens(second["provider_ref"], "authorize"))
    if last == "cancelled":
        assert asked_for(billing) == [3349]
        billing.hears(units_cancelled(2), seq=3)

    # 74.95 less 27.64 that nobody gets, 33.49 and 10.00 that came.
    assert asked_for(billing) == [3349, 382]


def test_what_was_cancelled_is_not_taken(billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]) -> None:
    """R-PAY-20: nobody pays for units that they never get, and goods that are still to come are not taken in advance."""
    billing.hears(units_cancelled(2), seq=1)
    assert asked_for(billing) == []

    billing.hears(handed_over(2))

    assert asked_for(billing) == [3349]


@pytest.mark.parametrize("order", list(itertools.permutations(("authorized", "confirmed", "cancelled"))))
def test_when_no_goods_are_left_the_services_are_taken(billing: ServiceDriver, stripe: StripeDouble, order: tuple[str, ...]) -> None:
    """R-PAY-20: in whatever order the facts come."""
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"capture": "on_delivery"})
    payment = given_payment(billing, engravings=2)
    for what in order:
        if what == "authorized":
            deliver(billing, stripe.happens(payment["provider_ref"], "authorize"))
        else:
            billing.hears(order_confirmed(engravings=2) if what == "confirmed" else units_cancelled(5), seq=2)

    # Two engravings of 3.10 at 7 %, and the shipping.
    assert asked_for(billing) == [663 + 583]


def test_a_hand_over_that_is_early_comes_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """The order's content is not here yet."""
    given_authorized(billing, stripe, capture="on_delivery")

    assert billing.hears_again_later(handed_over(5))
    billing.hears(order_submitted(), seq=1)
    billing.hears(handed_over(5))

    assert asked_for(billing) == [7495]


def test_a_provider_that_is_away_is_asked_again(billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]) -> None:
    """R-PAY-12."""
    billing.hears(handed_over(5))
    stripe.fail_next(1, "429")

    (event,) = billing.told_events("billing.capture_requested")
    assert billing.hears_again_later(event)
    billing.hears_itself()

    assert payment_of(billing, payment["id"])["captured"] == TOTAL
