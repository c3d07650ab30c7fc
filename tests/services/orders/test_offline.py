"""Paid without a provider: the order is a sent quotation until the money is seen; part 2 of lifecycles.md, O5."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from shared.contracts import billing
from shared.values.clock import parse_rfc3339
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import hold_closed, payment, pending
from tests.support.samples_order_news import DEADLINE, REMINDER, awaited, recorded, withdrawn
from tests.support.samples_orders import by_guest, given_cart, given_shop, seen, submits


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def given_wired(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    """An order submitted with the method `wire`, of which billing has not told yet."""
    answer = submits(orders, given_cart(orders, **body), method="wire")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body["order"]
    return found


def given_sent(orders: ServiceDriver, **changes: Any) -> dict[str, Any]:
    """A sent quotation that waits for a transfer."""
    order = given_wired(orders)
    orders.hears(awaited(order, **changes), seq=2)
    return seen(orders, order)


def test_awaited_transfer_makes_a_sent_quotation(orders: ServiceDriver) -> None:
    """O5, R-ORD-32, R-ORD-35: nothing is binding, so nothing is reserved, delivered or invoiced."""
    order = given_sent(orders, deadline_at=DEADLINE)

    assert (order["state"], order["status"], order["payment_status"]) == ("quotation_sent", "awaiting_payment", "unpaid")
    assert order["payment_deadline_at"] == "2031-05-04T12:00:00.000000Z"
    [fact] = orders.told_events("orders.order_sent")
    assert (fact.number, fact.submission, fact.by, fact.total) == (order["number"], 1, "payment", "35.83")
    assert (fact.reference, fact.deadline_at, fact.who.email) == (f"{order['number']}-1", DEADLINE, "ada@example.org")
    assert (fact.instructions.text, fact.instructions.details, fact.instructions.amount) == ("Please transfer", {"iban": "DE02"}, "35.83")
    assert orders.told("orders.order_confirmed") == []


@pytest.mark.parametrize("language", ["en", "fa", "vi", "ru"])
def test_awaiting_payment_has_a_name_in_every_language(orders: ServiceDriver, language: str) -> None:
    """R-ORD-58, R-STA-02."""
    names = {"en": "Awaiting payment", "fa": "در انتظار پرداخت", "vi": "Chờ thanh toán", "ru": "Ожидает оплаты"}
    order = given_wired(orders, language=language)
    orders.hears(awaited(order), seq=2)

    assert seen(orders, order)["status_name"] == names[language]


def test_processing_at_the_provider_sends_and_confirms_nothing(orders: ServiceDriver) -> None:
    """R-ORD-34, R-ORD-40: only offline payments are awaited."""
    order = given_wired(orders)

    orders.hears(pending(order), seq=2)

    assert (seen(orders, order)["state"], seen(orders, order)["status"]) == ("quotation", "payment_pending")
    assert orders.told("orders.order_sent", "orders.order_confirmed") == []


@pytest.mark.parametrize("first", ["orders.record_payment", "orders.mark_sent"])
def test_it_is_sent_whichever_hearer_has_its_turn_first(orders: ServiceDriver, first: str) -> None:
    """O5: one that the database failed is tried again on its own, after the other."""
    order = given_wired(orders)

    orders.hears_apart(awaited(order), first=first, seq=2)

    assert (seen(orders, order)["state"], len(orders.told("orders.order_sent"))) == ("quotation_sent", 1)


def test_told_five_times_is_sent_once(orders: ServiceDriver) -> None:
    order = given_wired(orders)

    orders.hears(awaited(order), seq=2, times=5)
    orders.hears(awaited(order), seq=3)

    assert orders.told("orders.order_sent") == ["orders.order_sent"]


def test_method_that_confirms_on_pending_confirms_at_once(orders: ServiceDriver) -> None:
    """R-ORD-37, R-NOT-09: it alone, no order_sent; the confirmation says how to pay."""
    order = given_wired(orders)

    orders.hears(awaited(order, confirms_order=True, deadline_at=DEADLINE), seq=2)

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_status"]) == ("confirmed", "confirmed", "unpaid")
    [fact] = orders.told_events("orders.order_confirmed")
    assert (fact.paid, fact.reference, fact.deadline_at) == (False, f"{order['number']}-1", DEADLINE)
    assert fact.instructions.details == {"iban": "DE02"}
    assert orders.told("orders.order_sent") == []


def test_online_payment_that_is_pending_never_confirms(orders: ServiceDriver) -> None:
    """R-ORD-37: for offline methods only."""
    order = given_wired(orders)

    orders.hears(payment(order, billing.PaymentPending, state="pending", confirms_order=True), seq=2)

    assert seen(orders, order)["state"] == "quotation"


def test_pending_payment_over_a_part_does_not_confirm(orders: ServiceDriver) -> None:
    order = given_wired(orders)

    orders.hears(awaited(order, confirms_order=True, amount="10.00"), seq=2)

    assert seen(orders, order)["state"] == "quotation"


def test_money_recorded_in_full_confirms(orders: ServiceDriver) -> None:
    """R-ORD-36, R-ORD-39, O6 from quotation_sent; section 6: paid by a recorded payment."""
    order = given_sent(orders, deadline_at=DEADLINE)

    orders.hears(recorded(order), seq=3)

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_status"]) == ("confirmed", "remote_payment_accepted", "paid")
    assert shown["payment_deadline_at"] is None
    [fact] = orders.told_events("orders.order_confirmed")
    assert (fact.paid, fact.reference, fact.instructions, fact.deadline_at) == (True, None, None, None)


def test_a_part_of_the_money_does_not_confirm(orders: ServiceDriver) -> None:
    """R-ORD-36; the rest stays open as a payment of its own."""
    order = given_sent(orders)

    orders.hears(recorded(order, amount="10.00", captured_total="10.00"), seq=3)
    orders.hears(awaited(order, payment_id="pay_rest", amount="25.83"), seq=1)

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_status"]) == ("quotation_sent", "awaiting_payment", "partial")
    assert shown["totals"]["outstanding"] == "25.83"


def test_the_prepayment_confirms(orders: ServiceDriver) -> None:
    """R-ORD-36."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"prepayment_percent": 30}}})
    order = given_sent(orders, amount="10.75")

    orders.hears(recorded(order, amount="10.75"), seq=3)

    assert (seen(orders, order)["state"], seen(orders, order)["status"]) == ("confirmed", "confirmed")
    orders.hears(recorded(order, payment_id="pay_rest", amount="25.08"), seq=1)
    assert (seen(orders, order)["status"], seen(orders, order)["payment_status"]) == ("remote_payment_accepted", "paid")


FACTS: dict[str, Any] = {"pending": (awaited, 2), "recorded": (recorded, 3)}


@pytest.mark.parametrize("sequence", list(itertools.permutations(FACTS)), ids="-".join)
def test_money_and_its_announcement_in_either_order_confirm(orders: ServiceDriver, sequence: tuple[str, ...]) -> None:
    order = given_wired(orders)

    for name in sequence:
        build, seq = FACTS[name]
        orders.hears(build(order), seq=seq)

    assert (seen(orders, order)["state"], seen(orders, order)["status"]) == ("confirmed", "remote_payment_accepted")


def test_late_word_of_a_payment_withdrawn_meanwhile_sends_nothing(orders: ServiceDriver) -> None:
    order = given_wired(orders)
    orders.hears(withdrawn(order), seq=3)

    orders.hears(awaited(order, reminder_at=REMINDER), seq=2)

    assert seen(orders, order)["state"] == "quotation"
    assert (orders.told("orders.order_sent"), orders.rows("SELECT kind FROM timers")) == ([], [])


def test_word_of_an_ended_submission_sends_nothing(orders: ServiceDriver) -> None:
    order = given_wired(orders)
    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "edit"})
    submits(orders, order, method="wire")

    orders.hears(awaited(order), seq=2)

    assert seen(orders, order)["state"] == "quotation"


def test_submit_again_with_the_same_method_is_the_same_order(orders: ServiceDriver) -> None:
    """R-ORD-10: billing answers with the payment that is open."""
    order = given_sent(orders)

    again = submits(orders, order, method="wire")

    assert (again.status, again.body["submission"], again.body["order"]["state"]) == (200, 1, "quotation_sent")
    assert seen(orders, order)["version"] == order["version"]


def test_awaited_transfer_forbids_edits_and_another_method(orders: ServiceDriver) -> None:
    """R-ORD-09, R-PAY-11."""
    order = given_sent(orders)

    for answer in (by_guest(orders, "POST", order, "/lines", {"sku": "mug", "quantity": 1}), submits(orders, order, method="card")):
        assert (answer.status, answer.code) == (409, "payment_in_progress")


def test_declined_card_gives_way_to_a_transfer_and_back(orders: ServiceDriver) -> None:
    """R-PAY-11: the gateway withdraws the payment, reopens, and repeats."""
    order = submits(orders, given_cart(orders)).body["order"]
    failure = billing.Failure(code="card_declined", message="no")
    orders.hears(payment(order, billing.PaymentFailed, state="failed", failure=failure), seq=2)
    path = f"/internal/v1/orders/{order['id']}/reopen"

    refused = submits(orders, order, method="wire")
    assert (refused.status, refused.code, refused.body["submission"]) == (409, "reopen_first", 1)
    orders.commands("POST", path, {"submission": 1, "reason": "paid by another method"})
    again = submits(orders, order, method="wire")
    assert (again.status, again.body["submission"], again.body["order"]["payment_method"]) == (200, 2, "wire")

    orders.hears(awaited(order, submission=2), seq=2)
    orders.hears(withdrawn(order, submission=2), seq=3)
    assert submits(orders, order, method="card").code == "reopen_first"
    orders.commands("POST", path, {"submission": 2, "reason": "paid by another method"})
    assert submits(orders, order, method="card").body["submission"] == 3


def test_sent_quotation_is_an_open_cart_again_after_reopening(orders: ServiceDriver) -> None:
    """O4 from quotation_sent."""
    order = given_sent(orders, deadline_at=DEADLINE)

    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "edit"})

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_deadline_at"]) == ("quotation", "cart", None)


def test_hold_of_a_sent_quotation_that_is_over_cancels_it(orders: ServiceDriver) -> None:
    """O9, R-ORD-54; api.md, 13.3."""
    order = given_sent(orders, deadline_at=DEADLINE)

    orders.hears(hold_closed(order, on_expiry="cancel"))

    shown = seen(orders, order)
    assert (shown["state"], shown["cancel_reason"], shown["payment_deadline_at"]) == ("cancelled", "payment_expired", None)
    [fact] = orders.told_events("orders.order_cancelled")
    assert (fact.state_before, fact.reason, fact.notify) == ("quotation_sent", "payment_expired", True)


def test_hold_of_a_sent_quotation_may_release_it(orders: ServiceDriver) -> None:
    order = given_sent(orders)

    orders.hears(hold_closed(order, on_expiry="release"))

    assert (seen(orders, order)["state"], seen(orders, order)["submitted_at"]) == ("quotation", None)


def test_money_that_came_keeps_a_sent_quotation(orders: ServiceDriver) -> None:
    """R-ORD-54: never while money has been captured."""
    order = given_sent(orders)
    orders.hears(recorded(order, amount="1.00"), seq=3)

    orders.hears(hold_closed(order, on_expiry="cancel"))

    assert seen(orders, order)["state"] == "quotation_sent"


def test_method_without_a_hold_has_neither_deadline_nor_reminder(orders: ServiceDriver) -> None:
    """R-ORD-35, R-ORD-55."""
    order = given_sent(orders)

    assert order["payment_deadline_at"] is None
    assert orders.rows("SELECT kind FROM timers") == []


def reminded(orders: ServiceDriver) -> list[str]:
    orders.at(parse_rfc3339(REMINDER))
    orders.runs_timers()
    return orders.told("orders.payment_reminder_due")


def test_unpaid_transfer_is_reminded_of_once(orders: ServiceDriver) -> None:
    """R-ORD-54."""
    order = given_sent(orders, reminder_at=REMINDER, deadline_at=DEADLINE)
    orders.at(parse_rfc3339("2031-05-03T11:59:59Z"))
    assert orders.runs_timers() == []

    assert reminded(orders) == ["orders.payment_reminder_due"]
    orders.later(days=3)
    assert orders.runs_timers() == []

    [fact] = orders.told_events("orders.payment_reminder_due")
    assert (fact.amount, fact.reference, fact.deadline_at) == ("35.83", f"{order['number']}-1", DEADLINE)
    assert (fact.submission, fact.who.email, fact.instructions.text) == (1, "ada@example.org", "Please transfer")


def test_unpaid_confirmed_order_is_reminded_too(orders: ServiceDriver) -> None:
    given_sent(orders, confirms_order=True, reminder_at=REMINDER)

    assert reminded(orders) == ["orders.payment_reminder_due"]


@pytest.mark.parametrize("fact", [recorded, withdrawn, hold_closed], ids=lambda fact: fact.__name__)
def test_nobody_is_reminded_of_what_is_paid_or_over(orders: ServiceDriver, fact: Any) -> None:
    """R-ORD-54: only while unpaid."""
    order = given_sent(orders, reminder_at=REMINDER)
    orders.hears(fact(order), seq=3)

    assert reminded(orders) == []


def test_who_has_paid_a_part_is_not_reminded(orders: ServiceDriver) -> None:
    order = given_sent(orders, reminder_at=REMINDER)
    orders.hears(recorded(order, amount="10.00"), seq=3)
    orders.hears(awaited(order, payment_id="pay_rest", amount="25.83", reminder_at=REMINDER), seq=1)

    assert reminded(orders) == []
