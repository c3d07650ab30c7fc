"""Facts: what was told is heard by all who hear it, and is on the timeline, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.host.roster import ROSTER
from services.notifications.store import audit as notifications
from shared.contracts.choreography import CHOREOGRAPHY, EVENTS
from shared.db import audit as house
from shared.messaging.hearing import Job

HEARD: Final = Invariant("facts.heard", "R-MSG-01", "A fact that was told has been heard by every handler of the choreography.")
RECORDED: Final = Invariant("facts.recorded", "R-ORD-57", "A fact that was told is on the timeline.")
SENT: Final = Invariant("facts.sent", "R-MSG-02", "What a service has committed reaches the broker, and is sent to the timeline.")
IN_ORDER: Final = Invariant(
    "timeline.in_order", "R-ORD-57", "On an order's timeline a cause stands before its effect, and facts of one record in their order."
)


@lru_cache(maxsize=1000)
def hearers_of(name: str) -> dict[str, tuple[str, ...]]:
    """Handlers of a fact by their services. A job is not among them: one that finds nothing to do says so nowhere."""
    found: dict[str, tuple[str, ...]] = {}
    for full_name in CHOREOGRAPHY.get(EVENTS[name], ()) if name in EVENTS else ():
        service, _, short = full_name.partition(".")
        if not isinstance(ROSTER[service].hears[short], Job):
            found[service] = (*found.get(service, ()), full_name)
    return found


def check_told(look: Look) -> Iterator[Violation]:
    """See HEARD and RECORDED; dead letters are named on their own."""
    for teller in look.services:
        before, since = look.settled(teller), look.facts_since(teller)
        for rows in look.pages(teller, house.told, of=f"{teller} facts", before=before, since=since):
            for hearer in look.services:
                yield from _unheard(look, teller, hearer, rows)
            if "notifications" in look.services:
                yield from _unrecorded(look, teller, rows)


def _unheard(look: Look, teller: str, hearer: str, rows: Sequence[Any]) -> Iterator[Violation]:
    wanted = [(row, handler) for row in rows for handler in hearers_of(row.name).get(hearer, ())]
    facts = {row.fact for row, _ in wanted}
    heard = look.ask(hearer, lambda tx: house.heard(tx, facts))
    missing = [(row, handler) for row, handler in wanted if (handler, row.fact) not in heard]
    if not missing:
        return
    facts = {row.fact for row, _ in missing}
    explained = look.ask(hearer, lambda tx: house.explained(tx, facts))
    for row, handler in missing:
        if (handler, row.fact) not in explained:
            what = f"{handler} has not heard {row.fact}"
            repair = f"cartwright retell {teller} {row.fact} {hearer}"
            yield HEARD.broken(hearer, row.event_id, what, since=row.told_at, repair=repair)


def _unrecorded(look: Look, teller: str, rows: Sequence[Any]) -> Iterator[Violation]:
    wanted = {row.event_id: row for row in rows if row.name in EVENTS and not EVENTS[row.name].internal}
    recorded = look.ask("notifications", lambda tx: notifications.recorded(tx, wanted))
    missing = [row for event_id, row in wanted.items() if event_id not in recorded]
    if missing:
        ids = [row.id for row in missing]
        waiting = look.ask(teller, lambda tx: house.waiting_for_timeline(tx, ids))
        facts = {row.fact for row in missing}
        explained = {fact for _, fact in look.ask("notifications", lambda tx: house.explained(tx, facts))}
        for row in missing:
            if row.event_id not in waiting and row.fact not in explained:
                what = f"{row.fact} is not on the timeline"
                repair = f"cartwright retell {teller} {row.fact} timeline"
                yield RECORDED.broken("notifications", row.event_id, what, since=row.told_at, repair=repair)


def check_sent(look: Look) -> Iterator[Violation]:
    """See SENT; the fact that waits longest is named for all of them."""
    for service in look.services:
        look.counted["facts in outboxes"] += look.ask(service, house.in_outbox)
        first = look.ask(service, house.oldest_in_outbox)
        if first is not None:
            at = house.occurred_at(first.envelope)
            if at <= look.settled(service):
                what = f"{first.fact} waits for the relay"
                yield SENT.broken(service, first.event_id, what, since=at, repair=f"cartwright relay {service}")
        later = look.ask(service, house.oldest_unrecorded)
        if later is not None and later.told_at <= look.settled(service):
            what = f"{later.fact} waits to be sent to the timeline"
            yield SENT.broken(service, later.event_id, what, since=later.told_at, repair=f"cartwright relay {service}")


def check_order(look: Look) -> Iterator[Violation]:
    """See IN_ORDER. The timelines are read one after the other, by the ids that they are shown in the order of."""
    order_id, seen, places = None, set[str](), dict[tuple[str, str], int]()
    late: list[Any] = []
    for row in look.rows("notifications", notifications.by_order, of="timeline entries", key=2):
        if row.order_id != order_id:
            yield from _late_causes(late, seen)
            order_id, seen, places, late = row.order_id, set(), {}, []
        seen.add(row.event_id)
        if row.causation_id is not None and row.causation_id > row.event_id:
            late.append(row)
        # Each teller counts its own records; what is told of no record's row has no place, and says 0.
        record = (row.type.partition(".")[0], row.aggregate_id)
        if 0 < row.seq < places.get(record, 0):
            yield _disorder(row, f"{row.type} is step {row.seq} of {row.aggregate_id} and stands behind step {places[record]}")
        places[record] = max(row.seq, places.get(record, 0))
    yield from _late_causes(late, seen)


def _late_causes(rows: Sequence[Any], seen: set[str]) -> Iterator[Violation]:
    for row in rows:
        if row.causation_id in seen:
            yield _disorder(row, f"{row.type} stands before {row.causation_id}, which caused it")


def _disorder(row: Any, what: str) -> Violation:
    repair = "set the clocks of all machines by one source (chronyc tracking); what is written stays as it is"
    return IN_ORDER.broken("notifications", row.event_id, what, order_id=row.order_id, since=row.occurred_at, repair=repair)


SUBJECTS: Final = (
    Subject((), (HEARD, RECORDED), check_told),
    Subject((), (SENT,), check_sent),
    Subject(("notifications",), (IN_ORDER,), check_order),
)
