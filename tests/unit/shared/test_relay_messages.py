"""What travels together: facts of one order, whoever told them; of many orders where the hearer locks nothing that orders share."""

from __future__ import annotations

from typing import NamedTuple, cast

from shared.db.tx import Database
from shared.messaging.bus import Bus
from shared.messaging.relay import MOST_NAMED, MOST_TOGETHER, Destination, Relay, Route, messages_for
from shared.values.clock import SystemClock

APART = Destination("delivery", "delivery.on_told", "delivery", "reserve_stock", "delivery.on_facts")
MIXED = Destination("orders", "orders.on_told", "orders", "record_payment", "orders.on_facts", orders_apart=False)
JOB = Destination("billing.documents", "billing.render", "billing.render", "render")


class Row(NamedTuple):
    """As it stands in an outbox."""

    id: int
    together: str
    name: str = "told"

    @property
    def fact(self) -> str:
        return f"told:{self.id}"

    @property
    def label(self) -> str:
        return self.together

    @property
    def envelope(self) -> str:
        return f'{{"fact": {self.id}}}'


def _relay(service: str, *to: Destination) -> Relay:
    no_bus = cast(Bus, None)  # messages are made without one
    return Relay(Database(service, f"sqlite:////nowhere/{service}.db", SystemClock()), no_bus, {"told": Route(to, recorded=True)})


def test_facts_of_one_order_told_by_two_services_are_one_message() -> None:
    """messaging.md, cost 9: the order is locked once and its standing derived once."""
    billing, delivery = _relay("billing", MIXED, APART), _relay("delivery", APART)

    messages, owners = messages_for([(billing, Row(1, "ord_1")), (billing, Row(2, "ord_2")), (delivery, Row(1, "ord_1"))])

    found = dict(zip([(message.queue, message.label) for message in messages], owners, strict=True))
    assert found == {
        ("orders", "ord_1, ord_2: record_payment"): [("billing", 1), ("billing", 2)],
        ("delivery", "ord_1: reserve_stock"): [("billing", 1), ("delivery", 1)],
        ("delivery", "ord_2: reserve_stock"): [("billing", 2)],
    }
    assert [message.task for message in messages if message.queue == "delivery"] == ["delivery.on_facts", "delivery.on_told"]


def test_each_job_has_a_message_of_its_own_and_none_is_too_long() -> None:
    relay = _relay("billing", MIXED, JOB)

    messages, _ = messages_for([(relay, Row(row, f"ord_{row}")) for row in range(MOST_TOGETHER + 1)])

    assert sorted(message.queue for message in messages) == ["billing.documents"] * (MOST_TOGETHER + 1) + ["orders"] * 2
    assert messages[0].label == "ord_0, ord_1, ord_2, ord_3, ord_4 …: record_payment"


def test_as_many_orders_as_can_be_named_are_all_there_are() -> None:
    messages, _ = messages_for([(_relay("billing", MIXED), Row(row, f"ord_{row}")) for row in range(MOST_NAMED)])

    assert [message.label for message in messages] == ["ord_0, ord_1, ord_2, ord_3, ord_4: record_payment"]


def test_one_fact_told_by_two_services_under_one_number_is_two_facts() -> None:
    """An outbox's own count says nothing without its service: what was confirmed for one is not gone for the other."""
    _, owners = messages_for([(_relay("billing", JOB), Row(7, "ord_1")), (_relay("delivery", JOB), Row(7, "ord_1"))])

    assert owners == [[("billing", 7)], [("delivery", 7)]]
