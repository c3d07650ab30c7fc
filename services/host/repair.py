"""What repairs an installation, as `cartwright audit` names it: facts told again, figures derived anew. All of it is safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from services.billing.actions.allocation import settle_invoices
from services.billing.actions.invoicing import issue_invoices_if_due
from services.billing.store.orders import get_order
from services.billing.store.payments import lock_standing
from services.delivery.actions.put_right import put_stock_right
from services.host.roster import ROSTER
from services.host.start import bus_of, database_of
from services.orders.actions.confirm import confirm_if_paid
from services.orders.actions.standing import settle
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.db.audit import told_of
from shared.errors import NotFound, Unavailable
from shared.messaging.bus import Bus, Message, message_of
from shared.messaging.hearing import BULK_TASK, TIMELINE_QUEUE
from shared.service import routes
from shared.settings import Environment

TIMELINE: Final = "timeline"


def retell(environment: Environment, teller: str, what: str, hearer: str) -> int:
    """Hands what `teller` told, a fact or all of a record, to `hearer` again: a service, or the timeline.

    Whoever has heard it does nothing. Raises NotFound when nothing of that name was told within 14 days, or nobody there hears it;
    Unavailable when the broker does not take it.
    """
    db = database_of(teller, environment, pool_size=1)
    with db.read() as tx:
        facts = told_of(tx, what)
    db.dispose()
    messages = [message for fact in facts for message in _messages(fact, hearer)]
    if not messages:
        raise NotFound(f"{teller} has told nothing of {what} that {hearer} hears")
    bus = bus_of(environment, [])
    try:
        _publish(bus, messages)
    finally:
        bus.close()
    print(f"told again: {len(messages)}")
    return 0


def _messages(fact: Any, hearer: str) -> list[Message]:
    route = routes(ROSTER)[fact.name]
    if hearer == TIMELINE:
        if not route.recorded:
            return []
        return [
            message_of(queue=TIMELINE_QUEUE, task=BULK_TASK, key=fact.event_id, label=fact.label, envelopes=[fact.envelope], bundle=True)
        ]
    return [
        message_of(queue=to.queue, task=to.task, key=f"{fact.fact}|{to.key}", label=f"{fact.label}: {to.label}", envelopes=[fact.envelope])
        for to in route.destinations
        if to.task.partition(".")[0] == hearer
    ]


def _publish(bus: Bus, messages: Sequence[Message]) -> None:
    if len(bus.publish(messages)) != len(messages):
        raise Unavailable("the broker did not take all of it; the same command again is safe")


def rederive_order(environment: Environment, order_id: str) -> int:
    """Writes an order's sums and statuses as its facts lead to them, confirms it if its money is there, gives its invoices their money
    and makes those that are due. Raises NotFound."""
    db = database_of("orders", environment, pool_size=1)
    with db.begin() as tx:
        purchase = lock_purchase(tx, order_id)
        settle(tx, purchase, parts_of(tx, order_id))
        confirm_if_paid(tx, purchase)
    db.dispose()
    db = database_of("billing", environment, pool_size=1)
    with db.begin() as tx:
        if get_order(tx, order_id) is not None:
            issue_invoices_if_due(tx, order_id)
            settle_invoices(tx, lock_standing(tx, order_id))
    db.dispose()
    print(f"{order_id}: derived anew")
    return 0


def rederive_stock(environment: Environment, sku: str) -> int:
    """Writes a sku's figures as its moves and reservations add up to them, and tells them. Raises NotFound."""
    db = database_of("delivery", environment, pool_size=1)
    with db.begin() as tx:
        wrong = put_stock_right(tx, sku)
    db.dispose()
    print(f"{sku}: {wrong} places put right")
    return 0
