"""A mail is handed over once, whatever breaks; what failed is tried again by the clock; what nobody knows, by hand only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.adapters.outside import Outside, Transport
from services.notifications.adapters.smtp import KeptTransport, SmtpTransport
from services.notifications.domain.notification import LEASE, RETRY_PAUSES
from services.notifications.domain.outgoing import OutgoingMail
from shared.errors import Unavailable
from shared.messaging.consume import run_job
from tests.services.notifications.conftest import PUBLIC_URL, SECRET, Shelf
from tests.support.driver import NOON, ServiceDriver, envelope_of
from tests.support.samples_notifications import (
    PDF,
    invoice_rendered,
    order_confirmed,
    order_submitted,
    payment_captured,
    payment_failed,
)
from tests.support.smtp_sink import SmtpSink, smtp_sink

ORDER = "ord_01J00000000000000000000001"
PAYMENT = "pay_01J00000000000000000000001"


class WorkerKilled(BaseException):
    """What a worker that is killed does not live to see; nothing in the house may catch it."""


@dataclass
class DyingTransport:
    """Kills its worker before or after the mail is with the server."""

    server: Transport
    before: bool
    name: str = "smtp"

    def send(self, mail: OutgoingMail) -> None:
        if not self.before:
            self.server.send(mail)
        raise WorkerKilled


@dataclass
class WaitingTransport:
    """Holds the mail back until it is let go."""

    server: Transport
    given: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    name: str = "smtp"

    def send(self, mail: OutgoingMail) -> None:
        self.given.set()
        self.go.wait(20)
        self.server.send(mail)


@dataclass
class WaitingShelf:
    """Brings its document when it is let go; None: fails to."""

    content: bytes | None
    asked: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def pdf(self, invoice_id: str) -> bytes:
        self.asked.set()
        self.go.wait(20)
        if self.content is None:
            raise Unavailable("billing does not answer")
        return self.content


class DyingShelf:
    """Kills the worker while it fetches a document."""

    def pdf(self, invoice_id: str) -> bytes:
        raise WorkerKilled


def _queued(notifications: ServiceDriver) -> dict[str, Any]:
    """The message of the one confirmation that waits."""
    notifications.hears(order_confirmed(ORDER, sellers=()))
    (body,) = notifications.told_bodies()
    return body


def _row(notifications: ServiceDriver) -> dict[str, Any]:
    (row,) = notifications.asks("GET", "/admin/v1/notifications").body["data"]
    found: dict[str, Any] = row
    return found


def _with(notifications: ServiceDriver, **changed: Any) -> ServiceDriver:
    """Another worker on the same database, with other adapters."""
    old: Outside = notifications.outside
    outside = Outside(changed.get("transport", old.transport), PUBLIC_URL, SECRET, changed.get("documents", old.documents))
    return ServiceDriver(notifications.service, notifications.db, notifications.clock, outside=outside, secret=SECRET)


def _send(worker: ServiceDriver, body: dict[str, Any]) -> object:
    return run_job(worker.hearing, "notifications.send_mail", body, attempt=0)


def test_a_mail_told_twice_is_sent_once(notifications: ServiceDriver, sink: SmtpSink) -> None:
    body = _queued(notifications)

    _send(notifications, body)
    _send(notifications, body)

    assert sink.recipients == ["ada@example.com"]
    assert notifications.told("notifications.mail_sent", "notifications.mail_failed") == ["notifications.mail_sent"]
    (event,) = notifications.told_events("notifications.mail_sent")
    assert (event.order_id, event.template, event.recipient, event.transport) == (ORDER, "order_confirmation", "ada@example.com", "smtp")
    assert event.envelope.change == {"from": "sending", "to": "sent", "command": "send"}


def test_two_workers_with_one_message_send_one_mail(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """The second finds the mail given away, leaves, and does not keep the first from writing what became of it."""
    body = _queued(notifications)
    slow = WaitingTransport(notifications.outside.transport)
    first = threading.Thread(target=_send, args=(_with(notifications, transport=slow), body))
    first.start()
    assert slow.given.wait(20)

    _send(notifications, body)
    slow.go.set()
    first.join(20)

    assert sink.recipients == ["ada@example.com"]
    assert _row(notifications)["state"] == "sent"


@pytest.mark.parametrize("content", [PDF, None])
def test_a_second_worker_that_is_late_with_the_document_does_not_disturb_the_first(
    notifications: ServiceDriver, sink: SmtpSink, shelf: Shelf, content: bytes | None
) -> None:
    invoice = invoice_rendered(ORDER)
    shelf.documents[invoice.invoice_id] = PDF
    notifications.hears(order_submitted(ORDER))
    notifications.hears(invoice)
    (body,) = notifications.told_bodies()
    slow, fetching = WaitingTransport(notifications.outside.transport), WaitingShelf(content)
    first = threading.Thread(target=_send, args=(_with(notifications, transport=slow), body))
    second = threading.Thread(target=_send, args=(_with(notifications, documents=fetching), body))
    second.start()
    assert fetching.asked.wait(20)
    first.start()
    assert slow.given.wait(20)

    fetching.go.set()
    second.join(20)
    slow.go.set()
    first.join(20)
    notifications.later(days=3)

    assert notifications.runs_timers() == []
    assert notifications.dead_letters() == []
    assert _row(notifications)["state"] == "sent"
    assert sink.recipients == ["ada@example.com"]


def test_a_worker_killed_after_the_hand_over_sends_no_second_mail(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-02: not by the message told again, not by the clock."""
    body = _queued(notifications)
    with pytest.raises(WorkerKilled):
        _send(_with(notifications, transport=DyingTransport(notifications.outside.transport, before=False)), body)
    _send(notifications, body)
    assert _row(notifications)["state"] == "sending"

    notifications.later(seconds=LEASE.total_seconds())
    notifications.runs_timers()
    notifications.later(days=3)
    notifications.runs_timers()
    _send(notifications, body)

    row = _row(notifications)
    assert sink.recipients == ["ada@example.com"]
    assert (row["state"], row["reason"], len(row["attempts"])) == ("failed", "unknown_outcome", 1)
    assert notifications.told("notifications.mail_sent", "notifications.mail_failed") == ["notifications.mail_failed"]
    assert notifications.told("notifications.mail_queued") == ["notifications.mail_queued"]


def test_the_hand_over_is_committed_before_the_transport_is_given_the_mail(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-02: killed in between, nothing was sent, and still nobody may know that."""
    body = _queued(notifications)
    with pytest.raises(WorkerKilled):
        _send(_with(notifications, transport=DyingTransport(notifications.outside.transport, before=True)), body)

    assert notifications.rows("SELECT state, message_id IS NOT NULL FROM notifications") in ([("sending", 1)], [("sending", True)])
    notifications.later(seconds=LEASE.total_seconds())
    notifications.runs_timers()

    assert (_row(notifications)["state"], _row(notifications)["reason"]) == ("failed", "unknown_outcome")
    assert sink.taken == []


def test_a_worker_killed_before_the_hand_over_leaves_the_mail_queued(notifications: ServiceDriver, sink: SmtpSink, shelf: Shelf) -> None:
    """R-MSG-04: the message told again sends it."""
    invoice = invoice_rendered(ORDER)
    shelf.documents[invoice.invoice_id] = PDF
    notifications.hears(order_submitted(ORDER))
    notifications.hears(invoice)
    (body,) = notifications.told_bodies()
    with pytest.raises(WorkerKilled):
        _send(_with(notifications, documents=DyingShelf()), body)
    assert _row(notifications)["state"] == "queued"

    _send(notifications, body)

    assert sink.recipients == ["ada@example.com"]
    assert _row(notifications)["state"] == "sent"


def test_a_worker_that_comes_back_after_its_lease_knows_the_outcome(notifications: ServiceDriver, sink: SmtpSink) -> None:
    body = _queued(notifications)
    slow = WaitingTransport(notifications.outside.transport)
    first = threading.Thread(target=_send, args=(_with(notifications, transport=slow), body))
    first.start()
    assert slow.given.wait(20)

    notifications.later(seconds=LEASE.total_seconds())
    notifications.runs_timers()
    assert _row(notifications)["reason"] == "unknown_outcome"
    slow.go.set()
    first.join(20)

    row = _row(notifications)
    assert (row["state"], row["reason"], row["attempts"]) == ("sent", None, [{"at": row["attempts"][0]["at"], "error": None}])
    assert sink.recipients == ["ada@example.com"]


@pytest.mark.parametrize("fault", [{"data_reply": "451 later"}, {"drops_after_data": True}])
def test_a_worker_that_comes_back_without_success_leaves_the_mail_to_people(
    notifications: ServiceDriver, sink: SmtpSink, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(sink, name, value)
    body = _queued(notifications)
    slow = WaitingTransport(notifications.outside.transport)
    first = threading.Thread(target=_send, args=(_with(notifications, transport=slow), body))
    first.start()
    assert slow.given.wait(20)
    notifications.later(seconds=LEASE.total_seconds())
    notifications.runs_timers()

    slow.go.set()
    first.join(20)
    notifications.later(days=3)

    assert notifications.runs_timers() == []
    assert notifications.dead_letters() == []
    assert (_row(notifications)["state"], _row(notifications)["reason"]) == ("failed", "unknown_outcome")


def test_a_server_that_hangs_up_after_the_content_leaves_the_outcome_to_people(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-02."""
    sink.drops_after_data = True
    _send(notifications, _queued(notifications))
    sink.drops_after_data = False

    notifications.later(days=3)
    notifications.runs_timers()
    notifications.hears_itself()

    row = _row(notifications)
    assert (row["state"], row["reason"]) == ("failed", "unknown_outcome")
    assert len(sink.taken) == 1


def test_a_mail_server_that_is_down_gets_the_mail_once_after_the_repair(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-03."""
    sink.data_reply = "451 try later"
    _queued(notifications)
    notifications.hears_itself()
    row = _row(notifications)
    assert (row["state"], row["reason"], len(row["attempts"])) == ("failed", None, 1)
    assert "451 try later" in row["attempts"][0]["error"]

    sink.data_reply = None
    notifications.later(seconds=59)
    assert notifications.runs_timers() == []
    notifications.later(seconds=1)
    assert notifications.runs_timers() == ["mail_retries"]
    notifications.hears_itself()
    notifications.later(days=3)
    notifications.runs_timers()
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com"]
    assert [attempt["error"] is None for attempt in _row(notifications)["attempts"]] == [False, True]
    assert sink.taken[0].message["Message-ID"] == _row(notifications)["message_id"]


def test_after_six_failures_a_mail_is_dead(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-03: 1 min, 10 min, 1 h, 6 h, 24 h between them."""
    sink.recipient_reply = "450 busy"
    _queued(notifications)
    notifications.hears_itself()
    waited = []
    while (due := notifications.rows("SELECT next_try_at FROM notifications WHERE next_try_at IS NOT NULL")) != []:
        assert len(due) == 1
        pause = RETRY_PAUSES[len(waited)]
        notifications.later(seconds=pause.total_seconds() - 1)
        assert notifications.runs_timers() == []
        notifications.later(seconds=1)
        assert notifications.runs_timers() == ["mail_retries"]
        notifications.hears_itself()
        waited.append(pause)

    failed = notifications.told_events("notifications.mail_failed")
    assert waited == [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
    assert [event.dead for event in failed] == [False] * 5 + [True]
    assert (_row(notifications)["state"], len(_row(notifications)["attempts"])) == ("dead", 6)


def test_a_recipient_refused_for_good_is_not_tried_again(notifications: ServiceDriver, sink: SmtpSink) -> None:
    sink.recipient_reply = "550 no such user"
    _queued(notifications)
    notifications.hears_itself()
    sink.recipient_reply = None
    notifications.later(days=3)

    assert notifications.runs_timers() == []
    assert _row(notifications)["state"] == "dead"
    assert [event.dead for event in notifications.told_events("notifications.mail_failed")] == [True]


@pytest.mark.parametrize(
    "break_it", [lambda shelf, id_: setattr(shelf, "away", True), lambda shelf, id_: shelf.documents.update({id_: b"x"})]
)
def test_an_invoice_without_its_very_pdf_is_not_sent_before_it_is_there(
    notifications: ServiceDriver, sink: SmtpSink, shelf: Shelf, break_it: Callable[[Shelf, str], None]
) -> None:
    invoice = invoice_rendered(ORDER)
    break_it(shelf, invoice.invoice_id)
    notifications.hears(order_submitted(ORDER))
    notifications.hears(invoice)
    notifications.hears_itself()
    assert (_row(notifications)["state"], sink.taken) == ("failed", [])

    shelf.away = False
    shelf.documents[invoice.invoice_id] = PDF
    notifications.later(minutes=1)
    notifications.runs_timers()
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com"]


def test_a_payment_that_went_through_meanwhile_is_not_called_failed(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """Suppressed as overtaken; and a later failure of the payment may be told."""
    notifications.hears(order_submitted(ORDER))
    failed, captured = envelope_of(payment_failed(ORDER, PAYMENT), seq=2), envelope_of(payment_captured(ORDER, PAYMENT), seq=3)
    notifications.records([failed, captured])
    notifications.hears(failed)
    notifications.hears_itself()
    assert (_row(notifications)["state"], _row(notifications)["reason"]) == ("suppressed", "overtaken")

    notifications.hears(payment_failed(ORDER, PAYMENT), seq=4)
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com"]


def test_kept_mails_are_sent_to_nobody_and_shown(notifications: ServiceDriver) -> None:

    body = _queued(notifications)

    _send(_with(notifications, transport=KeptTransport()), body)

    row = _row(notifications)
    assert (row["state"], row["transport"], row["sent_at"]) == ("sent", "kept", "2031-05-01T12:00:00.000000Z")


def test_every_step_of_a_mail_is_in_its_history(notifications: ServiceDriver, sink: SmtpSink) -> None:
    sink.data_reply = "451 try later"
    _queued(notifications)
    notifications.hears_itself()
    sink.data_reply = None
    notifications.at(NOON + timedelta(minutes=1))
    notifications.runs_timers()
    notifications.hears_itself()

    assert notifications.rows("SELECT from_state, command, to_state FROM history ORDER BY id") == [
        (None, "queue", "queued"),
        ("queued", "hand_over", "sending"),
        ("sending", "fail", "failed"),
        ("failed", "hand_over", "sending"),
        ("sending", "send", "sent"),
    ]


def test_a_server_that_comes_up_on_the_same_address_gets_what_waited(notifications: ServiceDriver) -> None:

    with smtp_sink() as gone:
        port = gone.port
    worker = _with(notifications, transport=SmtpTransport(f"smtp://127.0.0.1:{port}", timeout_seconds=0.5))
    _send(worker, _queued(notifications))
    assert _row(notifications)["state"] == "failed"

    with smtp_sink(port=port) as back:
        notifications.later(minutes=1)
        notifications.runs_timers()
        _send(worker, notifications.told_bodies()[-1])
        assert back.recipients == ["ada@example.com"]
