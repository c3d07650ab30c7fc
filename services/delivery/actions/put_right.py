"""Stock whose figures are no longer what moves and reservations add up to: derived anew, and told."""

from __future__ import annotations

from services.delivery.actions.count import balance
from services.delivery.actions.stock import settle
from services.delivery.store.audit import wrong_places
from services.delivery.store.shelf import lock_shelf
from shared.db.tx import Tx
from shared.errors import NotFound


def put_stock_right(tx: Tx, sku: str) -> int:
    """Moves say what lies there, reservations what is promised (R-STK-01); returns how many places were wrong.

    All of it is told again, also when nothing was wrong: carts may have missed it. Raises NotFound for what was never counted.
    """
    shelf = lock_shelf(tx, {sku})
    wrong = {(row.sku, row.warehouse, row.location): row for row in wrong_places(tx, [sku])}
    places = {place.key: place for place in shelf.places(sku)}
    if not places and not wrong:
        raise NotFound(f"{sku} was never counted")
    for key, place in places.items():
        if key not in wrong:
            shelf.put_right(key, on_hand=place.on_hand, reserved=place.reserved, held=place.held)
    for key, row in wrong.items():
        shelf.put_right(key, on_hand=int(row.moved), reserved=int(row.firm), held=int(row.hold))
    balance(tx, shelf)
    settle(tx, shelf)
    return len(wrong)
