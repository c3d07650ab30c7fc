"""The few statements that SQLAlchemy has no common form of for both dialects, made out of a table's own columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, TextClause, bindparam, select, text

from shared.db.keyset import count_of
from shared.db.tx import Tx


def insert_or(table: Table, tail: str) -> TextClause:
    """An insert of all columns that ends in `tail`, `ON CONFLICT (…) DO …`. On both dialects the tail is the same text."""
    columns = list(table.columns)
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(f":{column.name}" for column in columns)
    statement = text(f"INSERT INTO {table.name} ({names}) VALUES ({values}) {tail}")
    return statement.bindparams(*(bindparam(column.name, type_=column.type) for column in columns))


class KeysetList:
    """A list of a table's rows, newest id first, by what the caller filters; one statement for each set of filters, made once.

    `filters`: name in the query → column. A value with commas means one of several; `created_at[gte]`, `created_at[lt]` take one value.
    """

    def __init__(self, table: Table, filters: Mapping[str, ColumnElement[Any]], *conditions: ColumnElement[bool]) -> None:
        self.table, self.filters, self.conditions = table, dict(filters), conditions
        self._made = cache(self._make)

    def statement(self, names: Collection[str], *, after: bool) -> Select[Any]:
        """With these filters, from the start or after a row. Parameters: each filter's values as a list, `after`, `rows`."""
        return self._made(frozenset(names), after)

    def parameters(self, filters: Mapping[str, Any], *, after: Sequence[Any] | None, rows: int) -> dict[str, Any]:
        """The parameters of such a statement."""
        values: dict[str, Any] = {_parameter(name): value.split(",") if _in(name) else value for name, value in filters.items()}
        return values | ({"after": after[0]} if after else {}) | {"rows": rows}

    def count(self, tx: Tx, filters: Mapping[str, str]) -> int:
        """How many rows these filters leave."""
        return count_of(tx, self.statement(filters, after=False), self.parameters(filters, after=None, rows=0))

    def _make(self, names: frozenset[str], after: bool) -> Select[Any]:
        identity = self.table.c.id
        found = select(self.table).where(*self.conditions)
        for name in sorted(names):
            found = found.where(_condition(name, self.filters[name]))
        if after:
            found = found.where(identity < bindparam("after"))
        return found.order_by(identity.desc()).limit(bindparam("rows"))


def _in(name: str) -> bool:
    return not name.endswith("]")


def _parameter(name: str) -> str:
    return "filter_" + name.replace("[", "_").rstrip("]")


def _condition(name: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if _in(name):
        return column.in_(bindparam(_parameter(name), expanding=True))
    bound = bindparam(_parameter(name), type_=column.type)
    return column >= bound if name.endswith("[gte]") else column < bound
