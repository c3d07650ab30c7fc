"""Each invariant of the audit is made false in a real database and named; a clean shop breaks none (R-INV-15, R-STK-01, R-MSG-01 …)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from services.host.audit.run import SUBJECTS
from tests.support.lived_shop import LivedShop


@dataclass(frozen=True)
class Spoilt:
    """A row changed by hand in a file, which invariant names it, and which others are false with it."""

    invariant: str
    file: str
    statement: str
    also: tuple[str, ...] = ()


_OPEN: Final = "(SELECT id FROM deliveries WHERE order_id = :bought AND state = 'ready')"
_DONE: Final = "(SELECT id FROM deliveries WHERE order_id = :bought AND state = 'done')"
_INVOICE: Final = "(SELECT id FROM invoices WHERE order_id = :bought)"
_ITEM: Final = f"WHERE kind = 'item' AND invoice_id = {_INVOICE}"
SPOILT: Final = (
    Spoilt("orders.totals", "orders", "UPDATE orders SET net = net + 1, total = total + 1 WHERE id = :bought", ("orders.standing",)),
    Spoilt("orders.standing", "orders", "UPDATE orders SET delivery_status = 'full' WHERE id = :bought"),
    Spoilt("orders.standing", "orders", "UPDATE order_lines SET quantity_reserved = 7 WHERE order_id = :bought"),
    Spoilt(
        "orders.invoiced_when_due",
        "billing",
        "DELETE FROM invoices WHERE order_id = :bought",
        ("invoices.numbers", "orders.units_invoiced"),
    ),
    Spoilt("orders.confirmed_everywhere", "billing", "UPDATE orders SET confirmed_submission = 0 WHERE order_id = :bought"),
    Spoilt("orders.goods_on_their_way", "delivery", f"UPDATE delivery_lines SET quantity = quantity + 1 WHERE delivery_id = {_OPEN}"),
    Spoilt("orders.goods_on_their_way", "delivery", f"DELETE FROM delivery_lines WHERE delivery_id = {_OPEN}"),
    Spoilt(
        "orders.cancelled_everywhere",
        "delivery",
        "UPDATE reservations SET state = 'active' WHERE order_id = :cancelled",
        ("history.unbroken", "stock.places"),
    ),
    Spoilt(
        "orders.units_delivered",
        "delivery",
        f"UPDATE delivery_lines SET done = done - 1 WHERE delivery_id = {_DONE}",
        ("orders.goods_on_their_way",),
    ),
    Spoilt(
        "payments.amounts",
        "billing",
        "UPDATE payments SET captured = captured + 1 WHERE order_id = :bought",
        ("orders.payments_as_billing",),
    ),
    Spoilt("orders.payments_as_billing", "orders", "DELETE FROM parts WHERE kind = 'payment' AND order_id = :bought", ("orders.standing",)),
    Spoilt(
        "orders.paid_is_confirmed",
        "billing",
        "UPDATE payments SET state = 'captured', captured = amount WHERE order_id = :awaited",
        ("history.unbroken", "orders.payments_as_billing"),
    ),
    Spoilt("invoices.totals", "billing", "UPDATE invoices SET net = net + 1, total = total + 1 WHERE order_id = :bought"),
    Spoilt("invoices.once", "billing", f"UPDATE invoice_lines SET quantity = quantity + 1 {_ITEM}", ("orders.units_invoiced",)),
    Spoilt("orders.units_invoiced", "billing", f"UPDATE invoice_lines SET quantity = quantity - 1 {_ITEM}"),
    Spoilt("invoices.paid", "billing", "UPDATE invoices SET paid = paid - 1 WHERE order_id = :bought"),
    Spoilt("invoices.numbers", "billing", "UPDATE invoice_series SET next = next + 1"),
    Spoilt(
        "invoices.numbers", "billing", "UPDATE invoices SET number = 'OLD/' || substr(number, 5, 4) || '/00001' WHERE number LIKE '%/00002'"
    ),
    Spoilt("invoices.pdf", "billing", "UPDATE invoices SET pdf_sha256 = NULL WHERE order_id = :bought"),
    Spoilt(
        "payments.captured_as_asked",
        "billing",
        "UPDATE payments SET state = 'authorized', captured = 0, capture_asked = amount WHERE order_id = :bought",
        ("history.unbroken", "invoices.paid", "orders.payments_as_billing"),
    ),
    Spoilt(
        "payments.withdrawn",
        "billing",
        "UPDATE payments SET state = 'failed' WHERE order_id = :cancelled",
        ("history.unbroken", "orders.payments_as_billing"),
    ),
    Spoilt("orders.known", "orders", "DELETE FROM orders WHERE id = :cancelled"),
    Spoilt("stock.places", "delivery", "UPDATE stock SET held = held + 1 WHERE held > 0", ("stock.availability",)),
    Spoilt("stock.places", "delivery", "DELETE FROM stock_moves WHERE reason = 'shipped'"),
    Spoilt("stock.holds_end", "delivery", "UPDATE reservations SET expires_at = '2020-01-01 00:00:00.000000' WHERE order_id = :paying"),
    Spoilt("stock.availability", "orders", "UPDATE availability SET available = available + 1"),
    Spoilt("history.unbroken", "orders", "DELETE FROM history WHERE record_id = :bought AND command = 'confirm'"),
    Spoilt("history.unbroken", "delivery", "UPDATE parcels SET state = 'delivered' WHERE order_id = :shipped"),
    Spoilt("facts.heard", "delivery", "DELETE FROM inbox WHERE handler = 'delivery.reserve_stock'"),
    Spoilt("facts.recorded", "notifications", "DELETE FROM events WHERE type = 'orders.order_confirmed'"),
    Spoilt(
        "facts.sent",
        "orders",
        "INSERT INTO outbox (event_id, fact, name, label, envelope, together) SELECT event_id, fact, name, label, envelope, event_id FROM told",
    ),
    Spoilt("facts.sent", "orders", "INSERT INTO unrecorded (id) SELECT min(id) FROM told"),
    Spoilt(
        "timeline.in_order",
        "notifications",
        "UPDATE events SET causation_id = (SELECT max(event_id) FROM events WHERE order_id = :bought) "
        "WHERE event_id = (SELECT min(event_id) FROM events WHERE order_id = :bought)",
    ),
    Spoilt(
        "timeline.in_order",
        "notifications",
        "UPDATE events SET seq = 1 WHERE event_id = (SELECT max(event_id) FROM events WHERE order_id = :bought AND aggregate_type = 'order')",
    ),
    Spoilt(
        "work.dead_letters",
        "billing",
        "INSERT INTO dead_letters (fact, task, hearers, body, error, traceback, state, at) "
        "VALUES ('f', 'billing', '[]', '{}', 'KeyError()', '', 'open', '2026-01-01 00:00:00.000000')",
    ),
    Spoilt(
        "work.timers",
        "orders",
        "INSERT INTO timers (kind, record_id, due_at, payload) VALUES ('closing', 'x', '2020-01-01 00:00:00', '{}')",
    ),
    Spoilt(
        "work.timers",
        "orders",
        "INSERT INTO timers (kind, record_id, due_at, payload, failures) VALUES ('closing', 'x', '2090-01-01 00:00:00', '{}', 3)",
    ),
    Spoilt(
        "mails.going",
        "notifications",
        "UPDATE notifications SET state = 'queued' WHERE order_id = :bought AND template = 'invoice'",
        ("history.unbroken",),
    ),
    Spoilt(
        "mails.one_per_cause",
        "notifications",
        "UPDATE notifications SET dedupe_key = (SELECT min(dedupe_key) FROM notifications) WHERE template = 'invoice'",
    ),
    Spoilt(
        "mails.sent_once",
        "notifications",
        "INSERT INTO attempts (notification_id, number, at) SELECT notification_id, number + 1, at FROM attempts LIMIT 1",
    ),
    Spoilt("queues.taken", "bus", "INSERT INTO messages (queue, payload) VALUES ('billing', '{}')"),
    Spoilt("queues.unreadable", "bus", "INSERT INTO dead (queue, payload, reason) VALUES ('billing', '?', 'no queue of that name')"),
)
OF_RABBITMQ: Final = {"queues.there"}
"""The embedded bus makes its queues as they are needed; see test_audit_queues.py."""


def test_every_invariant_is_made_false_below() -> None:
    names = {invariant.name for subject in SUBJECTS for invariant in subject.invariants}

    assert {spoilt.invariant for spoilt in SPOILT} == names - OF_RABBITMQ


def test_a_clean_shop_breaks_none_and_says_what_was_looked_at(lived: LivedShop) -> None:
    report = lived.audited()

    assert report.violations == []
    assert report.counted["orders"] >= 6
    assert min(report.counted[name] for name in ("payments", "posted documents", "skus", "mails", "orders facts", "timeline entries")) > 0


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: f"{spoilt.invariant} {spoilt.file}")
def test_what_is_false_is_named(lived: LivedShop, spoilt: Spoilt) -> None:
    lived.sql(spoilt.file, spoilt.statement)

    report = lived.audited()

    assert {violation.invariant for violation in report.violations} == {spoilt.invariant, *spoilt.also}, report.violations
    assert all(violation.what and violation.repair for violation in report.violations)
