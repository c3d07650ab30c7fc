"""Stock: what lies there is what moves add up to, what is promised is what reservations hold, and carts are warned by that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.delivery.store import audit as delivery
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.orders.store import audit as orders

SKUS_AT_ONCE: Final = 200
PLACES: Final = Invariant(
    "stock.places",
    "R-STK-01",
    "On hand is the sum of moves, reserved and held are the sums of active reservations, and never more than is there.",
)
HOLDS: Final = Invariant("stock.holds_end", "R-STK-03", "A hold whose time is over is asked about, and then expires or is prolonged.")
AVAILABILITY: Final = Invariant("stock.availability", "R-ORD-04", "What carts are warned by is what the shelf has.")


def check_places(look: Look) -> Iterator[Violation]:
    """See PLACES."""
    for rows in look.pages("delivery", delivery.skus, of="skus", rows=SKUS_AT_ONCE):
        skus = [row.sku for row in rows]
        for row in look.ask("delivery", lambda tx, skus=skus: delivery.wrong_places(tx, skus)):  # type: ignore[misc]
            place = f"{row.sku} at {row.warehouse}/{row.location}"
            what = (
                f"{place}: {row.on_hand} on hand for {row.moved} by moves, {row.reserved} reserved for {row.firm}, "
                f"{row.held} held for {row.hold} by reservations"
            )
            yield PLACES.broken("delivery", place, what, repair=f"cartwright rederive stock {row.sku}")


def check_holds(look: Look) -> Iterator[Violation]:
    """See HOLDS."""
    for row in look.rows("delivery", delivery.overdue_holds, before=look.settled("delivery")):
        what = f"the hold of order {row.order_id} should have ended"
        yield HOLDS.broken(
            "delivery", row.id, what, order_id=row.order_id, since=row.expires_at, repair=f"cartwright retell delivery {row.id} billing"
        )


def check_availability(look: Look) -> Iterator[Violation]:
    """See AVAILABILITY."""
    for rows in look.pages("orders", orders.availability):
        skus = [row.sku for row in rows]
        there = look.ask("delivery", lambda tx, skus=skus: delivery.levels_of(tx, skus))  # type: ignore[misc]
        for row in rows:
            counter, units = there.get(row.sku, (0, 0))
            if row.available != units:
                what = f"carts see {row.available} of {row.sku} (change {row.seq}), the shelf has {units} (change {counter})"
                yield AVAILABILITY.broken("orders", row.sku, what, repair=f"cartwright rederive stock {row.sku}")


SUBJECTS: Final = (
    Subject(("delivery",), (PLACES,), check_places),
    Subject(("delivery",), (HOLDS,), check_holds),
    Subject(("orders", "delivery"), (AVAILABILITY,), check_availability),
)
