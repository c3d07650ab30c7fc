"""Enough money makes an order binding, exactly once."""

from __future__ import annotations

import itertools

import pytest

from services.orders.handlers import payments
from services.orders.store.orders import lock_purchase
from shared.contracts import billing
from shared.contracts.choreography import CHOREOGRAPHY
from shared.contracts.orders import OrderStatusChanged
from shared.db.tx import Tx
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_order_facts import authorized, captured, failed, hold_closed, payment, pending
from tests.support.samples_orders import given_shop, given_submitted, seen, submits


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def test_captured_money_confirms(orders: ServiceDriver) -> None:
    """O6, R-ORD-34."""
    order = given_submitted(orders)

    orders.hears(captured(order), seq=2)

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_status"]) == ("confirmed", "payment_accepted", "paid")
    assert (shown["delivery_status"], shown["invoice_status"], shown["lines"][0]["quantity_to_invoice"]) == ("pending", "to_invoice", 2)
    assert shown["confirmed_at"] == "2031-05-01T12:00:00.000000Z"
    [fact] = orders.told_events("orders.order_confirmed")
    assert (fact.number, fact.submission, fact.paid, fact.confirmed_by) == (order["number"], 1, True, "auto")
    assert fact.totals.total == order["totals"]["total"]
    assert orders.told_bodies()[-1]["type"] == "orders.order_status_changed"


def test_authorized_money_confirms_but_is_not_paid(orders: ServiceDriver) -> None:
    order = given_submitted(orders)

    orders.hears(authorized(order), seq=2)

    assert (seen(orders, order)["payment_status"], seen(orders, order)["totals"]["outstanding"]) == ("authorized", "0.00")
    assert orders.told_events("orders.order_confirmed")[0].paid is False


def test_told_five_times_confirms_once(orders: ServiceDriver) -> None:
    """R-ORD-33."""
    order = given_submitted(orders)

    orders.hears(captured(order), seq=2, times=5)
    for seq in (3, 4, 5):
        orders.hears(captured(order), seq=seq)

    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


@pytest.mark.parametrize("order_of_facts", list(itertools.permutations(range(4))))
def test_payment_facts_in_any_order_give_the_same_order(orders: ServiceDriver, order_of_facts: tuple[int, ...]) -> None:
    order = given_submitted(orders)
    facts = [(1, payment(order)), (2, failed(order)), (3, authorized(order)), (4, captured(order))]

    for index in order_of_facts:
        seq, fact = facts[index]
        orders.hears(fact, seq=seq)

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_status"]) == ("confirmed", "payment_accepted", "paid")
    assert shown["totals"]["paid"] == order["totals"]["total"]
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


@pytest.mark.parametrize("fact", [payment, pending, failed], ids=lambda fact: fact.__name__)
def test_nothing_less_than_money_confirms(orders: ServiceDriver, fact: object) -> None:
    """R-ORD-34, R-ORD-40."""
    order = given_submitted(orders)

    orders.hears(fact(order), seq=2)  # type: ignore[operator]

    assert seen(orders, order)["state"] == "quotation"
    assert orders.told("orders.order_confirmed") == []


def test_method_that_confirms_on_capture_waits_for_it(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(authorized(order, confirms_order=False), seq=2)
    assert seen(orders, order)["state"] == "quotation"

    orders.hears(captured(order), seq=3)

    assert seen(orders, order)["state"] == "confirmed"


def test_less_than_the_total_does_not_confirm(orders: ServiceDriver) -> None:
    """R-ORD-36."""
    order = given_submitted(orders)

    orders.hears(captured(order, amount="35.82"), seq=2)

    assert (seen(orders, order)["state"], seen(orders, order)["payment_status"]) == ("quotation", "partial")


def test_the_prepayment_confirms(orders: ServiceDriver) -> None:
    """R-ORD-36."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"prepayment_percent": 30}}})
    order = given_submitted(orders)
    orders.hears(captured(order, amount="10.74"), seq=2)
    assert seen(orders, order)["state"] == "quotation"

    orders.hears(captured(order, amount="10.75"), seq=3)

    shown = seen(orders, order)
    assert (shown["state"], shown["payment_status"], shown["totals"]["outstanding"]) == ("confirmed", "partial", "25.08")
    assert orders.told_events("orders.order_confirmed")[0].paid is False


def test_authorization_that_was_cancelled_meanwhile_does_not_confirm(orders: ServiceDriver) -> None:
    """What is known of the payment counts, not what a late fact says."""
    order = given_submitted(orders)
    orders.hears(payment(order, billing.PaymentCancelled, state="cancelled"), seq=3)

    orders.hears(authorized(order), seq=2)

    assert seen(orders, order)["state"] == "quotation"


def test_money_for_an_ended_submission_does_not_confirm_the_next(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "edit"})
    submits(orders, order)

    orders.hears(captured(order), seq=2)

    assert seen(orders, order)["state"] == "quotation"


def test_money_for_an_open_cart_does_not_confirm(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "edit"})

    orders.hears(captured(order, submission=2), seq=2)

    assert seen(orders, order)["state"] == "quotation"


def test_late_success_of_a_cancelled_order_is_not_its_money(orders: ServiceDriver) -> None:
    """R-ORD-53."""
    order = given_submitted(orders)
    orders.hears(hold_closed(order, on_expiry="cancel"))

    orders.hears(captured(order, orphaned=True), seq=4)
    orders.hears(captured(order), seq=3)

    shown = seen(orders, order)
    assert (shown["state"], shown["totals"]["paid"]) == ("cancelled", "0.00")
    assert orders.told("orders.order_confirmed") == []


def test_payment_of_an_unknown_order_is_tried_again(orders: ServiceDriver) -> None:
    order = given_submitted(orders)

    assert orders.hears_again_later(captured(order | {"id": "ord_01J00000000000000000000000"}))


def test_confirmed_order_answers_its_own_method_and_refuses_another(orders: ServiceDriver) -> None:
    """R-ORD-02; api.md, section 5: submit of a confirmed order."""
    order = given_submitted(orders)
    orders.hears(captured(order), seq=2)

    same, other = submits(orders, order), submits(orders, order, method="wire")

    assert (same.status, same.body["confirmed"], same.body["order"]["state"]) == (200, True, "confirmed")
    assert (other.status, other.code, other.body["command"]) == (409, "illegal_transition", "submit")


@pytest.mark.parametrize("first", ["orders.record_payment", "orders.confirm_order"])
def test_money_confirms_whichever_hearer_has_its_turn_first(orders: ServiceDriver, first: str) -> None:
    """R-ORD-33: one that the database failed is tried again on its own, after the other."""
    order = given_submitted(orders)

    orders.hears_apart(captured(order), first=first, seq=2)

    shown = seen(orders, order)
    assert (shown["state"], shown["payment_status"], len(orders.told("orders.order_confirmed"))) == ("confirmed", "paid", 1)


def test_nothing_of_a_confirmation_is_visible_before_its_commit(orders: ServiceDriver) -> None:
    """R-ORD-41: neither the order nor a fact of it; undone, there was none."""
    order = given_submitted(orders)
    event = billing.PaymentCaptured.from_envelope(envelope_of(captured(order), seq=2))
    looks: list[tuple[str, str, list[str]]] = []

    class Undone(Exception):
        pass

    def confirm_then_fail(tx: Tx) -> None:
        payments.record_payment(event, tx)
        payments.confirm_order(event, tx)
        inside = lock_purchase(tx, order["id"]).order.state
        looks.append((inside, seen(orders, order)["state"], orders.told("orders.order_confirmed")))
        raise Undone

    with pytest.raises(Undone):
        orders.given(confirm_then_fail)

    assert looks == [("confirmed", "quotation", [])]
    assert (seen(orders, order)["state"], orders.told("orders.order_confirmed")) == ("quotation", [])


def test_a_display_status_moves_neither_stock_nor_money_nor_documents() -> None:
    """R-PAY-18, R-STA-01: who hears that it moved writes mails and knows return flags, no more."""
    hearers = CHOREOGRAPHY.get(OrderStatusChanged, ())

    assert [name for name in hearers if name.partition(".")[0] not in ("notifications", "returns")] == []
