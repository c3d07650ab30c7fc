"""Which units are to be invoiced, when, and under which key (R-INV-02; api.md, 13.14)."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.invoice_plan import Invoiced, due_parts, left_to_invoice, may_be_due, next_request, nothing_left
from services.billing.domain.standing import Order
from shared.contracts.shop_settings import Trigger
from tests.support.samples_billing import order_submitted

CONTENT = order_submitted(quantity=5, engravings=2)


def order(*, handed_over: dict[str, int] | None = None, cancelled: int = 0) -> Order:
    """Five mugs and two engravings; so many mugs are at the customer's, by delivery, and so many nobody will get."""
    hand_overs: dict[str, Any] = {
        delivery: {"at": f"2031-05-0{day}T10:00:00+00:00", "units": {"lin_1": units}}
        for day, (delivery, units) in enumerate((handed_over or {}).items(), start=1)
    }
    never = {"f": {"reason": "shortage", "units": {"lin_1": cancelled}}} if cancelled else {}
    return Order(order_id="ord_1", submission=1, hand_overs=hand_overs, cancelled_units=never)


@pytest.mark.parametrize(
    ("found", "invoiced", "trigger", "left"),
    [
        (order(), {}, "on_confirm", {"lin_1": 5, "lin_2": 2}),
        (order(cancelled=2), {"lin_1": 1}, "on_confirm", {"lin_1": 2, "lin_2": 2}),
        (order(cancelled=2), {"lin_1": 3, "lin_2": 2}, "on_confirm", {}),
        (order(cancelled=5), {"lin_1": 1}, "on_confirm", {"lin_2": 2}),
        (order(), {}, "on_delivery", {"lin_2": 2}),
        (order(handed_over={"a": 2}), {}, "on_delivery", {"lin_1": 2, "lin_2": 2}),
        (order(handed_over={"a": 2, "b": 9}, cancelled=1), {}, "on_delivery", {"lin_1": 4, "lin_2": 2}),
    ],
)
def test_left_is_what_the_customer_gets_and_no_invoice_has(
    found: Order, invoiced: dict[str, int], trigger: Trigger, left: dict[str, int]
) -> None:
    assert left_to_invoice(found, CONTENT, Invoiced(units=invoiced), trigger) == left


@pytest.mark.parametrize(
    ("trigger", "handed_over", "paid", "due"),
    [
        ("on_confirm", {}, False, True),
        ("on_payment", {}, False, False),
        ("on_payment", {}, True, True),
        ("on_payment", {"a": 1}, False, True),
        ("on_request", {"a": 1}, True, False),
        ("on_delivery", {}, True, True),
    ],
)
def test_each_trigger_has_its_time(trigger: Trigger, handed_over: dict[str, int], paid: bool, due: bool) -> None:
    """On delivery, what are no goods is due at once."""
    assert may_be_due(order(handed_over=handed_over), CONTENT, trigger, paid=paid) is due


def test_on_delivery_an_order_of_goods_alone_waits_for_the_first_of_them() -> None:
    goods = order_submitted(quantity=5)

    assert may_be_due(order(), goods, "on_delivery", paid=True) is False
    assert may_be_due(order(handed_over={"a": 1}), goods, "on_delivery", paid=False) is True


def test_no_key_has_two_documents_and_no_document_is_empty() -> None:
    """R-INV-01."""
    assert [part.trigger_key for part in due_parts(order(), CONTENT, Invoiced(), "on_confirm")] == ["order:1"]
    assert due_parts(order(), CONTENT, Invoiced(keys=frozenset({"order:1"}), units={"lin_1": 1}), "on_confirm") == []
    assert due_parts(order(), CONTENT, Invoiced(units={"lin_1": 5, "lin_2": 2}), "on_confirm") == []


def test_each_hand_over_has_its_document_and_what_are_no_goods_one_of_their_own() -> None:
    """R-INV-14: a unit that one delivery's document has is on none of another."""
    found = order(handed_over={"a": 2, "b": 2, "c": 2})

    parts = due_parts(found, CONTENT, Invoiced(keys=frozenset({"delivery:a"}), units={"lin_1": 2}), "on_delivery")

    assert [(part.trigger_key, dict(part.units)) for part in parts] == [
        ("order:1", {"lin_2": 2}),
        ("delivery:b", {"lin_1": 2}),
        ("delivery:c", {"lin_1": 1}),
    ]


def test_nothing_is_left_when_all_that_the_customer_gets_is_on_an_invoice() -> None:
    assert nothing_left(order(), CONTENT, Invoiced(units={"lin_1": 5, "lin_2": 2}))
    assert nothing_left(order(cancelled=2), CONTENT, Invoiced(units={"lin_1": 3, "lin_2": 2}))
    assert not nothing_left(order(cancelled=2), CONTENT, Invoiced(units={"lin_1": 2, "lin_2": 2}))


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ([], "request:1"),
        (["order:7", "delivery:dlv_1"], "request:3"),
        (["request:1"], "request:2"),
        (["request:5"], "request:6"),
    ],
)
def test_an_invoice_on_request_has_a_key_that_none_before_it_had(keys: list[str], key: str) -> None:
    """R-INV-03: drafts that were deleted are counted by the numbers after them."""
    assert next_request(keys) == key
