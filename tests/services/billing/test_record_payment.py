"""Money that came without the provider is recorded by staff (P4, P10)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from tests.services.billing.conftest import given_offline, given_payment, payment_of, record
from tests.support.driver import OWNER, ServiceDriver
from tests.support.samples_billing import NUMBER, ORDER, asked_payment, order_cancelled, order_confirmed, order_submitted, total_of
from tests.support.stripe_double import StripeDouble, deliver

OTHER = "ord_000000000000000000000OTHER"
TOTAL = total_of()


def states(billing: ServiceDriver) -> list[tuple[object, ...]]:
    return billing.rows("SELECT state, amount, captured FROM payments ORDER BY id")


def test_it_settles_the_open_payment(billing: ServiceDriver) -> None:
    """P4."""
    payment = given_offline(billing)

    answer = record(billing, amount=TOTAL, receipt_number="R-7", paid_at="2031-04-30", bank="ABN", note="seen")

    shown = answer.body["payment"]
    assert (answer.status, answer.body["created"], shown["id"], shown["state"]) == (200, True, payment["id"], "captured")
    assert (shown["receipt_number"], shown["paid_at"], shown["bank"], shown["note"]) == (
        "R-7",
        "2031-04-30T00:00:00.000000Z",
        "ABN",
        "seen",
    )
    (told,) = billing.told_events("billing.payment_captured")
    assert (told.confirms_order, told.captured, told.due, told.receipt_number) == (True, TOTAL, "0.00", "R-7")


def test_less_than_asked_leaves_the_rest_open(billing: ServiceDriver) -> None:
    """R-PAY-15: the parts add up to what was asked for; part of it confirms nothing by itself."""
    given_offline(billing, policy={"details": {"iban": "NL1"}})

    record(billing, amount="40.00")
    record(billing, amount="4.02")

    total = int(TOTAL.replace(".", ""))
    assert states(billing) == [("captured", 4000, 4000), ("captured", 402, 402), ("pending", total - 4402, 0)]
    pending = billing.told_events("billing.payment_pending")
    assert [event.reference for event in pending] == [NUMBER, f"{NUMBER}-1", f"{NUMBER}-2"]
    assert (pending[-1].instructions.amount, pending[-1].instructions.details) == (pending[-1].amount, {"iban": "NL1"})
    assert pending[-1].due == pending[-1].amount


def test_a_repeated_submit_gets_the_rest(billing: ServiceDriver) -> None:
    given_offline(billing)
    record(billing, amount="40.00")

    assert given_offline(billing)["reference"] == f"{NUMBER}-1"


def test_more_than_asked_is_kept_as_it_came(billing: ServiceDriver) -> None:
    """R-PAY-15: overpaid, and seen to be."""
    given_offline(billing)

    record(billing, amount="500.00")

    ((state, amount, captured),) = states(billing)
    assert (state, amount, captured) == ("captured", int(TOTAL.replace(".", "")), 50000)
    (told,) = billing.told_events("billing.payment_captured")
    assert (told.captured, told.released, told.due) == ("500.00", "0.00", "0.00")


def test_at_the_door_no_more_is_collected_than_is_due_and_the_rest_stays_open(billing: ServiceDriver) -> None:
    """R-DLV-24"""
    given_offline(billing, method="cash_on_delivery")

    too_much = record(billing, amount="500.00", method="cash_on_delivery")
    assert (too_much.status, too_much.code, too_much.body["errors"][0]["pointer"]) == (422, "validation_failed", "/amount")
    assert [state for state, _, _ in states(billing)] == ["pending"]

    first = record(billing, amount="10.00", method="cash_on_delivery", receipt_number="D-1")
    assert first.body["created"] is True
    assert sorted(state for state, _, _ in states(billing)) == ["captured", "pending"]
    again = record(billing, amount="10.00", method="cash_on_delivery", receipt_number="D-1")
    assert (again.status, again.body["created"]) == (200, False)


def test_an_order_that_billing_has_not_heard_of_is_taken_from_the_gateway(billing: ServiceDriver) -> None:
    """An order made by staff: the fact of its confirmation comes later, and is the newer one."""
    answer = record(billing, amount=TOTAL, method="cash")

    assert answer.body["payment"]["reference"] == NUMBER
    assert billing.rows("SELECT number, submission, content_seq FROM orders") == [(NUMBER, 1, 0)]
    billing.hears(order_confirmed(), seq=1)
    assert billing.told("billing.invoice_posted") == ["billing.invoice_posted"]


def test_a_later_submission_is_taken_too_and_an_earlier_one_is_not(billing: ServiceDriver) -> None:
    billing.hears(order_submitted(submission=2), seq=5)

    record(billing, amount="1.00", method="cash", submission=1)
    assert billing.rows("SELECT submission, content_seq FROM orders") == [(2, 5)]
    record(billing, amount="1.00", method="cash", submission=3)
    assert billing.rows("SELECT submission, content_seq FROM orders") == [(3, 5)]


def test_the_same_receipt_again_is_the_same_payment(billing: ServiceDriver) -> None:
    """R-PAY-14: Persian and Arabic digits are the digits they stand for."""
    first = record(billing, amount=TOTAL, method="cash", receipt_number="R-170")
    again = record(billing, amount=TOTAL, method="cash", receipt_number=" R-۱۷٠ ")

    assert (again.status, again.body["created"], again.body["payment"]["id"]) == (200, False, first.body["payment"]["id"])
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]


@pytest.mark.parametrize(("order_id", "amount"), [(OTHER, TOTAL), (ORDER, "1.00")])
def test_a_receipt_number_is_used_once(billing: ServiceDriver, order_id: str, amount: str) -> None:
    """R-PAY-14."""
    record(billing, amount=TOTAL, method="cash", receipt_number="17")

    answer = record(billing, order_id, amount=amount, method="cash", receipt_number="۱۷")

    assert (answer.status, answer.code) == (409, "duplicate_receipt")
    assert len(states(billing)) == 1


def test_another_method_has_its_own_numbers(billing: ServiceDriver) -> None:
    """R-PAY-14: unique per method."""
    record(billing, amount="1.00", method="cash", receipt_number="17")

    assert record(billing, OTHER, amount="1.00", method="wire", receipt_number="17").status == 200


def test_without_a_receipt_number_money_is_money_each_time(billing: ServiceDriver) -> None:
    record(billing, amount="1.00", method="cash")
    record(billing, amount="1.00", method="cash", receipt_number="  ")

    assert [row[2] for row in states(billing)] == [100, 100]


def test_the_same_command_again_is_the_same_payment(billing: ServiceDriver) -> None:
    """R-API-01: by its key, also without a receipt number; what became of the order meanwhile does not matter."""
    given_offline(billing)
    first = record(billing, amount="40.00", key="cmd_1")
    told = billing.told()
    billing.hears(order_cancelled(), seq=2)

    again = record(billing, amount="40.00", key="cmd_1")

    assert (first.body["created"], again.body["created"]) == (True, False)
    assert again.body["payment"]["id"] == first.body["payment"]["id"]
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]
    assert told == billing.told()[: len(told)]
    assert [row[2] for row in states(billing) if row[2]] == [4000]


def test_another_command_is_another_payment(billing: ServiceDriver) -> None:
    """R-API-01: equal money under another key, or under none, came again."""
    keys = [{"key": "cmd_1"}, {"key": "cmd_2"}, {}, {}]

    answers = [record(billing, amount="1.00", method="cash", **key).body for key in keys]

    assert [answer["created"] for answer in answers] == [True] * 4
    assert len({answer["payment"]["id"] for answer in answers}) == 4
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"] * 4


def test_the_same_command_twice_at_once_is_one_payment(billing: ServiceDriver) -> None:
    """R-API-01: the order's lock decides."""
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(record, billing, amount="1.00", method="cash", key="cmd_1") for _ in range(2)]
        created = sorted(answer.result().body["created"] for answer in asked)

    assert (created, states(billing)) == ([False, True], [("captured", 100, 100)])


def test_a_receipt_of_two_orders_at_once_is_taken_once(billing: ServiceDriver) -> None:
    """R-PAY-14: the key decides, not a look before."""

    def pay(number: int) -> int:
        order_id = f"ord_{number:026}"
        return record(billing, order_id, amount="1.00", method="cash", receipt_number="17").status

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(pay, range(4)))

    assert statuses == [200, 409, 409, 409]
    assert len(states(billing)) == 1


def test_receipts_are_searched_by_number(billing: ServiceDriver) -> None:
    """R-PAY-14."""
    record(billing, amount="1.00", method="cash", receipt_number="R-17")

    assert len(billing.asks("GET", f"/admin/v1/payments?receipt_number={quote('R-۱۷')}").body["data"]) == 1
    assert billing.asks("GET", "/admin/v1/payments?receipt_number=R-18").body["data"] == []


def test_money_for_a_cancelled_order_is_orphaned(billing: ServiceDriver) -> None:
    """P10, R-ORD-53."""
    given_offline(billing)
    billing.hears(order_cancelled())

    payment = record(billing, amount=TOTAL).body["payment"]

    assert (payment["state"], payment["orphaned"], payment["reference"]) == ("captured", True, f"{NUMBER}-1")
    (told,) = billing.told_events("billing.payment_captured")
    assert (told.confirms_order, told.captured_total) == (False, "0.00")
    assert billing.told_events("billing.payment_orphaned")[0].reason == "order_cancelled"
    assert len(billing.asks("GET", "/admin/v1/payments?orphaned=true").body["data"]) == 1


def test_an_order_that_orders_knows_to_be_cancelled_is_believed(billing: ServiceDriver) -> None:
    """P10: before the fact of its cancellation has come."""
    given_offline(billing)

    assert record(billing, amount=TOTAL, state="cancelled").body["payment"]["orphaned"]
    assert [row[0] for row in states(billing)] == ["pending", "captured"]


def test_covered_in_full_the_open_card_payment_is_withdrawn(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """api.md, 13.12."""
    card = given_payment(billing)

    record(billing, amount=TOTAL, method="cash")
    billing.hears_itself()

    assert stripe.intent(card["provider_ref"])["status"] == "canceled"
    assert payment_of(billing, card["id"])["state"] == "cancelled"


def test_covered_in_part_it_stays_and_may_overpay(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """api.md, 13.12."""
    card = given_payment(billing)

    record(billing, amount="1.00", method="cash")
    billing.hears_itself()
    assert stripe.intent(card["provider_ref"])["status"] == "requires_payment_method"
    deliver(billing, stripe.happens(card["provider_ref"], "succeed"))

    assert billing.told_events("billing.payment_captured")[-1].captured_total == "75.95"


def test_covered_in_full_what_waits_for_another_method_is_withdrawn_here(billing: ServiceDriver) -> None:
    wire = given_offline(billing)

    record(billing, amount=TOTAL, method="cash")

    assert payment_of(billing, wire["id"])["state"] == "cancelled"


def test_the_rest_is_what_is_still_due(billing: ServiceDriver) -> None:
    """R-PAY-15: part of it was paid another way meanwhile."""
    given_offline(billing)
    record(billing, amount="40.00", method="cash")

    record(billing, amount="10.00")

    assert sorted(row[1] for row in states(billing)) == [1000, 2495, 4000]


def test_money_that_waits_for_a_person_is_not_withdrawn(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P7: another amount came than was asked; that the order is paid otherwise does not make it go away."""
    card = given_payment(billing)
    deliver(billing, stripe.happens(card["provider_ref"], "succeed", amount_received=1))

    record(billing, amount=TOTAL, method="cash")

    assert billing.told("billing.close_requested") == []
    assert payment_of(billing, card["id"])["state"] == "failed"


def test_a_method_with_review_asks_for_one(billing: ServiceDriver) -> None:
    """R-PAY-17: the order is confirmed all the same."""
    given_offline(billing, policy={"review": "required"})

    assert record(billing, amount=TOTAL).body["payment"]["review"] == "required"
    assert billing.told("billing.payment_captured", "billing.review_required") == ["billing.payment_captured", "billing.review_required"]
    assert billing.told_events("billing.payment_captured")[0].confirms_order


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"method": "card"}, "payment_method_unavailable"),
        ({"method": "shells"}, "payment_method_unavailable"),
        ({"amount": "0"}, "validation_failed"),
        ({"amount": "-1.00"}, "validation_failed"),
        ({"amount": "1.001"}, "money_precision"),
        ({"currency": "USD"}, "currency_mismatch"),
        ({"paid_at": "yesterday"}, "validation_failed"),
        ({"paid_at": "2031-05-01T10:00:00"}, "validation_failed"),
        ({"receipt_number": "7" * 101}, "validation_failed"),
    ],
)
def test_what_is_no_payment_is_refused(billing: ServiceDriver, values: dict[str, str], code: str) -> None:
    """R-MON-23, R-MON-24."""
    answer = record(billing, **{"amount": "1.00", "method": "cash"} | values)

    assert (answer.status, answer.code) == (422, code)
    assert states(billing) == []


def test_an_inactive_method_takes_only_what_it_was_asked_for(billing: ServiceDriver) -> None:
    given_offline(billing)
    billing.asks("PATCH", "/admin/v1/payment_methods/wire", {"active": False})

    assert record(billing, OTHER, amount="1.00").code == "payment_method_unavailable"
    assert record(billing, amount=TOTAL).status == 200


def test_money_is_recorded_by_those_who_may(billing: ServiceDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-ACC-04."""
    support = OWNER.model_copy(update={"permissions": frozenset({"payments.read"})})
    commands: Callable[..., object] = billing.asks
    monkeypatch.setattr(billing, "commands", lambda method, path, body: commands(method, path, body, caller=support))

    answer = record(billing, amount="1.00")

    assert (answer.status, answer.body["required_permission"]) == (403, "payments.record")


def test_a_submit_repeated_after_its_money_came_answers_the_payment(billing: ServiceDriver) -> None:
    payment = given_offline(billing)
    record(billing, amount=TOTAL)

    answer = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"method": "wire"})

    assert (answer.body["id"], answer.body["state"]) == (payment["id"], "captured")
