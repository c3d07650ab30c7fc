"""Tasks are claimed and closed by people, and close by themselves when their cause is gone, in whatever order the facts come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.notifications.domain.causes import ENDED_BY, may_end_one
from shared.contracts.base import Event
from shared.contracts.billing import (
    AuthorizationExpired,
    AuthorizationExpiring,
    DueChanged,
    PaymentDisputed,
    PaymentResolved,
    PaymentReviewed,
    ReviewRequired,
)
from shared.contracts.choreography import EVENTS
from shared.contracts.delivery import UnitsCancelled
from shared.contracts.orders import OrderReleased, OrderReopened
from shared.web.caller import Caller, permissions_of
from tests.services.notifications.test_open_tasks import DIFFERENCE, ORDER, OTHER, PARCEL, PAYMENT, UNTIL, tasks_of
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_notifications import (
    delivery_done,
    order_cancelled,
    order_confirmed,
    order_submitted,
    payment_captured,
)
from tests.support.samples_tasks import (
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

DUPLICATE = order_submitted(ORDER, duplicate_of=OTHER)
LOST = parcel_moved(ORDER, PARCEL, "lost")
ATTEMPT = parcel_moved(ORDER, PARCEL, "failed_attempt")
REVIEW = payment_news(ReviewRequired, ORDER, PAYMENT)
FAILED_REVIEW = payment_news(PaymentReviewed, ORDER, PAYMENT, result="failed", by="usr_1")
PASSED = payment_news(PaymentReviewed, ORDER, PAYMENT, result="passed", by="usr_1")
DISPUTE = payment_news(PaymentDisputed, ORDER, PAYMENT, dispute="open")
EXPIRING = payment_news(AuthorizationExpiring, ORDER, PAYMENT, authorized_until=UNTIL)
RESOLVED = payment_news(PaymentResolved, ORDER, PAYMENT, action="refund", note="sent back")
DONE = delivery_done(ORDER, remaining=())
SECOND = payment_captured(ORDER, PAYMENT, reference="SO000123-1")
NO_LONGER_SHORT = UnitsCancelled(delivery_id="dlv_1", order_id=ORDER, reason="shortage", lines=())

AT_ONCE: list[tuple[Event, Event]] = [
    (DUPLICATE, order_cancelled(ORDER)),
    (DUPLICATE, OrderReopened(order_id=ORDER, number="SO000123", submission=1)),
    (order_late(ORDER), order_cancelled(ORDER)),
    (stock_short(ORDER), stock_reserved(ORDER)),
    (stock_short(ORDER), order_cancelled(ORDER)),
    (stock_short(ORDER), NO_LONGER_SHORT),
    (payment_mismatched(ORDER, PAYMENT), RESOLVED),
    (payment_mismatched(ORDER, PAYMENT), payment_captured(ORDER, PAYMENT, state_before="failed")),
    (payment_orphaned(ORDER, PAYMENT), RESOLVED),
    (DISPUTE, payment_news(PaymentDisputed, ORDER, PAYMENT, dispute="won")),
    (DISPUTE, payment_news(PaymentDisputed, ORDER, PAYMENT, dispute="lost")),
    (payment_cancelled(ORDER, PAYMENT), order_cancelled(ORDER)),
    (payment_cancelled(ORDER, PAYMENT), OrderReleased(order_id=ORDER, number="SO000123")),
    (payment_cancelled(ORDER, PAYMENT), DueChanged(order_id=ORDER, due="0.00", currency="EUR", held=False)),
    (payment_cancelled(ORDER, PAYMENT), SECOND),
    (REVIEW, PASSED),
    (REVIEW, order_cancelled(ORDER)),
    (FAILED_REVIEW, PASSED),
    (EXPIRING, payment_captured(ORDER, PAYMENT, state_before="authorized")),
    (EXPIRING, payment_cancelled(ORDER, PAYMENT)),
    (EXPIRING, payment_news(AuthorizationExpired, ORDER, PAYMENT, authorized_until=UNTIL)),
    (DIFFERENCE, order_cancelled(ORDER)),
    (DIFFERENCE.model_copy(update={"kind": "amount_differs"}), RESOLVED),
]
WITH_ITS_TIMER: list[tuple[Event, Event]] = [
    (order_late(ORDER), DONE),
    (stock_short(ORDER), DONE),
    (LOST, parcel_delivered(ORDER, PARCEL)),
    (ATTEMPT, parcel_moved(ORDER, PARCEL, "delivered")),
    (DIFFERENCE, order_confirmed(ORDER)),
]
NOT_ENDED: list[tuple[Event, Event]] = [
    (stock_short(ORDER), stock_reserved(ORDER, complete=False)),
    (stock_short(ORDER), stock_reserved(OTHER)),
    (order_late(ORDER), delivery_done(ORDER)),
    (order_late(ORDER), delivery_done(ORDER, last=False, remaining=())),
    (order_late(ORDER), delivery_done(ORDER, kind="return", remaining=())),
    (REVIEW, FAILED_REVIEW),
    (DISPUTE, DISPUTE),
    (payment_cancelled(ORDER, PAYMENT), DueChanged(order_id=ORDER, due="5.00", currency="EUR", held=True)),
    (payment_cancelled(ORDER, PAYMENT), payment_captured(ORDER, PAYMENT, reference="SO000123-1", due="5.00")),
    (payment_mismatched(ORDER, PAYMENT), order_cancelled(ORDER)),
    (payment_mismatched(ORDER, PAYMENT), payment_news(PaymentResolved, ORDER, "pay_OTHER", action="ignore", note="no")),
]


def _id(n: int) -> str:
    return f"evt_01J0000000000000000000000{n}"


def _confirmed(notifications: ServiceDriver, cause: Event) -> None:
    if cause is not DUPLICATE:
        notifications.hears(envelope_of(order_confirmed(ORDER, sellers=()), seq=1, event_id=_id(1)))


def _open(notifications: ServiceDriver, cause: Event, n: int = 3) -> None:
    """The cause is told, to the timeline and to its hearers."""
    body = envelope_of(cause, seq=n, event_id=_id(n))
    notifications.records([body])
    if notifications.hearing.handlers.get(cause.name):
        notifications.hears(body)


def _states(notifications: ServiceDriver) -> set[str]:
    return {task["state"] for task in tasks_of(notifications)}


def _pairs(pairs: list[tuple[Event, Event]]) -> Callable[..., Any]:
    return pytest.mark.parametrize(("cause", "end"), pairs, ids=[f"{cause.name}-{end.name}" for cause, end in pairs])


@_pairs(AT_ONCE)
def test_it_closes_by_itself_when_its_cause_is_gone(notifications: ServiceDriver, cause: Event, end: Event) -> None:
    """lifecycles.md, T1."""
    _confirmed(notifications, cause)
    _open(notifications, cause)
    assert _states(notifications) == {"open"}

    body = envelope_of(end, seq=4, event_id=_id(4))
    notifications.records([body, body])
    notifications.records([body])

    found = tasks_of(notifications)
    assert {(task["state"], task["closed_by"], task["note"]) for task in found} == {("closed", "system", end.name)}
    told = notifications.told_events("notifications.task_closed")
    assert [event.task_id for event in told] == [task["id"] for task in found]
    assert told[0].envelope.causation_id == _id(4)


@_pairs(AT_ONCE + WITH_ITS_TIMER)
def test_a_cause_that_was_gone_before_opens_nothing(notifications: ServiceDriver, cause: Event, end: Event) -> None:
    """Facts come in any order: the end is recorded, and then the cause is heard."""
    _confirmed(notifications, cause)
    notifications.records([envelope_of(end, seq=4, event_id=_id(4))])

    _open(notifications, cause)

    assert tasks_of(notifications) == []
    assert notifications.told("notifications.task_opened") == []


@_pairs(AT_ONCE + WITH_ITS_TIMER)
def test_what_ended_before_it_began_again_does_not_count(notifications: ServiceDriver, cause: Event, end: Event) -> None:
    _confirmed(notifications, cause)
    notifications.records([envelope_of(end, seq=2, event_id=_id(2))])

    _open(notifications, cause)
    notifications.records([envelope_of(end, seq=2, event_id=_id(2))])

    assert _states(notifications) == {"open"}


@_pairs(WITH_ITS_TIMER)
def test_what_every_order_tells_closes_it_at_its_next_look(notifications: ServiceDriver, cause: Event, end: Event) -> None:
    """An ordinary order costs no look; so the task looks itself, after five minutes at first, later ever more seldom."""
    _confirmed(notifications, cause)
    _open(notifications, cause)
    notifications.later(minutes=5)
    notifications.runs_timers()
    assert _states(notifications) == {"open"}

    notifications.records([envelope_of(end, seq=5, event_id=_id(5))])
    assert _states(notifications) == {"open"}
    notifications.later(minutes=5)
    notifications.runs_timers()

    assert _states(notifications) == {"closed"}
    notifications.later(days=30)
    assert notifications.runs_timers() == []


def test_a_task_that_stays_looks_ever_more_seldom(notifications: ServiceDriver) -> None:
    notifications.hears(order_late(ORDER))
    looks = 0
    for _ in range(60 * 24):
        notifications.later(hours=1)
        looks += len(notifications.runs_timers()) // 2

    assert 10 < looks < 40


@_pairs(NOT_ENDED)
def test_it_stays_while_its_cause_lasts(notifications: ServiceDriver, cause: Event, end: Event) -> None:
    _confirmed(notifications, cause)
    _open(notifications, cause)

    notifications.records([envelope_of(end, seq=4, event_id=_id(4))])
    notifications.later(minutes=5)
    notifications.runs_timers()

    assert _states(notifications) == {"open"}


def test_of_two_shortages_the_goods_for_the_first_end_the_first_only(notifications: ServiceDriver) -> None:
    """The open task stands for the newer one, also when the older one's end comes late."""
    _open(notifications, stock_short(ORDER), 2)
    _open(notifications, stock_short(ORDER), 4)

    notifications.records([envelope_of(stock_reserved(ORDER), seq=3, event_id=_id(3))])
    assert _states(notifications) == {"open"}

    notifications.records([envelope_of(stock_reserved(ORDER), seq=5, event_id=_id(5))])
    assert _states(notifications) == {"closed"}


def test_a_cause_and_its_end_at_the_same_instant_leave_nothing_open(notifications: ServiceDriver) -> None:
    """Whichever is first: the end sees the task, or the task sees the end."""
    for round_ in range(8):
        order = f"ord_01J000000000000000000000{round_:02}"
        cause = envelope_of(stock_short(order), seq=round_ * 2 + 2)
        end = envelope_of(stock_reserved(order), seq=round_ * 2 + 3)
        start = threading.Barrier(2)
        failures: list[BaseException] = []

        def at_once(act: Callable[[], None], start: threading.Barrier = start, failures: list[BaseException] = failures) -> None:
            try:
                start.wait(20)
                act()
            except BaseException as error:
                failures.append(error)

        threads = [
            threading.Thread(target=at_once, args=(lambda body=cause: notifications.hears(body),)),
            threading.Thread(target=at_once, args=(lambda body=end: notifications.records([body]),)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert failures == []
        assert tasks_of(notifications, f"?order_id={order}&state=open") == []


def test_every_end_is_a_fact_that_somebody_tells() -> None:
    assert {end.fact for ends in ENDED_BY.values() for end in ends} <= set(EVENTS)


def test_the_first_fact_of_a_reservation_is_not_worth_a_look() -> None:
    """Every order with goods tells it."""
    assert not may_end_one(envelope_of(stock_reserved(ORDER), seq=1))
    assert may_end_one(envelope_of(stock_reserved(ORDER), seq=2))


def _clerk(key: str, *roles: str, seller: str | None = None) -> Caller:
    return Caller(type="api_key", id=key, name=key, permissions=permissions_of(roles), seller=seller)


def _task(notifications: ServiceDriver) -> str:
    notifications.hears(payment_mismatched(ORDER, PAYMENT))
    return str(tasks_of(notifications)[0]["id"])


def test_one_claims_it_and_the_other_is_told_who(notifications: ServiceDriver) -> None:
    path = f"/admin/v1/tasks/{_task(notifications)}/claim"
    answers: list[Any] = []
    start = threading.Barrier(2)

    def claim(key: str) -> None:
        start.wait(20)
        answers.append(notifications.asks("POST", path, caller=_clerk(key, "support")))

    threads = [threading.Thread(target=claim, args=(key,)) for key in ("key_1", "key_2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    won, lost = sorted(answers, key=lambda answer: answer.status)
    assert (won.status, won.body["state"], lost.status, lost.code) == (200, "claimed", 409, "already_claimed")
    assert lost.body["claimed_by"] == won.body["assignee"]
    again = notifications.asks("POST", path, caller=_clerk(won.body["assignee"], "support"))
    assert (again.status, again.body) == (200, won.body)
    mine = notifications.asks("GET", f"/admin/v1/tasks?assignee={won.body['assignee']}&state=claimed").body["data"]
    assert mine == [won.body]


def test_who_closes_it_says_what_was_done_once(notifications: ServiceDriver) -> None:
    path = f"/admin/v1/tasks/{_task(notifications)}"
    empty = notifications.asks("POST", f"{path}/close", {"note": ""})
    closed = notifications.asks("POST", f"{path}/close", {"note": "sent back"}, caller=_clerk("key_1", "accountant"))
    again = notifications.asks("POST", f"{path}/close", {"note": "another note"})
    claim = notifications.asks("POST", f"{path}/claim")

    assert (empty.status, empty.body["errors"][0]["pointer"]) == (422, "/note")
    assert (closed.status, closed.body["state"], closed.body["closed_by"], closed.body["note"]) == (200, "closed", "key_1", "sent back")
    assert closed.body["closed_at"] == "2031-05-01T12:00:00.000000Z"
    assert (again.status, again.body) == (200, closed.body)
    assert (claim.status, claim.code, claim.body["from"]) == (409, "illegal_transition", "closed")
    assert notifications.asks("GET", path).body == closed.body
    (told,) = notifications.told_events("notifications.task_closed")
    assert (told.note, told.envelope.actor.id) == ("sent back", "key_1")
    notifications.records([envelope_of(RESOLVED)])
    assert notifications.asks("GET", path).body == closed.body


def test_a_seller_sees_no_task_and_readonly_changes_none(notifications: ServiceDriver) -> None:
    """R-ACC-06, R-ACC-04, R-ACC-05."""
    path = f"/admin/v1/tasks/{_task(notifications)}"
    seller, reader = _clerk("key_1", "seller", seller="kiln"), _clerk("key_2", "readonly")

    assert notifications.asks("GET", "/admin/v1/tasks", caller=seller).body["data"] == []
    assert notifications.asks("GET", path, caller=seller).status == 404
    for command, body in (("claim", None), ("close", {"note": "mine"})):
        assert notifications.asks("POST", f"{path}/{command}", body, caller=seller).status == 404
        refused = notifications.asks("POST", f"{path}/{command}", body, caller=reader)
        assert (refused.status, refused.body["required_permission"]) == (403, "tasks.write")
    assert notifications.asks("GET", path, caller=reader).status == 200
    assert notifications.asks("GET", path, caller=Caller(type="guest", order_id=ORDER)).status == 401
    assert _states(notifications) == {"open"}


def test_an_unknown_task_is_not_there(notifications: ServiceDriver) -> None:
    for unknown in ("tsk_01J00000000000000000000001", "tsk_1", "ord_01J00000000000000000000001"):
        for method, path in (("GET", ""), ("POST", "/claim")):
            assert notifications.asks(method, f"/admin/v1/tasks/{unknown}{path}").status == 404


def test_pages_are_newest_first(notifications: ServiceDriver) -> None:
    for n, kind in enumerate(("lost", "returned_to_sender"), start=2):
        notifications.records([envelope_of(parcel_moved(ORDER, f"pcl_01J0000000000000000000000{n}", kind))])
    every = [task["id"] for task in notifications.asks("GET", "/admin/v1/tasks").body["data"]]
    first = notifications.asks("GET", "/admin/v1/tasks?limit=3").body
    second = notifications.asks("GET", f"/admin/v1/tasks?limit=3&after={first['page']['next']}").body

    assert [task["id"] for task in first["data"] + second["data"]] == every == sorted(every, reverse=True)
    assert (len(every), second["page"]) == (4, {"next": None, "has_more": False})
