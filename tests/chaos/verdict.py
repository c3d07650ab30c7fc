"""What must be true of a shop that has been through all that, and of those outside it: each check yields sentences about what is not."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text

from benchmarks.figures import missing_numbers
from services.host.audit.run import audit
from services.host.start import broker_url
from shared.contracts.choreography import EVENTS
from shared.db.tx import Database
from tests.chaos.journal import Journal
from tests.chaos.plan import Kind, Order
from tests.chaos.shop import BrokenShop

MOST_SENTENCES: Final = 40
PAID: Final = ("confirmed", "paid", "full", "invoiced")
FIRST: Final = "id IN (SELECT reservation_id FROM deliveries WHERE backorder_of IS NULL)"
"""What is missing at a hand-over follows with a reservation and a delivery of its own."""
ONCE: Final = {
    "firm reservation": ("delivery", "reservations", f"kind = 'firm' AND state <> 'released' AND {FIRST}"),
    "delivery": ("delivery", "deliveries", "state <> 'cancelled' AND backorder_of IS NULL"),
    "posted invoice": ("billing", "invoices", "state = 'posted'"),
    "order confirmation": ("notifications", "notifications", "template = 'order_confirmation' AND dedupe_key NOT LIKE 'resend:%'"),
    "mail to the shop": ("notifications", "notifications", "template = 'new_order' AND dedupe_key NOT LIKE 'resend:%'"),
    "mail with the invoice": ("notifications", "notifications", "template = 'invoice' AND dedupe_key NOT LIKE 'resend:%'"),
    "fact of the confirmation": ("notifications", "events", "type = 'orders.order_confirmed'"),
    "fact of the invoice": ("notifications", "events", "type = 'billing.invoice_posted'"),
}
"""Of each there is exactly one for each confirmed order, and none for any other."""
STEPS: Final = ("orders.order_created", "orders.order_confirmed", "delivery.delivery_done")
"""In this order on every confirmed order's timeline."""


class Verdict:
    """The databases of a shop at rest, beside what its customers, its bank and their mailboxes know."""

    def __init__(self, shop: BrokenShop, databases: Mapping[str, Database], journal: Journal, orders: Sequence[Order]) -> None:
        self._shop = shop
        self._databases = databases
        self._journal = journal
        self._kinds = {journal.accepted[plan.position]["order_id"]: plan.kind for plan in orders if plan.position in journal.accepted}
        self._emails = {plan.email for plan in orders}
        self._planned = len(orders)
        self._orders = {row.id: row for row in self._rows("orders", "SELECT * FROM orders WHERE number IS NOT NULL")}
        self._confirmed = {order_id for order_id, row in self._orders.items() if row.state == "confirmed"}
        self._intents = _intents(shop)
        self.explained: Counter[str] = Counter()
        """What looks odd and is right, by what it is."""

    def violations(self) -> list[str]:
        """All of them; none is what a run is for."""
        checks = (
            self._promises,
            self._ends,
            self._money,
            self._once_each,
            self._numbers,
            self._stock,
            self._mails,
            self._timeline,
            self._letters,
            self._audited,
        )
        found = list(self._journal.broken)
        for check in checks:
            found += list(check())[:MOST_SENTENCES]
        return found

    def _promises(self) -> Iterator[str]:
        """Each order that a customer was promised is there, under that number, and there is no other one."""
        for position, promised in self._journal.accepted.items():
            row = self._orders.get(promised["order_id"])
            if row is None or row.number != promised["number"]:
                yield f"order {position} was promised as {promised['number']} ({promised['order_id']}) and is not there"
        lapsed = set(self._journal.lapsed.values())
        for order_id in self._orders.keys() - self._kinds.keys():
            if order_id in lapsed and self._orders[order_id].state == "cancelled":
                self.explained["orders whose hold ended before their submit was answered"] += 1
                continue
            yield f"{self._orders[order_id].number} ({order_id}) was promised to nobody"
        for position in range(self._planned):
            if position not in self._journal.ended:
                yield f"order {position} never came to an end for its customer"

    def _ends(self) -> Iterator[str]:
        """Each order is where its kind belongs, in all that is derived of it too."""
        for order_id, kind in self._kinds.items():
            row = self._orders.get(order_id)
            if row is None:
                continue
            said = (row.state, row.payment_status, row.delivery_status, row.invoice_status)
            if not kind.is_paid:
                expected = "quotation_sent" if kind is Kind.WIRE_NEVER_PAID else "cancelled"
                if row.state != expected:
                    yield f"{row.number} ({kind.value}) is {said}, not {expected}"
            elif row.state == "cancelled" and kind.by_card and self._ended_before_paid(order_id):
                self.explained["orders whose hold ended before their customer paid"] += 1
            elif said != PAID:
                yield f"{row.number} ({kind.value}) is {said}, not {PAID}"

    def _ended_before_paid(self, order_id: str) -> bool:
        # Paid before: Stripe refuses to cancel, and the order lives.
        found = [intent for intent in self._intents.values() if intent["metadata"].get("order_id") == order_id]
        return bool(found) and all(intent.get("canceled_at") for intent in found)

    def _money(self) -> Iterator[str]:
        """What Stripe has taken is what the shop has noted, payment by payment; an order's money is what it costs."""
        payments = self._rows("billing", "SELECT * FROM payments")
        by_ref = {row.provider_ref: row for row in payments if row.provider_ref is not None}
        for ref, intent in self._intents.items():
            row = by_ref.get(ref)
            # Stripe's unit is ours in each of the run's currencies.
            taken = intent["amount_received"] if intent["status"] == "succeeded" else 0
            if row is None:
                yield f"Stripe has {ref} over {intent['amount']} {intent['currency']}, of which the shop knows nothing"
            elif (row.captured, row.currency) != (taken, intent["currency"].upper()):
                yield f"{row.reference}: Stripe took {taken} {intent['currency']}, the shop noted {row.captured} {row.currency}"
        for ref in by_ref.keys() - self._intents.keys():
            yield f"the shop knows {ref}, Stripe does not"
        twice = Counter(intent["metadata"].get("payment_id") for intent in self._intents.values())
        yield from (f"payment {payment_id} has {number} intents at Stripe" for payment_id, number in twice.items() if number > 1)
        got: Counter[str] = Counter()
        for row in payments:
            if not row.orphaned:
                got[row.order_id] += row.captured - row.refunded
        for order_id in self._confirmed:
            order = self._orders[order_id]
            if got[order_id] != order.total:
                yield f"{order.number} costs {order.total} {order.currency} and has {got[order_id]}"

    def _once_each(self) -> Iterator[str]:
        for name, (service, table, condition) in ONCE.items():
            statement = f"SELECT order_id, count(*) AS number FROM {table} WHERE {condition} GROUP BY order_id"
            counted = {row.order_id: row.number for row in self._rows(service, statement)}
            for order_id in self._confirmed:
                if counted.get(order_id, 0) != 1:
                    yield f"{self._orders[order_id].number} has {counted.get(order_id, 0)} of: {name}"
            for order_id in counted.keys() - self._confirmed:
                if order_id in self._orders:
                    yield f"{self._orders[order_id].number} is {self._orders[order_id].state} and has: {name}"

    def _numbers(self) -> Iterator[str]:
        rows = self._rows("billing", "SELECT number FROM invoices WHERE number IS NOT NULL")
        numbers = [int(row.number.rpartition("/")[2]) for row in rows]
        if len(set(numbers)) != len(numbers):
            yield "an invoice number was given twice"
        yield from (f"invoice number {number} is missing" for number in missing_numbers(numbers))

    def _stock(self) -> Iterator[str]:
        """What is on hand is the sum of its moves; what has left is what the orders are; nothing is held for nobody."""
        moved = {row.sku: row.number for row in self._rows("delivery", "SELECT sku, sum(quantity) AS number FROM stock_moves GROUP BY sku")}
        shelf = "SELECT sku, sum(on_hand) AS on_hand, sum(reserved) AS reserved, sum(held) AS held FROM stock GROUP BY sku"
        for row in self._rows("delivery", shelf):
            if moved.get(row.sku, 0) != row.on_hand:
                yield f"{row.sku}: {row.on_hand} on hand, but its moves say {moved.get(row.sku, 0)}"
            if row.reserved or row.held:
                yield f"{row.sku}: {row.reserved} reserved and {row.held} held, though every order has its goods"
        yield from self._pieces()

    def _pieces(self) -> Iterator[str]:
        """Each delivery was handed over once, and each customer has as many pieces as ordered."""
        told = "SELECT aggregate_id FROM events WHERE type = 'delivery.delivery_done'"
        ids = [row.aggregate_id for row in self._rows("notifications", told)]
        done = {row.id for row in self._rows("delivery", "SELECT id FROM deliveries WHERE state = 'done'")}
        for delivery_id, number in Counter(ids).items():
            if number != 1 or delivery_id not in done:
                yield f"{delivery_id} was told to be handed over {number} times"
        yield from (f"{delivery_id} was handed over, and nobody was told" for delivery_id in done - set(ids))
        given = "SELECT order_id, sum(done) AS number FROM delivery_lines JOIN deliveries ON deliveries.id = delivery_id GROUP BY order_id"
        has = {row.order_id: row.number for row in self._rows("delivery", given)}
        for row in self._rows("orders", "SELECT order_id, sum(quantity) AS number FROM order_lines GROUP BY order_id"):
            if row.order_id in self._confirmed and has.get(row.order_id, 0) != row.number:
                yield f"{self._orders[row.order_id].number}: {row.number} pieces ordered, {has.get(row.order_id, 0)} handed over"
        shipped = self._rows("delivery", "SELECT coalesce(-sum(quantity), 0) AS number FROM stock_moves WHERE reason = 'shipped'")[0].number
        if shipped != sum(has.values()):
            yield f"{shipped} pieces left the shelf, {sum(has.values())} are on deliveries"

    def _mails(self) -> Iterator[str]:
        """Each mail came to its box once; what nobody can know is said so, and was not sent again."""
        boxes = Counter((got.message_id, got.recipient) for got in self._shop.mailbox.mails())
        rows = self._rows("notifications", "SELECT id, template, recipient, state, reason, message_id, dedupe_key FROM notifications")
        for (message_id, recipient), number in boxes.items():
            if number > 1:
                yield f"{message_id} came {number} times to {recipient}"
        arrived = {message_id for message_id, _ in boxes}
        for message_id in arrived - {row.message_id for row in rows}:
            yield f"{message_id} came, and the shop knows of no such mail"
        for row in rows:
            if row.state == "sent":
                if row.message_id not in arrived:
                    yield f"{row.template} {row.id} is sent and never came"
            elif row.reason == "unknown_outcome":
                fate = "and it had come" if row.message_id in arrived else "sent again by hand, as it had not come"
                self.explained[f"mails of unknown outcome, {fate}"] += 1
            elif row.state == "suppressed":
                self.explained[f"mails suppressed: {row.reason}"] += 1
            else:
                yield f"{row.template} {row.id} to {row.recipient} is {row.state} ({row.reason})"
        # A mail and those that were sent in its place by hand are one: it came once in all.
        came: Counter[str] = Counter()
        for row in rows:
            first = row.dedupe_key.split(":")[1] if row.dedupe_key.startswith("resend:") else row.id
            came[first] += row.state != "suppressed" and row.message_id in arrived
        yield from (f"mail {first} came {number} times in all" for first, number in came.items() if number > 1)
        for _, recipient in boxes:
            if recipient not in self._emails and recipient != "orders@shop.example":
                yield f"a mail came to {recipient}, who is nobody's customer"

    def _timeline(self) -> Iterator[str]:
        """Every told fact is on it, once, and a cause stands before its effect."""
        recorded = {row.event_id: row for row in self._rows("notifications", "SELECT event_id, order_id, type, causation_id FROM events")}
        for service in self._databases:
            for row in self._rows(service, "SELECT DISTINCT event_id, name FROM told"):
                if row.event_id not in recorded and not EVENTS[row.name].internal:
                    yield f"{row.name} {row.event_id} was told and is not on the timeline"
        places: dict[str, dict[str, str]] = {}
        for event_id in sorted(recorded):
            row = recorded[event_id]
            if row.causation_id is not None and row.causation_id > event_id:
                yield f"{row.type} {event_id} stands before its cause {row.causation_id}"
            places.setdefault(row.order_id, {}).setdefault(row.type, event_id)
        for order_id in self._confirmed:
            steps = [places.get(order_id, {}).get(step) for step in STEPS]
            if None in steps or steps != sorted(filter(None, steps)):
                yield f"{self._orders[order_id].number}: its timeline has {STEPS} as {steps}"

    def _letters(self) -> Iterator[str]:
        for service in self._databases:
            for row in self._rows(service, "SELECT task, error, fact FROM dead_letters WHERE state = 'open'"):
                yield f"dead letter of {service}: {row.task}, {row.fact}: {row.error.strip().splitlines()[-1][:200]}"

    def _audited(self) -> Iterator[str]:
        """What the shop's own auditor says."""
        report = audit(self._databases, settle_seconds=0, broker_url=broker_url(self._shop.environment))
        for violation in report.violations:
            yield f"audit, {violation.invariant} ({violation.rule}): {violation.service} {violation.record_id}: {violation.what}"

    def _rows(self, service: str, statement: str) -> Sequence[Any]:
        with self._databases[service].read() as tx:
            return tx.execute(text(statement)).all()


def _intents(shop: BrokenShop) -> dict[str, dict[str, Any]]:
    with sqlite3.connect(f"file:{shop.stripe_file}?mode=ro", uri=True) as connection:
        return {ref: json.loads(body) for ref, body in connection.execute("SELECT id, body FROM intents")}
