"""Where an order stands, by what was told of it: the tables of lifecycles.md, section 2."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.orders.domain.order import Line, Order
from services.orders.domain.parts import Part
from services.orders.domain.standing import Standing, derive, is_short, to_invoice
from shared.values.clock import rfc3339
from tests.support.driver import NOON
from tests.unit.orders.made import delivery, line, order, part, parts, payment, units

SERVICE = line("lin_2", 2, type="service")
LONG_AGO = {"at": rfc3339(NOON - timedelta(days=99)), "time_zone": "UTC"}


def standing(*told: Part, lines: tuple[Line, ...] = (line(),), of: Order | None = None) -> Standing:
    return derive(of or order(), lines, parts(*told), now=NOON)


@pytest.mark.parametrize(
    ("values", "told", "status"),
    [
        ({}, [], "unpaid"),
        ({"total": 0}, [], "none"),
        ({"total": 0}, [payment(captured=500)], "overpaid"),
        ({"state": "quotation"}, [], "none"),
        ({"state": "quotation"}, [payment("failed"), payment("cancelled", "pay_2")], "none"),
        ({"state": "quotation"}, [payment("failed"), payment("pending", "pay_2")], "pending"),
        ({"state": "quotation"}, [payment("created")], "unpaid"),
        ({"state": "quotation"}, [payment("captured", captured=1)], "partial"),
        ({"state": "quotation", "submitted_at": NOON}, [payment("failed")], "unpaid"),
        ({"state": "quotation_sent"}, [], "unpaid"),
        ({"state": "cancelled"}, [], "none"),
        ({}, [payment()], "paid"),
        ({}, [payment(captured=10001)], "overpaid"),
        ({}, [payment(captured=9999)], "partial"),
        ({}, [payment(refunded=10000)], "refunded"),
        ({}, [payment(refunded=1)], "partially_refunded"),
        ({}, [payment(captured=11000, refunded=1000)], "paid"),
        ({}, [payment("authorized")], "authorized"),
        ({}, [payment("pending")], "pending"),
        ({}, [payment("pending", kind="offline")], "unpaid"),
        ({}, [payment("failed")], "unpaid"),
        ({}, [payment("captured", orphaned=True)], "unpaid"),
        ({}, [payment(), part("dispute", "pay_1", 2, dispute="lost", amount=10000)], "refunded"),
        ({}, [payment(), part("dispute", "pay_1", 2, dispute="lost", amount=1)], "partially_refunded"),
        ({}, [payment(), part("dispute", "pay_1", dispute="open")], "paid"),
    ],
)
def test_payment_status_is_the_first_that_fits(values: dict[str, Any], told: list[Part], status: str) -> None:
    assert standing(*told, of=order(**values)).payment_status == status


@pytest.mark.parametrize(
    ("values", "lines", "told", "status"),
    [
        ({}, (line(),), [], "pending"),
        ({"state": "quotation"}, (line(),), [delivery(lin_1=4)], "none"),
        ({}, (SERVICE,), [], "none"),
        ({}, (line(), SERVICE), [delivery(lin_1=4)], "full"),
        ({}, (line(),), [delivery(lin_1=3)], "partial"),
        ({}, (line(),), [delivery(lin_1=3), units("cancelled_units", lin_1=1)], "full"),
        ({}, (line(), line("lin_3", 1)), [delivery(lin_1=4)], "partial"),
        ({}, (line(),), [delivery(state="ready", lin_1=4)], "pending"),
        ({}, (line(),), [delivery(last=False, lin_1=4)], "started"),
        ({}, (line(),), [delivery(state="ready", lin_1=4), part("started", "dlv_1")], "started"),
    ],
)
def test_delivery_status_says_how_far_the_goods_are(values: dict[str, Any], lines: tuple[Line, ...], told: list[Part], status: str) -> None:
    assert standing(*told, lines=lines, of=order(**values)).delivery_status == status


@pytest.mark.parametrize(
    ("values", "told", "status"),
    [
        ({}, [], "to_invoice"),
        ({}, [units("invoice", lin_1=4)], "to_invoice"),
        ({}, [units("invoice", lin_1=4, lin_2=2)], "invoiced"),
        ({}, [units("invoice", lin_1=3, lin_2=2), units("cancelled_units", lin_1=1)], "invoiced"),
        ({"state": "quotation"}, [units("invoice", lin_1=1)], "none"),
        ({"invoice_trigger": "on_delivery"}, [], "to_invoice"),
        ({"invoice_trigger": "on_delivery"}, [units("invoice", lin_2=2)], "invoiced"),
        ({"invoice_trigger": "on_delivery"}, [units("invoice", lin_2=2), delivery(lin_1=1)], "to_invoice"),
        ({}, [units("cancelled_units", lin_1=4, lin_2=2)], "none"),
    ],
)
def test_invoice_status_says_whether_what_is_due_is_on_an_invoice(values: dict[str, Any], told: list[Part], status: str) -> None:
    """R-INV-02: services count as handed over at confirmation."""
    assert standing(*told, lines=(line(), SERVICE), of=order(**values)).invoice_status == status


def test_nothing_is_to_invoice_before_the_order_is_binding() -> None:
    assert to_invoice(order(state="quotation"), line(), delivered=0, cancelled=0, invoiced=0) == 0
    assert to_invoice(order(), line(), delivered=0, cancelled=1, invoiced=2) == 1


WHOLE = (payment(), delivery(lin_1=4), units("arrival", lin_1=4, more=LONG_AGO), units("invoice", lin_1=4))
"""Paid, handed over, arrived long ago, invoiced."""


@pytest.mark.parametrize(
    ("values", "told", "closed"),
    [
        ({}, WHOLE, True),
        ({}, WHOLE[1:], False),
        ({}, WHOLE[:1] + WHOLE[2:], False),
        ({}, WHOLE[:2] + WHOLE[3:], False),
        ({}, WHOLE[:3], False),
        ({"invoice_trigger": "on_request"}, WHOLE[:3], True),
        ({"invoice_trigger": "on_request"}, WHOLE[1:3], False),
        ({"state": "cancelled"}, WHOLE, False),
        ({"closed_at": NOON}, (), True),
        ({}, (payment(refunded=2500), *WHOLE[1:3], units("cancelled_units", lin_1=1), units("invoice", lin_1=3)), True),
        ({}, (payment(refunded=2500), *WHOLE[1:], units("cancelled_units", lin_1=1)), False),
        ({}, (payment(captured=10001), *WHOLE[1:]), False),
    ],
)
def test_an_order_closes_when_all_is_settled_and_nothing_can_come_back(
    values: dict[str, Any], told: tuple[Part, ...], closed: bool
) -> None:
    """O16, R-ORD-62."""
    assert standing(*told, of=order(**values)).closed is closed


@pytest.mark.parametrize(
    ("told", "outstanding"),
    [
        ([], 10000),
        ([payment("authorized", amount=4000)], 6000),
        ([payment(captured=4000)], 6000),
        ([payment(captured=12000)], 0),
        ([units("cancelled_units", lin_1=1)], 7500),
        ([units("cancelled_units", lin_1=9)], 0),
    ],
)
def test_outstanding_is_what_the_customer_gets_and_has_neither_paid_nor_promised(told: list[Part], outstanding: int) -> None:
    assert standing(*told).outstanding == outstanding


@pytest.mark.parametrize(
    ("values", "told", "ready"),
    [
        ({}, [delivery(state="ready")], True),
        ({}, [delivery(state="done")], False),
        ({}, [], False),
        ({"state": "cancelled"}, [delivery(state="ready")], False),
    ],
)
def test_a_delivery_can_be_handed_over_while_its_order_is_binding(values: dict[str, Any], told: list[Part], ready: bool) -> None:
    assert standing(*told, of=order(**values)).delivery_ready is ready


@pytest.mark.parametrize(
    ("values", "awaited", "shown"),
    [
        ({}, payment("pending", kind="offline", deadline_at=rfc3339(NOON)), True),
        ({}, payment("pending", kind="offline"), False),
        ({}, payment("captured", kind="offline", deadline_at=rfc3339(NOON)), False),
        ({}, payment("pending", deadline_at=rfc3339(NOON)), False),
        ({}, payment("pending", kind="offline", submission=2, deadline_at=rfc3339(NOON)), False),
        ({"state": "cancelled"}, payment("pending", kind="offline", deadline_at=rfc3339(NOON)), False),
    ],
)
def test_the_deadline_is_that_of_the_payment_its_submission_waits_for(values: dict[str, Any], awaited: Part, shown: bool) -> None:
    assert standing(awaited, of=order(**values)).payment_deadline_at == (NOON if shown else None)


def shortage(seq: int, **missing: int) -> Part:
    return part("shortage", "res_1", seq, missing=missing)


def reserved(seq: int, *, complete: bool, **quantities: int) -> Part:
    return units("reserved", "res_1", seq, more={"complete": complete}, **quantities)


@pytest.mark.parametrize(
    ("told", "short"),
    [
        ([], False),
        ([shortage(1, LIN_1=1)], True),
        ([shortage(1, LIN_1=1), reserved(2, complete=True)], False),
        ([shortage(1, LIN_1=1), reserved(2, complete=False)], True),
        ([shortage(3, LIN_1=1), reserved(2, complete=True)], True),
        ([shortage(2, LIN_1=1), reserved(2, complete=True)], False),
    ],
)
def test_an_order_is_short_until_it_is_whole_again(told: list[Part], short: bool) -> None:
    """R-STK-07."""
    assert is_short(parts(*told)) is short


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([], [0, 0]),
        ([reserved(1, complete=False, lin_1=3)], [3, 0]),
        ([reserved(1, complete=False, lin_1=3), delivery(lin_1=2)], [1, 0]),
        ([reserved(1, complete=False, lin_1=3), delivery(lin_1=4)], [0, 0]),
        ([shortage(2, LIN_1=3)], [3, 0]),
        ([shortage(2, LIN_1=3), reserved(1, complete=False, lin_1=4, lin_3=2)], [3, 0]),
        ([shortage(1, LIN_1=3), reserved(2, complete=False, lin_1=4, lin_3=1)], [4, 1]),
        ([shortage(2, LIN_1=3), reserved(2, complete=False, lin_1=4, lin_3=1)], [4, 1]),
        ([shortage(2, ELSE=3)], [4, 2]),
    ],
)
def test_what_is_reserved_is_the_newest_word_and_the_last_lines_of_a_sku_lack(told: list[Part], found: list[int]) -> None:
    lines = (line(), line("lin_3", 2, sku="LIN_1"), SERVICE)

    assert [standing(*told, lines=lines).units[each].reserved for each in ("lin_1", "lin_3")] == found
    assert standing(*told, lines=lines).units["lin_2"].reserved == 0


def test_no_more_of_a_line_is_cancelled_than_there_is() -> None:
    assert standing(units("cancelled_units", "a", lin_1=3), units("cancelled_units", "b", lin_1=3)).units["lin_1"].cancelled == 4
