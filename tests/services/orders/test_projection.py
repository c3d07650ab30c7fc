"""Where an order stands follows from what the others told, whatever order it came in; its version never moves by it."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from shared.contracts import delivery
from shared.contracts.base import Event
from shared.values.clock import parse_rfc3339
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import (
    authorized,
    captured,
    delivery_created,
    delivery_done,
    delivery_fact,
    delivery_ready,
    invoice_paid,
    invoice_posted,
    parcel_delivered,
    parcel_moved,
    payment,
    reserved,
    short,
)
from tests.support.samples_orders import given_cart, given_confirmed, given_product, given_shop, given_submitted, seen, submits

DERIVED = ("status", "payment_status", "delivery_status", "invoice_status", "return_status", "lines", "totals", "closed_at")


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def standing(orders: ServiceDriver, order: dict[str, Any]) -> dict[str, Any]:
    shown = seen(orders, order)
    return {name: shown[name] for name in DERIVED}


def statuses(orders: ServiceDriver, order: dict[str, Any]) -> tuple[str, str, str, str]:
    shown = seen(orders, order)
    return shown["payment_status"], shown["delivery_status"], shown["invoice_status"], shown["status"]


def test_the_way_of_an_order_to_the_doorstep(orders: ServiceDriver) -> None:
    """R-ORD-62, R-DLV-16: it closes when its return period of 14 days is over, by the clock alone."""
    order = given_confirmed(orders)
    facts: list[tuple[Event, int, tuple[str, str, str, str]]] = [
        (reserved(order), 1, ("paid", "pending", "to_invoice", "payment_accepted")),
        (delivery_created(order), 1, ("paid", "pending", "to_invoice", "payment_accepted")),
        (delivery_ready(order), 2, ("paid", "pending", "to_invoice", "payment_accepted")),
        (invoice_posted(order), 1, ("paid", "pending", "invoiced", "payment_accepted")),
        (invoice_paid(order), 2, ("paid", "pending", "invoiced", "payment_accepted")),
        (delivery_done(order), 3, ("paid", "full", "invoiced", "shipped")),
        (parcel_moved(order), 1, ("paid", "full", "invoiced", "shipped")),
        (parcel_delivered(order), 2, ("paid", "full", "invoiced", "delivered")),
    ]
    for fact, seq, expected in facts:
        orders.hears(fact, seq=seq)
        assert statuses(orders, order) == expected

    orders.at(parse_rfc3339("2031-05-17T23:59:59Z"))
    assert orders.runs_timers() == []
    orders.at(parse_rfc3339("2031-05-18T00:00:00Z"))
    assert orders.runs_timers() == ["closing"]

    shown = seen(orders, order)
    assert (shown["status"], shown["closed_at"]) == ("completed", "2031-05-18T00:00:00.000000Z")
    assert orders.told("orders.order_completed") == ["orders.order_completed"]
    assert shown["version"] == order["version"]


def test_facts_of_one_message_are_one_step_of_the_order(orders: ServiceDriver) -> None:
    """Of what one message holds only the end is told: neither what was true for a moment, nor older news that came with it."""
    order = given_confirmed(orders)
    before = len(orders.told("orders.order_status_changed"))

    orders.hears_together((delivery_done(order), 3), (delivery_ready(order), 2), (parcel_moved(order), 1), (parcel_delivered(order), 2))
    orders.hears_together((invoice_posted(order), 1), (reserved(order), 1))

    assert statuses(orders, order) == ("paid", "full", "invoiced", "delivered")
    changes = [fact for fact in orders.told_bodies() if fact["type"] == "orders.order_status_changed"][before:]
    assert [(fact["payload"]["status_before"], fact["payload"]["status"]) for fact in changes] == [("payment_accepted", "delivered")]


def test_last_day_of_the_return_period_is_the_stores(orders: ServiceDriver) -> None:
    """R-RET-04: 22:30 in London is the next day in Tehran."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"time_zone": "Asia/Tehran"}}})
    order = given_confirmed(orders)

    orders.hears(parcel_delivered(order, at="2031-05-03T22:30:00Z"))

    assert orders.rows("SELECT kind, record_id FROM timers") == [("closing", order["id"])]
    orders.at(parse_rfc3339("2031-05-18T20:29:59Z"))
    assert orders.runs_timers() == []
    orders.at(parse_rfc3339("2031-05-18T20:30:00Z"))
    assert orders.runs_timers() == ["closing"]


def test_each_line_counts_from_the_arrival_of_its_last_unit(orders: ServiceDriver) -> None:
    """R-RET-05."""
    given_product(orders, "mug", return_period_days=3, weight_g=400)
    order = given_confirmed(orders)
    orders.hears(parcel_delivered(order, quantity=1, parcel="1", at="2031-05-03T15:00:00Z"))
    assert orders.rows("SELECT kind FROM timers") == []

    orders.hears(parcel_delivered(order, quantity=1, parcel="2", at="2031-05-05T15:00:00Z"))

    orders.at(parse_rfc3339("2031-05-08T23:59:59Z"))
    assert orders.runs_timers() == []
    orders.at(parse_rfc3339("2031-05-09T00:00:00Z"))
    assert orders.runs_timers() == ["closing"]


FACTS: dict[str, Any] = {
    "reserved": (reserved, 1),
    "created": (delivery_created, 1),
    "ready": (delivery_ready, 2),
    "done": (delivery_done, 3),
    "arrived": (parcel_delivered, 1),
    "captured": (captured, 9),
    "invoiced": (invoice_posted, 1),
    "invoice_paid": (invoice_paid, 2),
}


@pytest.mark.parametrize("sequence", random.Random(7).sample(list(itertools.permutations(FACTS)), 12), ids="-".join)
def test_payment_delivery_and_invoice_facts_in_any_order_give_the_same_standing(orders: ServiceDriver, sequence: tuple[str, ...]) -> None:
    given_product(orders, "mug", returnable=False, weight_g=400)
    order = given_submitted(orders)
    orders.hears(authorized(order), seq=2)

    for name in sequence:
        build, seq = FACTS[name]
        orders.hears(build(order), seq=seq)

    shown = standing(orders, order)
    assert (shown["status"], shown["payment_status"], shown["delivery_status"], shown["invoice_status"]) == (
        "completed",
        "paid",
        "full",
        "invoiced",
    )
    line = shown["lines"][0]
    assert (line["quantity_reserved"], line["quantity_delivered"], line["quantity_invoiced"], line["quantity_to_invoice"]) == (0, 2, 2, 0)
    assert orders.told("orders.order_completed") == ["orders.order_completed"]
    assert seen(orders, order)["version"] == 3


@pytest.mark.parametrize("sequence", list(itertools.permutations(("incomplete", "short", "whole"))), ids="-".join)
def test_shortage_and_its_end_in_any_order(orders: ServiceDriver, sequence: tuple[str, ...]) -> None:
    """R-STK-07."""
    order = given_confirmed(orders)
    facts = {"incomplete": (reserved(order, quantity=1, complete=False), 1), "short": (short(order), 2), "whole": (reserved(order), 3)}

    for name in sequence:
        fact, seq = facts[name]
        orders.hears(fact, seq=seq)

    shown = seen(orders, order)
    assert (shown["status"], shown["lines"][0]["quantity_reserved"]) == ("payment_accepted", 2)


def test_short_order_shows_whether_it_is_paid(orders: ServiceDriver) -> None:
    """Section 6 of lifecycles.md."""
    paid = given_confirmed(orders)
    orders.hears(reserved(paid, quantity=1, complete=False), seq=1)
    orders.hears(short(paid), seq=2)
    assert (seen(orders, paid)["status"], seen(orders, paid)["lines"][0]["quantity_reserved"]) == ("on_backorder_paid", 1)

    promised = given_submitted(orders)
    orders.hears(authorized(promised), seq=2)
    orders.hears(short(promised, missing=2), seq=1)
    assert (seen(orders, promised)["status"], seen(orders, promised)["lines"][0]["quantity_reserved"]) == ("on_backorder_unpaid", 0)
    orders.hears(captured(promised), seq=3)
    assert seen(orders, promised)["status"] == "on_backorder_paid"


def test_shortage_after_reserving_all_shows_again(orders: ServiceDriver) -> None:
    """R-STK-12: a count took the goods away."""
    order = given_confirmed(orders)
    orders.hears(reserved(order), seq=1)
    orders.hears(short(order), seq=2)

    assert seen(orders, order)["status"] == "on_backorder_paid"


def test_first_of_two_parcels_is_partial(orders: ServiceDriver) -> None:
    """R-DLV-18."""
    order = given_confirmed(orders)

    orders.hears(delivery_done(order, done=1), seq=3)
    assert statuses(orders, order)[1::2] == ("partial", "partly_shipped")
    orders.hears(parcel_delivered(order, quantity=1))
    assert seen(orders, order)["status"] == "partly_shipped"
    orders.hears(delivery_done(order, done=1, delivery_id="dlv_second"), seq=3)
    assert statuses(orders, order)[1::2] == ("full", "shipped")


def test_pickup_is_delivered_and_never_shipped(orders: ServiceDriver) -> None:
    order = given_confirmed(orders, shipping_method="pickup", shipping_address=...)

    orders.hears(delivery_done(order, pickup=True, to_customer=False), seq=3)

    assert seen(orders, order)["status"] == "delivered"


def test_earlier_step_is_started_and_delivers_nothing(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    orders.hears(delivery_done(order, step="pick", last=False, to_customer=False), seq=3)

    assert seen(orders, order)["delivery_status"] == "started"
    assert seen(orders, order)["lines"][0]["quantity_delivered"] == 0


def test_cancelled_and_foreign_deliveries_deliver_nothing(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    orders.hears(delivery_fact(order, delivery.DeliveryCancelled, state="cancelled"), seq=4)
    orders.hears(delivery_done(order, kind="return", delivery_id="dlv_return"), seq=3)
    orders.hears(delivery_done(order, order_id=None, delivery_id="dlv_other"), seq=3)

    assert seen(orders, order)["delivery_status"] == "pending"


def test_order_of_services_completes_without_a_delivery(orders: ServiceDriver) -> None:
    """R-ORD-12."""
    order = given_confirmed(orders, lines=[{"sku": "engraving", "quantity": 1}], shipping_method=...)

    orders.hears(invoice_posted(order))

    assert statuses(orders, order) == ("paid", "none", "invoiced", "completed")


def test_order_that_is_only_authorized_does_not_complete(orders: ServiceDriver) -> None:
    order = given_submitted(orders, lines=[{"sku": "engraving", "quantity": 1}], shipping_method=...)
    orders.hears(authorized(order), seq=2)
    orders.hears(invoice_posted(order))
    assert seen(orders, order)["closed_at"] is None

    orders.hears(captured(order), seq=3)

    assert seen(orders, order)["closed_at"] is not None


def test_invoice_of_a_part_leaves_the_rest_to_invoice(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    line = order["lines"][0]["id"]

    orders.hears(invoice_posted(order, lines=({"line_id": line, "quantity": 1},)))

    shown = seen(orders, order)
    assert (shown["invoice_status"], shown["lines"][0]["quantity_to_invoice"]) == ("to_invoice", 1)


def test_paying_too_much_and_paying_back_show(orders: ServiceDriver) -> None:
    """The table of derived values: first that fits."""
    order = given_confirmed(orders)
    for seq, captured_amount, refunded, expected in (
        (4, "40.00", "0.00", "overpaid"),
        (5, "40.00", "4.17", "paid"),
        (6, "40.00", "10.00", "partially_refunded"),
        (7, "40.00", "40.00", "refunded"),
    ):
        orders.hears(captured(order, captured=captured_amount, refunded=refunded), seq=seq)
        assert seen(orders, order)["payment_status"] == expected


def test_older_news_of_a_payment_changes_nothing(orders: ServiceDriver) -> None:
    """R-PAY-07."""
    order = given_confirmed(orders)
    before = seen(orders, order)

    orders.hears(payment(order), seq=1)

    assert seen(orders, order) == before


def test_news_that_changes_no_standing_writes_nothing(orders: ServiceDriver) -> None:
    """R-STA-06."""
    order = given_confirmed(orders)
    [(seq,)] = orders.rows("SELECT seq FROM orders WHERE id = :id", id=order["id"])

    orders.hears(parcel_moved(order))

    assert orders.rows("SELECT seq FROM orders WHERE id = :id", id=order["id"]) == [(seq,)]


def test_status_moves_are_told_once_each(orders: ServiceDriver) -> None:
    """R-STA-02, R-STA-06."""
    cart = given_cart(orders)
    order = submits(orders, cart).body["order"]
    orders.hears(captured(order), seq=2)
    orders.hears(delivery_done(order), seq=3)

    moves = [(fact.status_before, fact.status, fact.by) for fact in orders.told_events("orders.order_status_changed")]

    assert moves == [
        ("cart", "incomplete", "event"),
        ("incomplete", "payment_accepted", "event"),
        ("payment_accepted", "shipped", "event"),
    ]


def test_early_news_is_tried_again(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    unknown = order | {"id": "ord_01J00000000000000000000000"}

    for fact in (reserved(unknown), delivery_done(unknown), parcel_delivered(unknown), invoice_posted(unknown)):
        assert orders.hears_again_later(fact)
