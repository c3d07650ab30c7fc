"""Terms that orders are found by: the difference is written with the order, the beginnings of words are looked up (R-ORD-59)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, insert, or_, select, union

from services.orders.domain.search import Term
from services.orders.tables import ORDER_TAGS, ORDERS, SEARCH_TERMS
from services.orders.tables.catalogue import PRODUCTS
from shared.db.tx import Tx
from shared.language.digits import to_latin_digits

BEYOND: Final = "\U0010ffff"
"""After every text that begins alike; terms are compared byte by byte."""

_INSERT: Final = insert(SEARCH_TERMS)
_DELETE: Final = delete(SEARCH_TERMS).where(
    SEARCH_TERMS.c.order_id == bindparam("of_order"),
    SEARCH_TERMS.c.term == bindparam("gone"),
    SEARCH_TERMS.c.record_id == bindparam("of_record"),
)
_TAG: Final = insert(ORDER_TAGS)
_UNTAG: Final = delete(ORDER_TAGS).where(ORDER_TAGS.c.order_id == bindparam("of_order"), ORDER_TAGS.c.tag == bindparam("gone"))
_NAMED: Final = select(SEARCH_TERMS.c.record_id, SEARCH_TERMS.c.order_id, ORDERS.c.number).where(
    SEARCH_TERMS.c.term == bindparam("term"), ORDERS.c.id == SEARCH_TERMS.c.order_id
)
_PRODUCTS: Final = select(PRODUCTS.c.sku).where(or_(PRODUCTS.c.sku == bindparam("code"), PRODUCTS.c.barcode == bindparam("code"))).limit(2)


@dataclass(frozen=True, slots=True)
class Named:
    """A record with exactly this term, its order, and the order's number."""

    record_id: str
    order_id: str
    number: str | None


def write_terms(tx: Tx, order_id: str, before: AbstractSet[Term], after: AbstractSet[Term]) -> None:
    """Writes the difference; none: no statement."""
    gone, new = before - after, after - before
    if gone:
        tx.execute(_DELETE, [{"of_order": order_id, "of_record": record_id, "gone": term} for record_id, term in sorted(gone)])
    if new:
        tx.execute(_INSERT, [{"order_id": order_id, "record_id": record_id, "term": term} for record_id, term in sorted(new)])


def write_tags(tx: Tx, order_id: str, before: Collection[str], after: Collection[str]) -> None:
    """Writes the difference, digits as 0-9 (R-LNG-05); none: no statement."""
    old, present = ({to_latin_digits(tag) for tag in tags} for tags in (before, after))
    gone, new = old - present, present - old
    if gone:
        tx.execute(_UNTAG, [{"of_order": order_id, "gone": tag} for tag in sorted(gone)])
    if new:
        tx.execute(_TAG, [{"order_id": order_id, "tag": tag} for tag in sorted(new)])


def found_by(readings: Sequence[Sequence[str]], *, exact: bool = False) -> ColumnElement[bool]:
    """Orders that one of the readings fits: all its words are terms, or begin one unless `exact`."""
    if len(readings) == 1:
        # One after the other, so that a plan may begin with the rarest or, when all are common, with the list's own order.
        return and_(*(ORDERS.c.id.in_(_orders_with(word, exact=exact)) for word in readings[0]))
    fitting = []
    for words in readings:
        first, *others = (_orders_with(word, exact=exact) for word in words)
        fitting.append(first.where(*(SEARCH_TERMS.c.order_id.in_(other) for other in others)))
    return ORDERS.c.id.in_(union(*fitting))


def named(tx: Tx, term: str) -> list[Named]:
    """Every record with exactly this term."""
    return [Named(row.record_id, row.order_id, row.number) for row in tx.execute(_NAMED, {"term": term})]


def orders_found(tx: Tx, readings: Sequence[Sequence[str]], *, rows: int) -> list[str]:
    """Ids of at most `rows` orders that have exactly these terms."""
    statement = select(ORDERS.c.id).where(found_by(readings, exact=True)).limit(rows)
    return [row.id for row in tx.execute(statement)]


def products_coded(tx: Tx, code: str) -> list[str]:
    """Skus of products with this sku or barcode; at most two, which is one too many."""
    return [row.sku for row in tx.execute(_PRODUCTS, {"code": code})]


def _orders_with(word: str, *, exact: bool) -> Select[Any]:
    # As a range: LIKE with a parameter uses no index on either database.
    term = SEARCH_TERMS.c.term
    fits = (term == word,) if exact else (term >= word, term <= word + BEYOND)
    return select(SEARCH_TERMS.c.order_id).where(*fits)
