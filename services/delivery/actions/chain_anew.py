"""Delivering what was called off after all."""

from __future__ import annotations

from dataclasses import replace

from services.delivery.actions.chains import add_chain
from services.delivery.actions.reserve import firm_reservation, tell_portion
from services.delivery.actions.stock import settle
from services.delivery.domain.chain import STEPS, Portion
from services.delivery.domain.delivery import Delivery
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.values.clock import rfc3339


def deliver_anew(tx: Tx, order_id: str) -> list[Delivery]:
    """A chain for each that was called off and has none in its place (A1), with the steps and policies of today; returns them.

    Empty when all goods are in a chain; of a cancelled order nothing is delivered. Raises NotFound.
    """
    ended = lock_order(tx, order_id).ended_submission
    firm_ones = {found.id: found for found in reservations.of_order(tx, order_id) if found.kind == "firm"}
    replaced = {found.portion for found in firm_ones.values()}
    known = deliveries.of_order(tx, order_id)
    if not known:
        raise NotFound(f"nothing of order {order_id} was ever to be delivered")
    called_off = [found for found in known if found.outgoing and found.last and found.state == "cancelled" and found.submission > ended]
    called_off = [found for found in called_off if _portion(found) not in replaced]
    if not called_off:
        return []
    lines = deliveries.lines_of(tx, [found.id for found in called_off])
    shelf = lock_shelf(tx, {line.sku for own in lines.values() for line in own})
    settings = shop_settings(tx).delivery
    made: list[Delivery] = []
    for old in called_off:
        own = lines[old.id]
        pieces = [piece for line in own for piece in shelf.promise("firm", line.order_line_id, line.sku, line.quantity)]
        portion = Portion(_portion(old), {line.order_line_id: line.quantity for line in own}, pieces)
        before = firm_ones[old.reservation_id]
        confirmed_at = rfc3339(before.confirmed_at or before.created_at)
        firm = firm_reservation(tx, order_id, old.submission, portion, confirmed_at=confirmed_at)
        reservations.add_firm(tx, firm, pieces)
        tell_portion(tx, firm, pieces, {line.order_line_id: line.sku for line in own})
        model = replace(old, shipping_policy=settings.shipping_policy, backorder_policy=settings.backorder_policy)
        made += [delivery for delivery, _ in add_chain(tx, model, STEPS[settings.steps], own, firm=firm, pieces=pieces)]
    settle(tx, shelf)
    return made


def _portion(called_off: Delivery) -> str:
    return f"anew:{called_off.reservation_id}"
