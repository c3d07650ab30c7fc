"""A word of another service on an order: kept if it is the newest, and the order's standing derived from all of them."""

from __future__ import annotations

from services.orders.actions.closing import await_closing
from services.orders.actions.standing import settle
from services.orders.domain.parts import ARRIVAL, Part
from services.orders.domain.search import told_terms
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of, record_part
from services.orders.store.search import write_terms
from shared.db.tx import Tx


def note(tx: Tx, order_id: str, *found: Part) -> None:
    """Keeps `found` under the order's lock; older news than what is known changes nothing. Raises NotFound: the word is early."""
    purchase = lock_purchase(tx, order_id)
    known = parts_of(tx, order_id)
    kept = [part for part in found if record_part(tx, order_id, part)]
    if not kept:
        return
    parts = parts_of(tx, order_id)
    number = purchase.order.number
    write_terms(tx, order_id, told_terms(known, number=number), told_terms(parts, number=number))
    if any(part.kind == ARRIVAL for part in kept):
        await_closing(tx, purchase, parts)
    settle(tx, purchase, parts)
