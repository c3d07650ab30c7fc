"""The rows of all services at one moment, as values: what the checks are about, and what a refused command leaves as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import orjson

Row = dict[str, Any]
HOUSE: Final = ("history", "outbox", "told", "dead_letters")
LOOKED_AT: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("orders", "order_lines", "order_discounts", "parts", *HOUSE),
    "billing": ("orders", "payments", "receipts", "provider_events", "invoices", "invoice_lines", "invoice_series", *HOUSE),
    "delivery": (
        *("orders", "stock", "stock_moves", "reservations", "reservation_lines", "deliveries", "delivery_lines", "parcels"),
        *HOUSE,
    ),
    "returns": ("orders", "order_lines", "handed_over", "arrivals", *HOUSE),
    "notifications": ("events", "notifications", "tasks", *HOUSE),
}
ORDERED: Final = frozenset({"history", "outbox", "told", "payments", "deliveries", "invoices", "parcels", "dead_letters"})
"""Tables whose rows come in the order of their ids."""
_JSON: Final = frozenset({"values", "tax_lines", "content", "cancelled_units", "hand_overs", "received", "hearers", "failure"})
_TRUE_OR_FALSE: Final = frozenset({"orphaned", "last", "pickup", "waits", "due_held", "review_open", "staff_priced", "closes"})


@dataclass(frozen=True)
class Picture:
    """By service and table. JSON columns are read and truth is true, whatever the database keeps them as."""

    rows: Mapping[str, Mapping[str, list[Row]]]
    _groups: dict[tuple[str, str, str], dict[Any, list[Row]]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for tables in self.rows.values():
            for rows in tables.values():
                for row in rows:
                    _read(row)

    def of(self, service: str, table: str) -> list[Row]:
        """All rows of a table."""
        return self.rows[service][table]

    def by(self, service: str, table: str, column: str) -> dict[Any, list[Row]]:
        """The same, by the value of a column."""
        key = (service, table, column)
        if key not in self._groups:
            found: dict[Any, list[Row]] = {}
            for row in self.of(service, table):
                found.setdefault(row[column], []).append(row)
            self._groups[key] = found
        return self._groups[key]

    def some(self, service: str, table: str, **values: Any) -> list[Row]:
        """Those rows that have these values."""
        return [row for row in self.of(service, table) if all(row[name] == value for name, value in values.items())]

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What a refusal must leave as it is, and how much was told until now."""
        untouched = {
            f"{service}.{table}": sorted(map(str, rows))
            for service, tables in self.rows.items()
            for table, rows in tables.items()
            if table not in HOUSE and service != "notifications"
        }
        return untouched | {f"{service}.told": len(tables["told"]) for service, tables in self.rows.items()}


def _read(row: Row) -> None:
    for name in row.keys() & _JSON:
        if isinstance(row[name], str):
            row[name] = orjson.loads(row[name])
    for name in row.keys() & _TRUE_OR_FALSE:
        row[name] = bool(row[name])
