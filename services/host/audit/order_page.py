"""Some orders with all that the services know of them, for the invariants that compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.billing.domain.payment import Payment
from services.billing.domain.standing import Order as BillingOrder
from services.billing.store import audit as billing
from services.delivery.store import audit as delivery
from services.host.audit.look import Look
from services.notifications.store import audit as notifications
from services.orders.domain.order import CONFIRMED, Order
from services.orders.store import audit as orders
from services.orders.store.audit import Audited
from shared.contracts.shop_settings import InvoiceTrigger
from shared.db import audit as house
from shared.db.settings_copy import shop_settings

ORDERS_AT_ONCE: Final = 500
OF_ORDERS: Final = ("orders", "billing", "delivery", "notifications")
"""The services that know something of every order."""


@dataclass(frozen=True)
class OrderSeen:
    """One order, and what billing and delivery know of it. Read one after the other: what differs may still be on its way."""

    audited: Audited
    billing: BillingOrder | None
    """Without its content."""
    payments: Sequence[Payment]
    documents: Sequence[Any]
    line_sums: Mapping[str, tuple[int, int, int]]
    invoiced_units: Mapping[str, int]
    reservations: Sequence[Any]
    last_steps: Sequence[Any]
    triggers: InvoiceTrigger
    """As billing has the settings now."""
    now: datetime
    """Then everything older should have been heard."""

    @property
    def order(self) -> Order:
        """As orders has it."""
        return self.audited.purchase.order

    @property
    def confirmed(self) -> bool:
        """Whether it is binding."""
        return self.order.state == CONFIRMED


def order_pages(look: Look) -> Iterator[list[OrderSeen]]:
    """All orders, or those that the look is limited to."""
    for ids in _ids(look):
        audited = look.ask("orders", lambda tx, ids=ids: orders.orders_of(tx, ids))  # type: ignore[misc]
        look.counted["orders"] += len(audited)
        # Of a cart nobody else knows.
        known = [one.id for one in audited if one.purchase.order.number is not None]
        yield _seen(look, audited, known)


def _ids(look: Look) -> Iterator[list[str]]:
    if look.orders is None:
        for rows in look.pages("orders", orders.order_ids, rows=ORDERS_AT_ONCE):
            yield [row.id for row in rows]
        return
    for start in range(0, len(look.orders), ORDERS_AT_ONCE):
        yield list(look.orders[start : start + ORDERS_AT_ONCE])


def _seen(look: Look, audited: Sequence[Audited], ids: Sequence[str]) -> list[OrderSeen]:
    heads, payments, documents, sums, units, triggers = look.ask(
        "billing",
        lambda tx: (
            billing.heads_of(tx, ids),
            billing.payments_of(tx, ids),
            billing.documents_of(tx, ids),
            billing.line_sums_of(tx, ids),
            billing.invoiced_units_of(tx, ids),
            shop_settings(tx).billing.invoice_trigger,
        ),
    )
    reservations, last_steps = look.ask("delivery", lambda tx: (delivery.reservations_of(tx, ids), delivery.last_steps_of(tx, ids)))
    look.counted["payments"] += sum(len(some) for some in payments.values())
    return [
        OrderSeen(
            audited=one,
            billing=heads.get(one.id),
            payments=payments.get(one.id, ()),
            documents=documents.get(one.id, ()),
            line_sums=sums,
            invoiced_units=units.get(one.id, {}),
            reservations=reservations.get(one.id, ()),
            last_steps=last_steps.get(one.id, ()),
            triggers=triggers,
            now=look.settled("orders"),
        )
        for one in audited
    ]


def quiet_since(look: Look, order_ids: Sequence[str]) -> dict[str, datetime]:
    """When something happened to each of these orders last, by its timeline and its own history."""
    told = look.ask("notifications", lambda tx: notifications.last_events(tx, order_ids))
    moved = look.ask("orders", lambda tx: house.moved_at(tx, order_ids))
    return {order_id: max(at for at in (told.get(order_id), moved.get(order_id)) if at) for order_id in {*told, *moved}}
