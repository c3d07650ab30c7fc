"""Which kinds of orders a shop has, by their age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.host.demo.plan import Stage

ENDED_SHARES: Final[Mapping[Stage, float]] = {
    Stage.DELIVERED: 55,
    Stage.PAID_BY_WIRE: 14,
    Stage.TAKEN_BY_PHONE: 6,
    Stage.DECLINED_THEN_PAID: 5,
    Stage.OPEN_CART: 10,
    Stage.UNPAID: 4,
    Stage.DECLINED: 2,
    Stage.AWAITING_WIRE: 2,
    Stage.QUOTATION: 1.5,
    Stage.SHIPPED: 0.3,
    Stage.TO_BE_FETCHED: 0.1,
    Stage.PAID: 0.05,
    Stage.WAITING_STOCK: 0.05,
}
YOUNG_SHARES: Final[Mapping[Stage, float]] = {
    Stage.DELIVERED: 80,
    Stage.OPEN_CART: 10,
    Stage.SHIPPED: 3,
    Stage.AWAITING_WIRE: 2,
    Stage.WAITING_STOCK: 1,
    Stage.QUOTATION: 1,
    Stage.TO_BE_FETCHED: 0.5,
    Stage.DECLINED: 1,
}
FRESH_SHARES: Final[Mapping[Stage, float]] = {
    Stage.DELIVERED: 30,
    Stage.SHIPPED: 20,
    Stage.PAID: 10,
    Stage.PAID_BY_WIRE: 5,
    Stage.DECLINED_THEN_PAID: 3,
    Stage.TAKEN_BY_PHONE: 3,
    Stage.OPEN_CART: 15,
    Stage.AWAITING_WIRE: 5,
    Stage.WAITING_STOCK: 3,
    Stage.UNPAID: 2,
    Stage.DECLINED: 1,
    Stage.QUOTATION: 1,
    Stage.TO_BE_FETCHED: 1,
}
"""Of a hundred orders of that age so many are of that kind: long over, of the last weeks, of the last days."""
