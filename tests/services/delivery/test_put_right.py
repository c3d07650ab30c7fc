"""Stock whose figures were spoilt is derived anew from moves and reservations, and told (R-STK-01)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.delivery.actions.put_right import put_stock_right
from shared.errors import NotFound
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.samples_delivery import confirmed, goods


def _spoil(delivery: DeliveryDriver, statement: str) -> None:
    delivery.given(lambda tx: tx.execute(text(statement)))


def test_figures_are_again_what_moves_and_reservations_add_up_to(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2)))
    _spoil(delivery, "UPDATE stock SET on_hand = 9, reserved = 1, held = 3")

    assert delivery.given(lambda tx: put_stock_right(tx, "mug")) == 1

    assert delivery.stock("mug") == (5, 2, 0)
    assert_promises_are_there(delivery)
    told = delivery.told_events("delivery.stock_changed")[-1]
    assert (told.on_hand, told.reserved, told.available) == (5, 2, 3)


def test_promises_that_the_moves_do_not_cover_are_taken_back(delivery: DeliveryDriver) -> None:
    """R-STK-12: as after a count that found less."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=4)))
    _spoil(delivery, "UPDATE stock_moves SET quantity = 3")

    delivery.given(lambda tx: put_stock_right(tx, "mug"))

    assert delivery.stock("mug") == (3, 3, 0)
    assert_promises_are_there(delivery)
    assert delivery.told("delivery.stock_short")


def test_right_figures_are_told_again_and_nothing_else_changes(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)

    assert delivery.given(lambda tx: put_stock_right(tx, "mug")) == 0

    assert delivery.stock("mug") == (5, 0, 0)
    assert len(delivery.told("delivery.stock_changed")) == 2


def test_what_was_never_counted_is_not_there(delivery: DeliveryDriver) -> None:
    with pytest.raises(NotFound):
        delivery.given(lambda tx: put_stock_right(tx, "mug"))
