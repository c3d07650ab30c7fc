"""What returns remembers of the facts it hears. Any of them may come first: each has a table of its own."""

from __future__ import annotations

from collections.abc import Iterable

from services.returns import store
from services.returns.domain.returnable import BoughtLine
from shared.contracts.delivery import DeliveryDone, ParcelDelivered
from shared.contracts.orders import OrderConfirmed, SettingsChanged
from shared.db import settings_copy
from shared.db.tx import Tx
from shared.values.clock import parse_rfc3339


def copy_order(event: OrderConfirmed, tx: Tx) -> None:
    """What was bought, with its flags and periods as they were then (R-RET-02)."""
    lines = [
        BoughtLine(line.line_id, position, line.sku, line.name, line.type, line.returnable, line.return_period_days)
        for position, line in enumerate(event.lines, start=1)
    ]
    store.copy_lines(tx, event.order_id, event.submission, lines)


def record_delivered(event: DeliveryDone, tx: Tx) -> None:
    """What left the house for good; earlier steps of a chain hand nothing over."""
    if event.last and event.order_id is not None:
        store.add_handed_over(tx, event.delivery_id, event.order_id, _per_line((line.line_id, line.done) for line in event.lines))


def record_arrival(event: ParcelDelivered, tx: Tx) -> None:
    """What reached the customer, and when: the period begins (R-DLV-16)."""
    if event.order_id is not None:
        units = _per_line((line.line_id, line.quantity) for line in event.lines)
        store.add_arrivals(tx, event.parcel_id, event.order_id, units, at=parse_rfc3339(event.at))


def copy_settings(event: SettingsChanged, tx: Tx) -> None:
    """The shop's settings have a new version."""
    settings_copy.copy_settings(tx, event.settings_version, event.values)


def _per_line(units: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line_id, quantity in units:
        if line_id is not None and quantity:
            found[line_id] = found.get(line_id, 0) + quantity
    return found
