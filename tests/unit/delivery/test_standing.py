"""Facts about an order in any order: the newest of each kind counts (R-DLV-06, R-ORD-50)."""

from __future__ import annotations

from services.delivery.domain.order import OrderStanding


def test_a_hold_that_is_no_news_changes_nothing() -> None:
    order = OrderStanding(order_id="ord_1")

    assert order.note_hold(2, held=True)
    assert not order.note_hold(2, held=False)
    assert not order.note_hold(1, held=False)
    assert order.hold_reasons == ["order"]
    assert order.note_hold(3, held=False)
    assert order.hold_reasons == []


def test_what_is_due_follows_the_newest_number() -> None:
    order = OrderStanding(order_id="ord_1")

    assert order.note_due(2, held=True)
    assert not order.note_due(2, held=False)
    assert not order.note_due(1, held=False)
    assert order.hold_reasons == ["payment_due"]


def test_goods_stay_while_one_payment_is_not_passed() -> None:
    order = OrderStanding(order_id="ord_1")

    assert order.note_review("pay_1", 2, passed=False)
    assert order.note_review("pay_2", 1, passed=True)
    assert order.hold_reasons == ["payment_review"]
    assert not order.note_review("pay_1", 2, passed=True)
    assert not order.note_review("pay_1", 1, passed=True)
    assert order.note_review("pay_1", 3, passed=True)
    assert order.hold_reasons == []
