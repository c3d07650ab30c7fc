"""A table whose rows are one kind of record: the few statements that every store needs, built once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import JSON, ColumnElement, Row, Select, Table, Update, bindparam, insert, select, update

from shared.db.base import dumps
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.lifecycle import Record

R = TypeVar("R", bound=Record)
_NO_COLUMNS: Final = frozenset({"moves", "stored"})
_KEYS: Final = frozenset({"id", "seq"})


class LostUpdate(RuntimeError):
    """The row changed under a record that was read without its lock: a bug of the store."""


class Rows(Generic[R]):
    """Statements between a table and its record class, whose fields have the columns' names.

    `order_id` names the field with the order the record belongs to, for history.
    """

    def __init__(self, table: Table, record: type[R], *, order_id: str | None = "order_id") -> None:
        self.table = table
        self.record = record
        self.order_id = order_id
        self.names = [str(column.name) for column in table.columns]
        self._json = [position for position, column in enumerate(table.columns) if isinstance(column.type, JSON)]
        missing = set(self.names) ^ {field.name for field in dataclasses.fields(record) if field.name not in _NO_COLUMNS}
        if missing:
            raise TypeError(f"{record.__name__} and table {table.name} differ in {sorted(missing)}")
        self.by_id: Select[Any] = select(table).where(table.c.id == bindparam("id"))
        self.locked_by_id: Select[Any] = self.by_id.with_for_update()
        self._insert = insert(table)
        self._updates: dict[frozenset[str], Update] = {}

    def from_row(self, tx: Tx, row: Row[Any]) -> R:
        """The record of a selected row, watched by the transaction."""
        record = self.record(**dict(zip(self.names, row, strict=True)))
        record.stored = self._as_stored(row)
        tx.watch(record)
        return record

    def lock(self, tx: Tx, record_id: str) -> R:
        """The record, locked until the end of the transaction. Raises NotFound."""
        return self._one(tx, self.locked_by_id, record_id)

    def get(self, tx: Tx, record_id: str) -> R:
        """The record, for reading. Raises NotFound."""
        return self._one(tx, self.by_id, record_id)

    def _one(self, tx: Tx, statement: Select[Any], record_id: str) -> R:
        row = tx.execute(statement, {"id": record_id}).one_or_none()
        if row is None:
            raise NotFound(f"there is no {self.record.LIFECYCLE.name} {record_id}")
        return self.from_row(tx, row)

    def where(self, *conditions: ColumnElement[bool], order_by: Sequence[Any] = (), lock: bool = False) -> Select[Any]:
        """A statement over the table's columns in the record's order, to be built once and run by `all` or `first`."""
        statement = select(self.table).where(*conditions).order_by(*(order_by or (self.table.c.id,)))
        return statement.with_for_update() if lock else statement

    def all(self, tx: Tx, statement: Select[Any], parameters: Mapping[str, Any] | None = None) -> list[R]:
        """The records of a statement made by `where`."""
        return [self.from_row(tx, row) for row in tx.execute(statement, parameters)]

    def first(self, tx: Tx, statement: Select[Any], parameters: Mapping[str, Any] | None = None) -> R | None:
        """The first record of a statement made by `where`, or None."""
        row = tx.execute(statement.limit(1), parameters).one_or_none()
        return None if row is None else self.from_row(tx, row)

    def insert(self, tx: Tx, record: R) -> None:
        """A new row. The step that made the record (`record.begin`) becomes history."""
        record.seq = 1
        tx.execute(self._insert, self._values(record))
        tx.remember(record, order_id=self._order_of(record))

    def insert_all(self, tx: Tx, records: Sequence[R]) -> None:
        """New rows in one statement; else as `insert`. No records: nothing."""
        for record in records:
            record.seq = 1
        if records:
            tx.execute(self._insert, [self._values(record) for record in records])
        for record in records:
            tx.remember(record, order_id=self._order_of(record))

    def save(self, tx: Tx, record: R) -> None:
        """Writes what changed of a locked record and raises its `seq`. Raises LostUpdate."""
        changed = {"seq": record.seq + 1} | self._changes(record)
        statement = self._update_of(frozenset(changed))
        if tx.execute(statement, changed | {"key_id": record.id, "key_seq": record.seq}).rowcount != 1:
            raise LostUpdate(f"{self.record.LIFECYCLE.name} {record.id} is no longer at {record.seq}")
        record.seq += 1
        record.stored = self._as_stored([getattr(record, name) for name in self.names])
        tx.remember(record, order_id=self._order_of(record))

    def _changes(self, record: R) -> dict[str, Any]:
        values = [getattr(record, name) for name in self.names]
        if record.stored is None:
            return {name: value for name, value in zip(self.names, values, strict=True) if name not in _KEYS}
        now = self._as_stored(values)
        return {
            name: value
            for name, value, after, before in zip(self.names, values, now, record.stored, strict=True)
            if name not in _KEYS and after != before
        }

    def _as_stored(self, values: Sequence[Any]) -> Sequence[Any]:
        # JSON as text: what is changed in place would change what it is compared with.
        if not self._json:
            return values
        stored = list(values)
        for position in self._json:
            stored[position] = dumps(stored[position])
        return stored

    def _update_of(self, names: frozenset[str]) -> Update:
        # A record's moves are few, so are these statements; one over all columns costs the driver 0.4 ms to read each time.
        if names not in self._updates:
            key = (self.table.c.id == bindparam("key_id"), self.table.c.seq == bindparam("key_seq"))
            self._updates[names] = update(self.table).where(*key).values({name: bindparam(name) for name in sorted(names)})
        return self._updates[names]

    def _values(self, record: R) -> dict[str, Any]:
        return {name: getattr(record, name) for name in self.names}

    def _order_of(self, record: R) -> str | None:
        return record.id if self.order_id == "id" else getattr(record, self.order_id) if self.order_id else None
