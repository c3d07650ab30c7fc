"""Money and its end at the same moment: what the provider holds is what the payment says, and it is told once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from tests.services.billing.conftest import given_authorized, given_payment, payment_of, record
from tests.support.driver import ServiceDriver
from tests.support.racing import SEEDS, at_once, interleaved, troubles
from tests.support.samples_billing import ORDER, hold_due, order_cancelled, order_submitted, total_of
from tests.support.stripe_double import StripeDouble, deliver


def pays(billing: ServiceDriver, stripe: StripeDouble, payment: dict[str, Any]) -> None:
    """The customer's bank pays, and the provider tells of it."""
    assert deliver(billing, stripe.happens(payment["provider_ref"], "succeed")).status == 200


def closes(billing: ServiceDriver) -> str:
    """The gateway withdraws the submission's payment, for a reopening or an edit."""
    return str(billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": 1}).body["outcome"])


def told_once(billing: ServiceDriver) -> list[str]:
    """Names of all facts told, of which none is there twice."""
    facts = [body["fact"] for body in billing.told_bodies()]
    assert len(facts) == len(set(facts))
    return billing.told()


@SEEDS
def test_money_and_a_reopening_at_once_end_in_one_of_both(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-ORD-09, R-PAY-13, P6, P10: the reopening is refused and the money counts, or it is withdrawn and late money is orphaned."""
    payment = given_payment(billing)
    acts: list[Callable[[], object]] = [partial(pays, billing, stripe, payment), partial(closes, billing), partial(closes, billing)]

    with troubles(billing.db) as found:
        _, *outcomes = interleaved(billing.db, acts, seed=seed)

    assert found == []
    shown = payment_of(billing, payment["id"])
    withdrawn = "cancelled" in outcomes
    assert shown["state"] == "captured"
    assert shown["orphaned"] is withdrawn
    assert set(outcomes) <= ({"cancelled", "none"} if withdrawn else {"moving"})
    assert told_once(billing).count("billing.payment_cancelled") == int(withdrawn)


@SEEDS
def test_money_and_the_end_of_its_hold_at_once_end_in_one_of_both(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-ORD-54, R-STK-03: the hold does not expire while money moves; else what comes later is orphaned."""
    billing.hears(order_submitted())
    payment = given_payment(billing)

    with troubles(billing.db) as found:
        interleaved(billing.db, [partial(pays, billing, stripe, payment), partial(billing.hears, hold_due())], seed=seed)

    assert found == []
    (closed,) = billing.told_events("billing.open_payment_closed")
    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["orphaned"]) == ("captured", closed.outcome != "moving")
    told_once(billing)


@SEEDS
def test_money_and_the_cancelling_of_its_order_at_once(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-ORD-53, R-ORD-51: whichever is first, the money is told of once, and once as nobody's."""
    billing.hears(order_submitted())
    payment = given_payment(billing)

    with troubles(billing.db) as found:
        interleaved(billing.db, [partial(pays, billing, stripe, payment), partial(billing.hears, order_cancelled(), seq=2)], seed=seed)
        billing.hears_itself()

    assert found == []
    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["orphaned"], shown["captured"]) == ("captured", True, total_of())
    told = told_once(billing)
    assert (told.count("billing.payment_captured"), told.count("billing.payment_orphaned")) == (1, 1)


@SEEDS
def test_capture_and_void_at_once_end_as_the_provider_has_it(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-PAY-12, R-PAY-13, R-PAY-22: authorized money is taken or given back, once."""
    payment = given_authorized(billing, stripe)
    target = f"/admin/v1/payments/{payment['id']}"
    commands = (("capture", {}), ("void", None), ("sync", None))
    acts = [partial(billing.asks, "POST", f"{target}/{command}", body) for command, body in commands]

    with troubles(billing.db) as found:
        answers = interleaved(billing.db, acts, seed=seed)

    assert found == []
    assert {answer.status for answer in answers} <= {200, 409, 422}
    status = stripe.intent(payment["provider_ref"])["status"]
    assert payment_of(billing, payment["id"])["state"] == {"succeeded": "captured", "canceled": "cancelled"}[status]
    told = told_once(billing)
    assert told.count("billing.payment_captured") + told.count("billing.payment_cancelled") == 1


def test_one_receipt_recorded_for_one_order_by_many_is_one_payment(billing: ServiceDriver) -> None:
    """R-PAY-14, P4: the same receipt again is the same payment, no error."""
    with troubles(billing.db) as found:
        answers = at_once([partial(record, billing, amount="10.00", receipt_number="A-17")] * 6)

    assert found == []
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["payment"]["id"] for answer in answers}) == 1
    assert told_once(billing).count("billing.payment_captured") == 1


@SEEDS
def test_card_and_wire_at_once_pay_once_and_the_rest_is_shown(billing: ServiceDriver, stripe: StripeDouble, seed: int) -> None:
    """R-PAY-15, api.md 13.12: both sums are told with the right totals; the second one says what is overpaid."""
    billing.hears(order_submitted())
    payment = given_payment(billing)
    wire = partial(record, billing, amount=total_of(), receipt_number="W-1")

    with troubles(billing.db) as found:
        interleaved(billing.db, [partial(pays, billing, stripe, payment), wire], seed=seed)

    assert found == []
    sums = [Decimal(fact.captured_total) for fact in billing.told_events("billing.payment_captured")]
    assert sums == [Decimal(total_of()), 2 * Decimal(total_of())]
    told_once(billing)
