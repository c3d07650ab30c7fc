"""A word of another service on an order: kept if it is the newest, and the order's standing derived from all of them."""

from __future__ import annotations

from functools import partial

from services.orders.actions.closing import await_closing
from services.orders.actions.standing import settle
from services.orders.domain.parts import ARRIVAL, Part, Parts
from services.orders.domain.search import told_terms
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import hear_parts, parts_of, record_parts
from services.orders.store.search import write_terms
from shared.db.tx import Tx


def note(tx: Tx, order_id: str, *found: Part) -> None:
    """Keeps `found` under the order's lock; older news than what is known changes nothing. Raises NotFound: the word is early.

    Whoever looks at the parts in this transaction finds them; written and settled they are once, at its end, however many
    facts it hears.
    """
    lock_purchase(tx, order_id)
    known = parts_of(tx, order_id)
    parts = known.with_news(found)
    if parts == known:
        return
    hear_parts(tx, order_id, parts)
    before: Parts = tx.locked.setdefault(f"parts written of {order_id}", known)
    tx.at_end(f"standing of {order_id}", partial(_stand_anew, order_id=order_id, before=before))


def _stand_anew(tx: Tx, *, order_id: str, before: Parts) -> None:
    purchase = lock_purchase(tx, order_id)
    parts = parts_of(tx, order_id)
    news = parts.news_to(before)
    record_parts(tx, order_id, news)
    number = purchase.order.number
    write_terms(tx, order_id, told_terms(before, number=number), told_terms(parts, number=number))
    if any(part.kind == ARRIVAL for part in news):
        await_closing(tx, purchase, parts)
    settle(tx, purchase, parts)
