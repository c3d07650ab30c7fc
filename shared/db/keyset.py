"""Pages of a list by its key: a page begins where the one before ended, never at a count of rows (R-ORD-60)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select, tuple_

from shared.db.tx import Tx


def page_of(
    statement: Select[Any], place: Sequence[ColumnElement[Any]], *, after: Sequence[Any] | None, rows: int, rising: bool = False
) -> Select[Any]:
    """The next `rows` of a list that is ordered by `place`, falling unless `rising`. `after` is the place of the last row shown."""
    if after is not None:
        last = tuple_(*(literal(value, column.type) for value, column in zip(after, place, strict=True)))
        statement = statement.where(tuple_(*place) > last if rising else tuple_(*place) < last)
    return statement.order_by(*(place if rising else [column.desc() for column in place])).limit(rows)


def count_of(tx: Tx, statement: Select[Any], parameters: Mapping[str, Any] | None = None) -> int:
    """How many rows all pages of a list have together: for `include=count` only, it looks at every one."""
    matching = statement.with_only_columns(literal_column("1"), maintain_column_froms=True).order_by(None).limit(None).subquery()
    return int(tx.execute(select(func.count()).select_from(matching), parameters).scalar_one())
