"""What a hand-over leaves behind: it follows in a chain of its own, or nobody will get it (A8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.delivery.actions import facts
from services.delivery.actions.chains import add_chain
from services.delivery.actions.reserve import firm_reservation, tell_portion
from services.delivery.actions.stock import serve_waiting, tell_reserved
from services.delivery.domain.chain import Portion
from services.delivery.domain.delivery import Delivery, DeliveryLine, Demand
from services.delivery.domain.handover import reduced
from services.delivery.domain.shelf import Piece, Shelf
from services.delivery.errors import BackorderDecisionNeeded
from services.delivery.store import deliveries, reservations
from shared.contracts.delivery import DeliveryBackordered, StockLine, UnitsCancelled
from shared.db.tx import Tx
from shared.values.clock import rfc3339


@dataclass
class Work:
    """An order's open deliveries and their lines, locked with their shelf; kept true while one of them is handed over."""

    shelf: Shelf
    deliveries: dict[str, Delivery]
    lines: dict[str, list[DeliveryLine]]

    def next_of(self, delivery: Delivery) -> Delivery:
        """The step that waits for this one."""
        return next(found for found in self.deliveries.values() if found.previous_id == delivery.id and found.outgoing)

    def following(self, delivery: Delivery) -> list[Delivery]:
        """All steps after this one."""
        found: list[Delivery] = []
        while not delivery.last:
            delivery = self.next_of(delivery)
            found.append(delivery)
        return found

    def remaining(self, done: Delivery) -> list[DeliveryLine]:
        """What is still to reach the customer, over all chains of the order."""
        last_steps = [found for found in self.deliveries.values() if found.last and found.id != done.id]
        return [line for found in last_steps for line in self.lines[found.id]]


def leave_behind(
    tx: Tx,
    work: Work,
    demand: Demand,
    units: Mapping[str, int],
    rest: Mapping[str, int],
    left: Sequence[Piece],
    *,
    backorder: bool | None,
) -> None:
    """The delivery goes without `rest`; `left` are the pieces that were reserved for it, already taken from the demand.

    `backorder` None: as the policy frozen on the delivery says. Raises BackorderDecisionNeeded.
    """
    delivery, lines = demand.delivery, list(demand.lines)
    if backorder is None:
        if delivery.backorder_policy == "ask":
            raise BackorderDecisionNeeded(delivery.number, sum(rest.values()))
        backorder = delivery.backorder_policy == "always"
    steps = [delivery, *work.following(delivery)]
    for later in steps[1:]:
        before = work.lines[later.id]
        work.lines[later.id] = reduced(before, units)
        deliveries.reduce_lines(tx, before, work.lines[later.id])
    reservations.replace_pieces(tx, demand.reservation.id, demand.pieces)
    demand.reservation.wanted = dict(units)
    tell_reserved(tx, Demand(delivery, demand.reservation, reduced(lines, units), demand.pieces))

    behind = reduced(lines, rest)
    if backorder:
        _follow(tx, work, demand, [str(step.step) for step in steps], behind, left)
    else:
        work.shelf.give_back("firm", left)
        cancelled = tuple(StockLine(line_id=line.order_line_id, sku=line.sku, quantity=line.quantity) for line in behind)
        serve_waiting(tx, work.shelf, but=delivery.id)
        tx.publish(
            UnitsCancelled(delivery_id=delivery.id, order_id=delivery.order_id, reason="shortage", lines=cancelled), seq=delivery.seq
        )


def _follow(tx: Tx, work: Work, demand: Demand, steps: Sequence[str], behind: Sequence[DeliveryLine], left: Sequence[Piece]) -> None:
    delivery, firm = demand.delivery, demand.reservation
    portion = Portion(f"backorder:{delivery.id}", {line.order_line_id: line.quantity for line in behind}, list(left))
    confirmed_at = rfc3339(firm.confirmed_at or firm.created_at)
    own = firm_reservation(tx, delivery.order_id, delivery.submission, portion, confirmed_at=confirmed_at)
    reservations.add_firm(tx, own, left)
    tell_portion(tx, own, left, {line.order_line_id: line.sku for line in behind})
    made = add_chain(tx, delivery, steps, behind, firm=own, pieces=left, previous_id=delivery.previous_id, backorder_of=delivery.id)
    for new, lines in made:
        work.deliveries[new.id], work.lines[new.id] = new, lines
    first, lines = made[0]
    deliveries.ROWS.save(tx, delivery)
    told = facts.of_delivery(delivery, lines, {})
    tx.publish(DeliveryBackordered(**told, backorder_id=first.id, backorder_number=first.number), of=delivery)
