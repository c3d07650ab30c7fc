"""A mould: all rows of one pattern as lines of COPY, with holes where each copy of the order is another.

Holes are ids, numbers, who ordered, and every minute and day. A copy is a list of texts for the holes and one `%` for each table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import phonenumbers
from sqlalchemy import Table

from benchmarks.patterns import ULID, Pattern, Row
from services.host.roster import ROSTER
from services.orders.domain.catalogue import searchable

Hole = tuple[str, int]
TableName = tuple[str, str]
BASE32: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COUNTED: Final = frozenset({"history", "events", "parcel_events"})
"""Tables whose ids the database counts by itself."""
TIMELINE_ROWS: Final = 10
"""An order that is over keeps its ten shortest: a whole timeline fills the disk thrice over, and makes no query harder."""
_PLACEHOLDER: Final = re.compile("\ue000([0-9]+)\ue001")
_INSTANT: Final = re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?=:\d\d)")
_DAY: Final = re.compile(r"\b(\d{4}-\d\d-\d\d)\b(?!T)")
_REFERENCE: Final = re.compile(r"\b((?:pi|ch|evt|re)_[0-9a-f]{14})[0-9a-f]{10}\b")


@dataclass(frozen=True)
class Mould:
    """`holes` say what fills them; `lines` are the tables' text and which hole comes when."""

    pattern: Pattern
    holes: Sequence[Hole]
    lines: Mapping[TableName, tuple[str, Sequence[int]]]
    deliveries: int
    invoices: int
    issued_after: timedelta
    told: int
    """The most rows of one service's `told`."""


def mould_of(pattern: Pattern) -> Mould:
    """The order's rows; of one that has ended only what a shop of that age would still need."""
    rows = _slim(pattern.rows) if pattern.ended else pattern.rows
    caster = _Caster(pattern, rows)
    lines = {table: caster.table(table, found) for table, found in rows.items()}
    return Mould(
        pattern,
        caster.holes,
        lines,
        deliveries=len(caster.deliveries),
        invoices=len(caster.invoices),
        issued_after=max((row["issued_at"] - pattern.order["created_at"] for row in _posted(rows)), default=timedelta()),
        told=max((len(found) for (_, table), found in rows.items() if table == "told"), default=0),
    )


def account_mould(pattern: Pattern) -> Mould:
    """The row of the account that this pattern was ordered by."""
    assert pattern.account is not None
    table = ("orders", "customers")
    caster = _Caster(pattern, {table: [pattern.account]})
    line = caster.table(table, [pattern.account])
    return Mould(pattern, caster.holes, {table: line}, deliveries=0, invoices=0, issued_after=timedelta(), told=0)


def cast(mould: Mould, fillings: Mapping[str, Callable[[int], str]]) -> list[str]:
    """The texts of a copy, hole by hole."""
    return [fillings[kind](which) for kind, which in mould.holes]


def columns_of(table: TableName) -> list[str]:
    """The columns that COPY is given."""
    return [str(column.name) for column in _table(table).columns if not (table[1] in COUNTED and column.primary_key)]


def copy_text(table: TableName, rows: Iterable[Row]) -> str:
    """Rows as lines of COPY."""
    names = columns_of(table)
    return "".join("\t".join(_cell(row[name]) for name in names) + "\n" for row in rows)


class _Caster:
    """Makes the holes of one pattern."""

    def __init__(self, pattern: Pattern, rows: Mapping[TableName, Sequence[Row]]) -> None:
        self.holes: list[Hole] = []
        self._known: dict[Hole, str] = {}
        self._pattern = pattern
        self._minute = pattern.order["created_at"].replace(second=0, microsecond=0, tzinfo=None)
        account = pattern.account["id"] if pattern.account else None
        named = [found for of_table in rows.values() for row in of_table for found in ULID.finditer(repr(row))]
        ids = {found.group(2) for found in named if found.group() != account}
        self._account = account
        self._rank = {ulid: rank for rank, ulid in enumerate(sorted(ids))}
        self.deliveries = [row["number"] for row in rows.get(("delivery", "deliveries"), ())]
        self.invoices = [row["number"] for row in _posted(rows)]
        self._texts = self._replacements()
        self._told = 0

    def table(self, table: TableName, rows: Sequence[Row]) -> tuple[str, Sequence[int]]:
        text = copy_text(table, [self._told_anew(table, rank, row) for rank, row in enumerate(rows)])
        text = self._holed(text, terms=table[1] == "search_terms", due=table[1] == "timers")
        found = [int(index) for index in _PLACEHOLDER.findall(text)]
        return _PLACEHOLDER.sub("%s", text.replace("%", "%%")), found

    def _told_anew(self, table: TableName, rank: int, row: Row) -> Row:
        # What no other copy may have, and stands in no text.
        match table:
            case (_, "told"):
                return {**row, "id": _Raw(self._hole("told", rank))}
            case ("delivery", "delivery_numbers"):
                return {**row, "serial": _Raw(self._hole("delivery", rank))}
            case ("orders", "order_numbers"):
                return {**row, "id": _Raw(self._hole("number", 0))}
            case ("orders", "orders"):
                print_ = row["fingerprint"]
                return {**row, "test": False, "fingerprint": print_ and _Raw(self._hole("hex", 0) + print_[10:])}
            case _:
                return row

    def _replacements(self) -> list[tuple[str, str]]:
        pattern = self._pattern
        national = phonenumbers.national_significant_number(phonenumbers.parse(pattern.phone))
        first, *_, last = words = pattern.name.split()
        name = " ".join([self._hole("first", 0), *words[1:-1], self._hole("last", 0)])
        found = [(pattern.email, self._hole("email", 0)), (pattern.name, name)]
        found.append((national, national[:2] + self._hole("phone", len(national) - 2)))
        for rank, number in enumerate(self.deliveries):
            found += [(number, "DO" + self._hole("delivery6", rank)), (number.lower(), "do" + self._hole("delivery6", rank))]
        for rank, number in enumerate(self.invoices):
            found += [(number, "INV/" + self._hole("invoice", rank)), (number.lower(), "inv/" + self._hole("invoice", rank))]
        if number := pattern.order["number"]:
            found += [(number, "SO" + self._hole("number6", 0)), (number.lower(), "so" + self._hole("number6", 0))]
        self._words = {searchable(first): self._hole("first_term", 0), searchable(last): self._hole("last_term", 0)}
        return found

    def _holed(self, text: str, *, terms: bool, due: bool) -> str:
        if self._account is not None:
            text = text.replace(self._account, "cus_" + self._hole("account", 0))
        text = ULID.sub(self._id, text)
        text = _REFERENCE.sub(lambda found: found.group(1) + self._hole("hex", 0), text)
        for whole, holed in self._texts:
            text = text.replace(whole, holed)
        text = _INSTANT.sub(lambda found: self._instant(found, due=due), text)
        text = _DAY.sub(lambda found: self._hole("day", (datetime.fromisoformat(found.group(1)) - self._minute).days), text)
        if terms:
            cells = [line.split("\t") for line in text.splitlines()]
            text = "".join("\t".join(self._words.get(cell, cell) for cell in line) + "\n" for line in cells)
        return text

    def _id(self, found: re.Match[str]) -> str:
        if found.group(2) not in self._rank:
            return found.group()
        high, low = divmod(self._rank[found.group(2)], 32)
        return f"{found.group(1)}_{self._hole('time', 0)}{BASE32[high]}{BASE32[low]}{found.group(2)[12:]}"

    def _instant(self, found: re.Match[str], *, due: bool) -> str:
        at = datetime.fromisoformat(f"{found.group(1)}T{found.group(2)}")
        return self._hole("due" if due else "minute", int((at - self._minute).total_seconds()) // 60)

    def _hole(self, kind: str, which: int) -> str:
        hole = (kind, which)
        if hole not in self._known:
            self._known[hole] = f"\ue000{len(self.holes)}\ue001"
            self.holes.append(hole)
        return self._known[hole]


class _Raw(str):
    """A text that stands in COPY as it is."""


def _slim(rows: Mapping[TableName, Sequence[Row]]) -> dict[TableName, Sequence[Row]]:
    """Ten rows of the timeline, one mail by its subject; nothing of what is kept for some days only."""
    mails = [{**row, "text": None, "html": None} for row in rows.get(("notifications", "notifications"), ())][:1]
    sent = {row["id"] for row in mails}
    found: dict[TableName, Sequence[Row]] = {("notifications", "notifications"): mails}
    for table, of_table in rows.items():
        match table[1]:
            case "told" | "inbox" | "provider_events" | "notifications":
                continue
            case "events":
                shortest = sorted(of_table, key=lambda row: len(repr(row["envelope"])))[:TIMELINE_ROWS]
                found[table] = sorted(shortest, key=lambda row: int(row["position"]))
            case "history":
                found[table] = [row for row in of_table if row["record_type"] != "notification" or row["record_id"] in sent]
            case "attempts" | "mail_keys":
                found[table] = [row for row in of_table if row["notification_id"] in sent]
            case _:
                found[table] = of_table
    return {table: of_table for table, of_table in found.items() if of_table}


def _posted(rows: Mapping[TableName, Sequence[Row]]) -> list[Row]:
    return [row for row in rows.get(("billing", "invoices"), ()) if row["number"]]


def _table(table: TableName) -> Table:
    return ROSTER[table[0]].metadata.tables[table[1]]


def _cell(value: Any) -> str:
    match value:
        case None:
            return "\\N"
        case _Raw():
            return str(value)
        case bool():
            return "t" if value else "f"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case bytes():
            return "\\\\x" + value.hex()
        case dict() | list() | tuple():
            value = orjson.dumps(value).decode()
        case _:
            value = str(value)
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
