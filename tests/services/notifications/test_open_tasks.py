"""What needs a person becomes a task, once, and the shop's alert addresses hear of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from shared.contracts.base import Event
from shared.contracts.billing import (
    AuthorizationExpiring,
    PaymentDisputed,
    PaymentReviewed,
    ProviderEventUnmatched,
    ReconciliationMismatch,
    RefundProposed,
    ReviewRequired,
)
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_notifications import (
    delivery_done,
    order_cancelled,
    order_confirmed,
    order_submitted,
    payment_captured,
    payment_failed,
)
from tests.support.samples_tasks import (
    mail_failed,
    order_late,
    parcel_delivered,
    parcel_moved,
    payment_cancelled,
    payment_mismatched,
    payment_news,
    payment_orphaned,
    stock_reserved,
    stock_short,
)
from tests.support.smtp_sink import SmtpSink

ORDER = "ord_01J00000000000000000000001"
OTHER = "ord_01J00000000000000000000002"
PAYMENT = "pay_01J00000000000000000000001"
PARCEL = "pcl_01J00000000000000000000001"
PEV = "pev_01J00000000000000000000001"
UNTIL = "2031-05-03T12:00:00.000000Z"

DIFFERENCE = ReconciliationMismatch(payment_id=PAYMENT, order_id=ORDER, kind="paid_not_confirmed", ours="captured", theirs="45.00 EUR")
REFUND = RefundProposed(order_id=ORDER, proposed_for="fact:1", amount="15.00", currency="EUR", reason="shortage")


def tasks_of(notifications: ServiceDriver, query: str = "") -> list[dict[str, Any]]:
    """Oldest first."""
    found: list[dict[str, Any]] = notifications.asks("GET", f"/admin/v1/tasks{query}").body["data"]
    return found[::-1]


def tell(notifications: ServiceDriver, fact: Event | dict[str, Any]) -> None:
    """A fact arrives at the timeline, and at its hearers if it has any here."""
    body = fact if isinstance(fact, dict) else envelope_of(fact)
    notifications.records([body])
    if notifications.hearing.handlers.get(body["type"]):
        notifications.hears(body)


@pytest.mark.parametrize(
    ("fact", "kinds", "record", "title", "actions"),
    [
        (
            order_submitted(ORDER, duplicate_of=OTHER),
            ["duplicate_order"],
            ("order", ORDER),
            "Order SO000123 looks like one that was placed just before",
            ["hold", "cancel"],
        ),
        (order_late(ORDER), ["order_late", "delay_call"], ("order", ORDER), "Order SO000123 is late", ["open_deliveries"]),
        (
            stock_short(ORDER),
            ["stock_short", "delay_call"],
            ("order", ORDER),
            "Order SO000123 waits for goods that are not in stock",
            ["open_deliveries", "cancel"],
        ),
        (
            parcel_moved(ORDER, PARCEL, "lost"),
            ["parcel_problem", "delay_call"],
            ("parcel", PARCEL),
            "Order SO000123: a parcel is lost",
            ["open_parcel"],
        ),
        (
            parcel_moved(ORDER, PARCEL, "returned_to_sender"),
            ["parcel_problem", "delay_call"],
            ("parcel", PARCEL),
            "Order SO000123: a parcel comes back undelivered",
            ["open_parcel"],
        ),
        (
            parcel_moved(ORDER, PARCEL, "failed_attempt"),
            ["delay_call"],
            ("parcel", PARCEL),
            "Call the customer of order SO000123 about the delay",
            ["called"],
        ),
        (
            payment_mismatched(ORDER, PAYMENT),
            ["payment_mismatch"],
            ("payment", PAYMENT),
            "Order SO000123: another amount or currency was paid than was asked",
            ["accept", "ignore"],
        ),
        (
            payment_mismatched(ORDER, PAYMENT, code="currency_mismatch"),
            ["payment_mismatch"],
            ("payment", PAYMENT),
            "Order SO000123: another amount or currency was paid than was asked",
            ["ignore"],
        ),
        (
            payment_orphaned(ORDER, PAYMENT),
            ["payment_orphaned"],
            ("payment", PAYMENT),
            "Order SO000123: money came that the order no longer waits for",
            ["ignore"],
        ),
        (
            payment_news(PaymentDisputed, ORDER, PAYMENT, dispute="open"),
            ["payment_disputed"],
            ("payment", PAYMENT),
            "Order SO000123: the customer's bank disputes the payment",
            ["release"],
        ),
        (
            payment_cancelled(ORDER, PAYMENT),
            ["payment_due"],
            ("order", ORDER),
            "Order SO000123 is confirmed and its payment fell through",
            ["open_payments", "release", "cancel"],
        ),
        (
            payment_failed(ORDER, PAYMENT, state_before="authorized"),
            ["payment_due"],
            ("order", ORDER),
            "Order SO000123 is confirmed and its payment fell through",
            ["open_payments", "release", "cancel"],
        ),
        (
            payment_news(ReviewRequired, ORDER, PAYMENT),
            ["payment_review"],
            ("payment", PAYMENT),
            "Order SO000123: check the payment before goods leave",
            ["passed", "failed"],
        ),
        (
            payment_news(PaymentReviewed, ORDER, PAYMENT, result="failed", by="usr_1"),
            ["payment_review"],
            ("payment", PAYMENT),
            "Order SO000123: the payment did not pass its check",
            ["passed", "failed"],
        ),
        (
            payment_news(AuthorizationExpiring, ORDER, PAYMENT, authorized_until=UNTIL),
            ["authorization_expiring"],
            ("payment", PAYMENT),
            "Order SO000123: the authorised payment expires soon",
            ["capture", "void"],
        ),
        (
            ProviderEventUnmatched(provider_event_id=PEV, type="payment_intent.succeeded"),
            ["payment_unmatched"],
            ("provider_event", PEV),
            "The payment provider told of a payment that is not known here",
            ["replay"],
        ),
        (DIFFERENCE, ["paid_not_confirmed"], ("payment", PAYMENT), "Order SO000123 is paid and not confirmed", ["sync", "confirm"]),
        (
            DIFFERENCE.model_copy(update={"kind": "amount_differs"}),
            ["paid_not_confirmed"],
            ("payment", PAYMENT),
            "Order SO000123: our books and the payment provider's differ",
            ["sync", "confirm"],
        ),
        (
            REFUND,
            ["refund_proposal"],
            ("order", ORDER),
            "Order SO000123: give back what was paid for goods that will not come",
            ["open_payments"],
        ),
        (
            mail_failed(ORDER),
            ["mail_failed"],
            ("notification", "ntf_01J00000000000000000000001"),
            "Order SO000123: a mail could not be sent",
            ["resend"],
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Event) else "",
)
def test_a_fact_that_needs_a_person_opens_its_task_once(
    notifications: ServiceDriver, fact: Event, kinds: list[str], record: tuple[str, str], title: str, actions: list[str]
) -> None:
    """lifecycles.md, T1; R-ORD-16, R-ORD-63, R-PAY-04, R-PAY-17, R-PAY-21, R-PAY-23, R-NOT-03."""
    if not isinstance(fact, type(order_submitted(ORDER))):
        notifications.hears(order_confirmed(ORDER, sellers=()), seq=2)
    body = envelope_of(fact, seq=3)

    tell(notifications, body)
    tell(notifications, body)

    found = tasks_of(notifications)
    order_id = None if record[0] == "provider_event" else ORDER
    assert [task["kind"] for task in found] == kinds
    assert {key: found[0][key] for key in ("state", "order_id", "record", "title", "assignee", "closed_at", "note")} == {
        "state": "open",
        "order_id": order_id,
        "record": {"type": record[0], "id": record[1]},
        "title": title,
        "assignee": None,
        "closed_at": None,
        "note": None,
    }
    assert [action["name"] for action in found[0]["actions"]] == actions + (["open_order"] if order_id else [])
    assert all(action["path"].startswith("/admin/v1/") for action in found[0]["actions"])
    told = notifications.told_events("notifications.task_opened")
    assert [(event.task_id, event.kind, event.title) for event in told] == [(task["id"], task["kind"], task["title"]) for task in found]
    assert told[0].envelope.causation_id == body["id"]


@pytest.mark.parametrize(
    "fact",
    [
        order_submitted(ORDER),
        payment_failed(ORDER, PAYMENT),
        payment_cancelled(ORDER, PAYMENT, state_before="created"),
        payment_news(PaymentDisputed, ORDER, PAYMENT, dispute="won"),
        payment_news(PaymentReviewed, ORDER, PAYMENT, result="passed", by="usr_1"),
        parcel_moved(ORDER, PARCEL, "in_transit"),
        parcel_moved(ORDER, PARCEL, "delivered"),
        mail_failed(ORDER, dead=False),
        mail_failed(ORDER, template="staff_alert"),
    ],
    ids=lambda fact: fact.name,
)
def test_what_needs_nobody_opens_none(notifications: ServiceDriver, fact: Event) -> None:
    """A mail that will be tried again, an alert that failed (it would alert of itself for ever), an ordinary decline."""
    notifications.hears(order_confirmed(ORDER, sellers=()), seq=2)

    tell(notifications, envelope_of(fact, seq=3))

    assert tasks_of(notifications) == []


@pytest.mark.parametrize("standing", [None, "submitted", "cancelled"])
def test_a_payment_that_falls_through_is_due_of_a_confirmed_order_only(notifications: ServiceDriver, standing: str | None) -> None:
    """R-PAY-21, R-PAY-22: voiding the money of a cancelled order leaves nothing due."""
    if standing is not None:
        notifications.hears(order_submitted(ORDER), seq=1)
    if standing == "cancelled":
        notifications.hears(order_confirmed(ORDER, sellers=()), seq=2)
        notifications.hears(order_cancelled(ORDER), seq=3)

    tell(notifications, payment_cancelled(ORDER, PAYMENT))

    assert tasks_of(notifications) == []


def test_a_cancelled_order_opens_nothing_that_its_cancellation_ends(notifications: ServiceDriver) -> None:
    """Heard by the hearers, and not recorded by the timeline yet: money for it is somebody's business all the same."""
    notifications.hears(order_confirmed(ORDER, sellers=()), seq=1)
    notifications.hears(order_cancelled(ORDER), seq=2)

    notifications.hears(stock_short(ORDER))
    notifications.hears(payment_news(ReviewRequired, ORDER, PAYMENT))
    notifications.hears(payment_orphaned(ORDER, PAYMENT))

    assert [task["kind"] for task in tasks_of(notifications)] == ["payment_orphaned"]


def test_while_it_is_open_the_same_cause_opens_no_second(notifications: ServiceDriver) -> None:
    """R-ORD-63: one task each; it stands for the newer fact."""
    notifications.hears(stock_short(ORDER), seq=1)
    notifications.hears(stock_short(ORDER).model_copy(update={"lines": ()}), seq=2)
    notifications.hears(stock_short(OTHER), seq=3)

    found = tasks_of(notifications, "?kind=stock_short")

    assert [(task["order_id"], len(task["data"]["lines"])) for task in found] == [(ORDER, 0), (OTHER, 1)]


def test_a_closed_one_is_opened_again_by_a_newer_fact_only(notifications: ServiceDriver) -> None:
    body = envelope_of(parcel_moved(ORDER, PARCEL, "lost"))
    notifications.records([body])
    for task in tasks_of(notifications):
        notifications.asks("POST", f"/admin/v1/tasks/{task['id']}/close", {"note": "found"})

    notifications.records([body])
    assert len(tasks_of(notifications)) == 2
    assert notifications.dead_letters() == []

    notifications.records([envelope_of(parcel_moved(ORDER, PARCEL, "lost"), seq=2)])
    assert len(tasks_of(notifications, "?state=open")) == 2


def test_titles_are_in_the_store_s_language(notifications: ServiceDriver) -> None:
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"default_language": "fa"}}})
    notifications.hears(order_late(ORDER))

    assert tasks_of(notifications)[0]["title"] == "سفارش SO000123 دیر شده است"


def test_a_call_says_why_and_what_was_promised(notifications: ServiceDriver) -> None:
    """R-ORD-63."""
    notifications.hears(order_confirmed(ORDER, sellers=(), expected_at="2031-05-06T16:00:00.000000Z"), seq=2)
    notifications.hears(stock_short(ORDER))

    (call,) = tasks_of(notifications, "?kind=delay_call")

    assert call["data"] == {"why": "stock_short", "lines": [{"sku": "AXE-1", "missing": 1}], "expected_at": "2031-05-06T16:00:00.000000Z"}
    assert call["actions"][0] == {
        "name": "called",
        "method": "POST",
        "path": f"/admin/v1/tasks/{call['id']}/close",
        "body": {"note": "called"},
    }


def test_an_expiring_authorization_has_a_time_it_is_due(notifications: ServiceDriver) -> None:
    notifications.hears(payment_news(AuthorizationExpiring, ORDER, PAYMENT, authorized_until=UNTIL))

    assert tasks_of(notifications)[0]["due_at"] == UNTIL


def test_each_alert_address_gets_one_mail_per_task(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-01, R-NOT-13: one address per mail, in the store's language, also when one is named twice."""
    store = {"alert_emails": ["desk@example.org", "night@example.org", "desk@example.org"], "default_language": "ru"}
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": store}})
    unmatched = ProviderEventUnmatched(provider_event_id=PEV, type="payment_intent.succeeded")

    notifications.hears(unmatched, times=2)
    notifications.hears(envelope_of(DIFFERENCE))
    notifications.hears_itself()

    assert sorted(taken.recipients for taken in sink.taken) == [("desk@example.org",)] * 2 + [("night@example.org",)] * 2
    subjects = {str(taken.message["Subject"]) for taken in sink.taken}
    assert "Платёжная система сообщила о платеже, которого здесь нет" in subjects
    bodies = [taken.message.get_body(("plain",)) for taken in sink.taken]
    texts = [body.get_content() for body in bodies if body is not None]
    assert sum("/office/tasks" in text for text in texts) == 2
    assert sum(f"/office/orders/{ORDER}" in text for text in texts) == 2


def test_an_alert_that_cannot_be_sent_brings_no_further_alert(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"alert_emails": ["desk@example.org"]}}})
    sink.recipient_reply = "550 5.1.1 unknown"

    notifications.hears(order_late(ORDER).model_copy(update={"order_id": ORDER}))
    notifications.hears_itself()

    assert {task["kind"] for task in tasks_of(notifications)} == {"order_late", "delay_call"}
    assert len(notifications.told("notifications.mail_failed")) == 2


def test_an_ordinary_order_costs_no_look_at_tasks(notifications: ServiceDriver) -> None:
    """Facts that every order tells are recorded with the statements that recording takes, and not one more."""
    asked: list[str] = []
    ordinary = [
        envelope_of(fact, seq=1)
        for fact in (
            order_submitted(ORDER),
            payment_captured(ORDER, PAYMENT),
            order_confirmed(ORDER),
            stock_reserved(ORDER),
            parcel_moved(ORDER, PARCEL, "in_transit"),
            delivery_done(ORDER, remaining=()),
            parcel_moved(ORDER, PARCEL, "delivered"),
            parcel_delivered(ORDER, PARCEL),
        )
    ]
    notifications.records(ordinary[:1])
    sqlalchemy_event.listen(
        notifications.db.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(" ".join(statement.split()))
    )

    notifications.records(ordinary)
    notifications.hears(order_submitted(ORDER))

    assert [statement for statement in asked if "tasks" in statement] == []
    assert sum("events" in statement for statement in asked) <= 2


@pytest.mark.parametrize("kind", ["payment_mismatch", "gossip"])
def test_lists_are_filtered(notifications: ServiceDriver, kind: str) -> None:
    notifications.hears(stock_short(OTHER))
    notifications.hears(payment_mismatched(ORDER, PAYMENT))
    answer = notifications.asks("GET", f"/admin/v1/tasks?kind={kind},stock_short&state=open,claimed&order_id={ORDER}")

    if kind == "gossip":
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/kind")
    else:
        assert [task["kind"] for task in answer.body["data"]] == ["payment_mismatch"]
