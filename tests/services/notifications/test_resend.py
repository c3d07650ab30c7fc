"""A mail is sent again by hand, and what was attached to it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import Caller, permissions_of
from tests.services.notifications.conftest import Shelf
from tests.support.driver import Answer, ServiceDriver, envelope_of
from tests.support.samples_notifications import (
    PDF,
    invoice_rendered,
    order_cancelled,
    order_confirmed,
    order_sent,
    order_submitted,
    who,
)
from tests.support.smtp_sink import SmtpSink

ORDER = "ord_01J00000000000000000000001"
INVOICE = "inv_01J00000000000000000000001"


def _only(notifications: ServiceDriver, query: str = "") -> dict[str, Any]:
    (row,) = notifications.asks("GET", f"/admin/v1/notifications{query}").body["data"]
    found: dict[str, Any] = row
    return found


def _resend(notifications: ServiceDriver, mail: dict[str, Any], body: Any = None) -> Answer:
    return notifications.asks("POST", f"/admin/v1/notifications/{mail['id']}/resend", body)


def _texts(sink: SmtpSink) -> list[str]:
    bodies = [taken.message.get_body(("plain",)) for taken in sink.taken]
    return [body.get_content() for body in bodies if body is not None]


def test_a_mail_sent_again_is_another_one_with_the_same_words(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-INV-13, R-NOT-01: only by hand; its link opens the order, and it stands on the timeline with who asked for it."""
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()
    first = _only(notifications)

    answer = _resend(notifications, first)
    notifications.hears_itself()

    again = notifications.asks("GET", answer.headers["location"]).body
    assert (answer.status, again["state"], again["recipient"]) == (201, "sent", "ada@example.com")
    assert again["id"] != first["id"]
    assert again["dedupe_key"] == f"resend:{first['id']}:{again['id']}"
    texts = _texts(sink)
    assert texts[0] == texts[1]
    assert f"/shop/orders/{ORDER}?token=" in texts[1]
    assert "link.invalid" not in texts[1]
    assert notifications.asks("GET", f"/admin/v1/notifications/{first['id']}").body["state"] == "sent"
    queued = notifications.told_events("notifications.mail_queued")[-1]
    assert (queued.envelope.actor.id, queued.envelope.change["command"]) == ("key_OWNER", "resend")


def test_it_may_go_to_another_address(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()

    assert _resend(notifications, _only(notifications), {"to": "grace@example.org"}).body["recipient"] == "grace@example.org"
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com", "grace@example.org"]


@pytest.mark.parametrize("to", ["ada@example.com, eve@example.org", "Ada <ada@example.com>", "nobody", "a@b\nBcc: c@d", 7])
def test_an_address_is_one_address(notifications: ServiceDriver, to: object) -> None:
    """R-NOT-13."""
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()

    answer = _resend(notifications, _only(notifications), {"to": to})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/to")


def test_one_that_had_no_address_is_sent_to_the_one_that_is_named(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=(), who=who(email=None)))
    mail = _only(notifications)
    assert (mail["state"], mail["reason"], mail["subject"]) == ("suppressed", "no_address", "Your order SO000123 is confirmed")

    refused = _resend(notifications, mail)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/to")
    _resend(notifications, mail, {"to": "ada@example.com"})
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com"]


def test_one_that_is_still_to_be_sent_by_itself_is_not_sent_twice(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=()))
    queued = _resend(notifications, _only(notifications))
    sink.data_reply = "451 later"
    notifications.hears_itself()
    failed = _resend(notifications, _only(notifications))

    assert [(answer.status, answer.code, answer.body["from"]) for answer in (queued, failed)] == [
        (409, "illegal_transition", "queued"),
        (409, "illegal_transition", "failed"),
    ]


def test_one_that_said_nothing_cannot_be_said_again(notifications: ServiceDriver) -> None:
    """A duplicate was never composed: the mail it doubles is there to be sent again."""
    notifications.hears(order_sent(ORDER), seq=1)
    notifications.hears(order_sent(ORDER, submission=2), seq=2)
    notifications.hears(envelope_of(order_confirmed(ORDER, sellers=()), seq=3))
    notifications.hears(envelope_of(order_confirmed(ORDER, sellers=()), seq=4) | {"fact": "another"})
    duplicate = _only(notifications, "?state=suppressed")

    answer = _resend(notifications, duplicate)

    assert (duplicate["reason"], answer.status, answer.body["from"]) == ("duplicate", 409, "suppressed")


def test_an_unknown_outcome_is_repeated_by_hand(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-02."""
    sink.drops_after_data = True
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()
    lost = _only(notifications)
    sink.drops_after_data = False

    answer = _resend(notifications, lost)
    notifications.hears_itself()

    assert (lost["reason"], answer.status) == ("unknown_outcome", 201)
    assert notifications.asks("GET", answer.headers["location"]).body["state"] == "sent"


def test_what_is_no_longer_true_is_not_sent_by_hand_either(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """lifecycles.md, N2."""
    notifications.hears(order_sent(ORDER), seq=1)
    notifications.hears_itself()
    mail = _only(notifications)
    notifications.records([envelope_of(order_cancelled(ORDER), seq=2)])

    answer = _resend(notifications, mail)
    notifications.hears_itself()

    again = notifications.asks("GET", answer.headers["location"]).body
    assert (again["state"], again["reason"]) == ("suppressed", "overtaken")
    assert len(sink.taken) == 1


def test_its_task_is_closed(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-03: dead, seen, sent again after the repair."""
    sink.recipient_reply = "550 5.1.1 unknown"
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()
    (task,) = notifications.asks("GET", "/admin/v1/tasks?kind=mail_failed").body["data"]
    sink.recipient_reply = None
    repair = task["actions"][0]

    answer = notifications.asks(repair["method"], repair["path"], {**repair["body"], "to": "ada@example.org"})
    notifications.hears_itself()

    closed = notifications.asks("GET", f"/admin/v1/tasks/{task['id']}").body
    assert (closed["state"], closed["closed_by"], closed["note"]) == ("closed", "key_OWNER", f"sent again as {answer.body['id']}")
    assert sink.recipients == ["ada@example.org"]


def test_a_seller_s_copy_by_hand_makes_nobody_a_seller(notifications: ServiceDriver) -> None:
    """Who was sent a copy hears of no cancellation."""
    notifications.hears(order_confirmed(ORDER), seq=1)
    notifications.hears_itself()
    mail = notifications.asks("GET", "/admin/v1/notifications?audience=seller&recipient=kiln@example.org").body["data"][0]
    _resend(notifications, mail, {"to": "desk@example.org"})
    notifications.hears(order_cancelled(ORDER), seq=2)

    rows = notifications.asks("GET", "/admin/v1/notifications?template=order_cancelled").body["data"]

    assert {row["recipient"] for row in rows} == {"ada@example.com", "kiln@example.org", "forge@example.org"}


def _invoice(notifications: ServiceDriver, shelf: Shelf) -> str:
    notifications.hears(order_submitted(ORDER))
    shelf.documents[INVOICE] = PDF
    notifications.hears(invoice_rendered(ORDER, invoice_id=INVOICE))
    notifications.hears_itself()
    return f"/admin/v1/notifications/{_only(notifications)['id']}/attachments"


def test_an_attachment_is_what_was_sent(notifications: ServiceDriver, shelf: Shelf) -> None:
    path = _invoice(notifications, shelf)

    answer = notifications.asks("GET", f"{path}/0")

    assert (answer.status, answer.raw, answer.headers["content-type"]) == (200, PDF, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="INV-2031-00042.pdf"'
    for missing in ("1", "-1", "x", "٠", "9999"):
        assert notifications.asks("GET", f"{path}/{missing}").status == 404


def test_an_attachment_needs_its_document_whole(notifications: ServiceDriver, shelf: Shelf) -> None:
    path = _invoice(notifications, shelf)
    shelf.away = True
    assert (notifications.asks("GET", f"{path}/0").status, notifications.asks("GET", f"{path}/0").code) == (503, "service_unavailable")
    shelf.away = False
    shelf.documents[INVOICE] = b"other bytes"

    assert notifications.asks("GET", f"{path}/0").status == 500


def test_both_need_messages_write(notifications: ServiceDriver, shelf: Shelf) -> None:
    """R-ACC-04."""
    path = _invoice(notifications, shelf)
    for role in ("accountant", "warehouse", "readonly"):
        caller = Caller(type="api_key", id="key_1", permissions=permissions_of([role]))
        for method, target in (("GET", f"{path}/0"), ("POST", path.replace("attachments", "resend"))):
            answer = notifications.asks(method, target, caller=caller)
            assert (answer.status, answer.body["required_permission"]) == (403, "messages.write")


def test_an_unknown_mail_is_not_there(notifications: ServiceDriver) -> None:
    for unknown in ("ntf_01J00000000000000000000001", "ntf_1"):
        assert notifications.asks("POST", f"/admin/v1/notifications/{unknown}/resend").status == 404
        assert notifications.asks("GET", f"/admin/v1/notifications/{unknown}/attachments/0").status == 404
