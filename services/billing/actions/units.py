"""Units that the customer has, and units that nobody will get, kept until they are invoiced or given back."""

from __future__ import annotations

from typing import Final

from services.billing.actions.capturing import capture_if_handed_over
from services.billing.domain.invoice_plan import value_of_highest
from services.billing.domain.standing import Standing
from services.billing.store import invoices as invoices_store
from services.billing.store import orders as store
from services.billing.store.payments import lock_standing
from shared.contracts.billing import RefundProposed
from shared.contracts.delivery import DeliveryDone, UnitsCancelled
from shared.contracts.orders import OrderContent
from shared.db.tx import Tx

OUTGOING: Final = "outgoing"


def keep_hand_over(tx: Tx, event: DeliveryDone) -> bool:
    """Keeps what was handed over, also of an order that is not confirmed here yet. False: nothing of it is to be invoiced.

    The order whose invoices hold all of it, most are paid before, costs one look and no lock: what is closed stays closed.
    """
    if not event.last or event.kind != OUTGOING or event.order_id is None or invoices_store.is_closed(tx, event.order_id):
        return False
    order = store.lock_order(tx, event.order_id)
    units: dict[str, int] = {}
    for line in event.lines:
        if line.line_id is not None and line.done:
            units[line.line_id] = units.get(line.line_id, 0) + line.done
    order.hand_overs[event.delivery_id] = {"at": event.done_at, "units": units}
    store.save_order(tx, order)
    return True


def keep_cancelled(tx: Tx, event: UnitsCancelled) -> None:
    """Keeps the units that no invoice will take, proposes to give back what was paid of them, and takes what they kept waiting."""
    standing = lock_standing(tx, event.order_id)
    units: dict[str, int] = {}
    for line in event.lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    standing.order.cancelled_units[event.fact] = {"reason": event.reason, "units": units}
    propose_refunds(tx, standing)
    store.save_order(tx, standing.order)
    capture_if_handed_over(tx, standing)


def propose_refunds(tx: Tx, standing: Standing) -> None:
    """Values the cancelled units as soon as the order is known, and tells what was paid for those that were short.

    The order is saved by who asks.
    """
    order = standing.order
    unvalued = [fact for fact, cancelled in order.cancelled_units.items() if "value" not in cancelled]
    if order.content is None or not unvalued:
        return
    content = OrderContent.model_validate(order.content)
    for fact in unvalued:
        cancelled, before = order.cancelled_units[fact], _units_valued(standing)
        cancelled["value"] = value_of_highest(content, cancelled["units"], before)
        paid_too_much = min(cancelled["value"], max(0, standing.captured - (order.total - order.cancelled_value)))
        if cancelled["reason"] == "shortage" and paid_too_much:
            tx.publish(
                RefundProposed(
                    order_id=order.order_id,
                    number=order.number,
                    proposed_for=fact,
                    amount=standing.precision.format(paid_too_much),
                    currency=order.currency,
                    reason="shortage",
                )
            )


def _units_valued(standing: Standing) -> dict[str, int]:
    found: dict[str, int] = {}
    for cancelled in standing.order.cancelled_units.values():
        if "value" in cancelled:
            for line_id, quantity in cancelled["units"].items():
                found[line_id] = found.get(line_id, 0) + quantity
    return found
