"""How an order's goods are split into chains (R-ORD-68)."""

from __future__ import annotations

import pytest

from services.delivery.domain.chain import may_split, seller_of, split_goods, warehouse_of
from services.delivery.domain.shelf import Piece, Wanted

LINES = [Wanted("l1", "MUG", 3), Wanted("l2", "CUP", 1)]
PIECES = [Piece("l1", "MUG", "east", "A", 1), Piece("l1", "MUG", "west", "A", 1), Piece("l2", "CUP", "west", "A", 1)]
SELLERS = {"l1": "leaf", "l2": None}


@pytest.mark.parametrize(
    ("sellers", "pieces", "split"),
    [
        ({"l1": "leaf", "l2": "leaf"}, PIECES[1:], False),
        ({"l1": "leaf", "l2": None}, PIECES[1:], True),
        ({"l1": "leaf", "l2": "leaf"}, PIECES, True),
        ({}, [], False),
    ],
)
def test_the_rule_matters_for_goods_of_two_sellers_or_two_warehouses(
    sellers: dict[str, str | None], pieces: list[Piece], split: bool
) -> None:
    assert may_split(sellers, pieces) is split


def test_goods_that_are_not_split_go_one_way() -> None:
    [portion] = split_goods(LINES, PIECES, sellers=SELLERS, split_by="none")

    assert (portion.code, portion.wanted, portion.pieces) == ("", {"l1": 3, "l2": 1}, PIECES)


def test_each_seller_sends_their_own() -> None:
    portions = split_goods(LINES, PIECES, sellers=SELLERS, split_by="seller")

    assert [(portion.code, portion.wanted, portion.pieces) for portion in portions] == [
        ("seller:", {"l2": 1}, PIECES[2:]),
        ("seller:leaf", {"l1": 3}, PIECES[:2]),
    ]


def test_each_warehouse_sends_what_lies_there_and_the_first_what_lies_nowhere() -> None:
    portions = split_goods(LINES, PIECES, sellers=SELLERS, split_by="warehouse")

    assert [(portion.code, portion.wanted, portion.pieces) for portion in portions] == [
        ("warehouse:east", {"l1": 2}, PIECES[:1]),
        ("warehouse:west", {"l1": 1, "l2": 1}, PIECES[1:]),
    ]


def test_goods_that_lie_nowhere_wait_in_the_main_warehouse() -> None:
    [portion] = split_goods(LINES[:1], [], sellers=SELLERS, split_by="warehouse")

    assert (portion.code, portion.wanted, portion.pieces) == ("warehouse:main", {"l1": 3}, [])
    assert (warehouse_of([]), warehouse_of(PIECES)) == ("main", "east")


def test_a_delivery_is_a_sellers_when_all_its_lines_are() -> None:
    assert (seller_of(["leaf", "leaf"]), seller_of(["leaf", None]), seller_of([None])) == ("leaf", None, None)
