"""One mail per cause, recipient and record; and how mails are looked up."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from services.notifications.actions.queue_mails import queue_mails
from services.notifications.domain.notification import Draft, Notification
from shared.contracts.shop_settings import ShopSettings
from shared.errors import IllegalTransition
from shared.values.ids import new_id
from shared.web.caller import Caller, permissions_of
from tests.support.driver import NOON, ServiceDriver
from tests.support.samples_notifications import order_confirmed, order_submitted, payment_failed
from tests.support.smtp_sink import SmtpSink

ORDER = "ord_01J00000000000000000000001"
OTHER = "ord_01J00000000000000000000002"
PAYMENT = "pay_01J00000000000000000000001"


def draft(key: str, *, recipient: str | None = "ada@example.com") -> Draft:
    """A mail about a failed payment."""
    return Draft(
        id=new_id("ntf"),
        template="payment_failed",
        recipient=recipient,
        audience="customer",
        language="en",
        dedupe_key=key,
        order_id=ORDER,
        record_type="payment",
        record_id=PAYMENT,
        event_id=new_id("evt"),
        variables={
            "store": {"name": None, "address": None, "phone": None, "email": None},
            "links": {"payment": "https://example.org"},
            "currency": "EUR",
            "customer": {"name": None},
            "order": {"number": "SO000123"},
            "payment": {"amount": "45.00"},
        },
        token_generation=1,
    )


def test_of_many_causes_at_once_one_makes_the_mail(notifications: ServiceDriver) -> None:
    """R-NOT-01: a unique key decides, on both databases, whoever comes first; bundles in opposite order do not deadlock."""
    keys = [f"key:{n}" for n in range(5)]
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def queue(order: list[str]) -> None:
        try:
            start.wait(20)
            with notifications.db.begin() as tx:
                queue_mails(tx, [draft(key) for key in order], ShopSettings())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=queue, args=(order,)) for order in (keys, keys[::-1], keys, keys[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    states = notifications.rows("SELECT dedupe_key, state, reason, count(*) FROM notifications GROUP BY 1, 2, 3 ORDER BY 1, 2")
    assert states == [row for key in keys for row in ((key, "queued", None, 1), (key, "suppressed", "duplicate", 3))]
    assert notifications.told() == ["notifications.mail_queued"] * 5


def test_a_mail_without_an_address_leaves_its_key_to_one_that_has_one(notifications: ServiceDriver) -> None:
    notifications.given(lambda tx: queue_mails(tx, [draft("key", recipient=None)], ShopSettings()))
    notifications.given(lambda tx: queue_mails(tx, [draft("key")], ShopSettings()))

    assert notifications.rows("SELECT state, reason FROM notifications ORDER BY id") == [("suppressed", "no_address"), ("queued", None)]


def test_a_mail_that_is_sent_or_suppressed_moves_no_more() -> None:
    for state in ("sent", "suppressed", "dead"):
        mail = Notification(
            id="ntf_1",
            state=state,
            template="invoice",
            recipient="ada@example.com",
            audience="customer",
            language="en",
            order_id=ORDER,
            record_type="invoice",
            record_id="inv_1",
            event_id="evt_1",
            dedupe_key="key",
            created_at=NOON,
        )
        with pytest.raises(IllegalTransition):
            mail.fail(NOON + timedelta(minutes=1), "late news")


def test_a_mail_is_shown_as_it_was_sent(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=()))
    (body,) = notifications.told_bodies()
    notifications.hears_itself()
    (row,) = notifications.asks("GET", "/admin/v1/notifications").body["data"]

    shown = notifications.asks("GET", f"/admin/v1/notifications/{row['id']}").body
    text, html = sink.taken[0].message.get_body(("plain",)), sink.taken[0].message.get_body(("html",))

    assert text is not None
    assert html is not None
    assert shown.pop("text") == text.get_content().replace("\r\n", "\n")
    assert shown.pop("html").strip() == html.get_content().replace("\r\n", "\n").strip()
    assert shown == row
    assert body["payload"]["notification_id"] == row["id"]
    assert {key: row[key] for key in row if key not in ("id", "event_id", "message_id")} == {
        "template": "order_confirmation",
        "channel": "email",
        "recipient": "ada@example.com",
        "audience": "customer",
        "language": "en",
        "state": "sent",
        "reason": None,
        "subject": "Your order SO000123 is confirmed",
        "attachments": [],
        "transport": "smtp",
        "order_id": ORDER,
        "record": {"type": "order", "id": ORDER},
        "dedupe_key": f"order_confirmation:{ORDER}:1",
        "attempts": [{"at": "2031-05-01T12:00:00.000000Z", "error": None}],
        "created_at": "2031-05-01T12:00:00.000000Z",
        "sent_at": "2031-05-01T12:00:00.000000Z",
    }
    assert row["message_id"] == f"<{row['id']}@shop.example.net>" == sink.taken[0].message["Message-ID"]


def _found(notifications: ServiceDriver, query: str) -> list[tuple[str, str]]:
    return sorted((row["template"], row["recipient"]) for row in notifications.asks("GET", f"/admin/v1/notifications?{query}").body["data"])


def test_mails_are_found_by_order_template_recipient_state_audience_and_record(notifications: ServiceDriver) -> None:
    notifications.hears(order_confirmed(ORDER))
    notifications.hears(order_submitted(OTHER))
    notifications.hears(payment_failed(OTHER, PAYMENT))
    sellers = [("new_order", "forge@example.org"), ("new_order", "kiln@example.org")]

    assert _found(notifications, f"order_id={OTHER}") == [("payment_failed", "ada@example.com")]
    assert _found(notifications, "template=new_order") == sellers
    assert _found(notifications, "recipient=kiln@example.org") == sellers[1:]
    assert _found(notifications, "state=sent,dead") == []
    assert _found(notifications, "audience=seller,staff&state=queued") == sellers
    assert _found(notifications, f"record_id={PAYMENT}") == [("payment_failed", "ada@example.com")]


def test_pages_of_mails_are_newest_first_and_hold_each_once(notifications: ServiceDriver) -> None:
    notifications.hears(order_confirmed(ORDER))
    every = [row["id"] for row in notifications.asks("GET", "/admin/v1/notifications").body["data"]]
    first = notifications.asks("GET", "/admin/v1/notifications?limit=2&include=count").body
    second = notifications.asks("GET", f"/admin/v1/notifications?limit=2&after={first['page']['next']}").body

    assert [row["id"] for row in first["data"] + second["data"]] == every == sorted(every, reverse=True)
    assert (first["page"]["has_more"], second["page"]) == (True, {"next": None, "has_more": False})
    assert (first["count"], "count" in second) == (len(every), False)
    assert notifications.asks("GET", "/admin/v1/notifications?template=new_order&include=count").body["count"] == 2


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "template=gossip",
        "audience=press",
        "after=cur_!",
        "after=ntf_1",
        "limit=0",
        "colour=red",
        "recipient=%00",
        "after=cur_AAA",
    ],
)
def test_a_wrong_parameter_is_refused_with_its_pointer(notifications: ServiceDriver, query: str) -> None:
    answer = notifications.asks("GET", f"/admin/v1/notifications?{query}")

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.body["errors"][0]["pointer"] == "/" + query.partition("=")[0]


def test_mails_need_notifications_read(notifications: ServiceDriver) -> None:
    """R-ACC-04: warehouse and sellers have it not."""
    for role, seller in (("warehouse", None), ("seller", "kiln")):
        caller = Caller(type="api_key", id="key_1", permissions=permissions_of([role]), seller=seller)
        for path in ("/admin/v1/notifications", "/admin/v1/notifications/ntf_1"):
            answer = notifications.asks("GET", path, caller=caller)
            assert (answer.status, answer.body["required_permission"]) == (403, "notifications.read")


def test_an_unknown_mail_is_not_there(notifications: ServiceDriver) -> None:
    for unknown in ("ntf_01J00000000000000000000001", "ntf_\0"):
        assert notifications.asks("GET", f"/admin/v1/notifications/{unknown}").status == 404
