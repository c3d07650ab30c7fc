"""The feed gives every fact once, in an order in which nothing comes in behind a reader."""

from __future__ import annotations

import threading

import pytest

from services.notifications.handlers import record_events
from shared.web.caller import Caller, permissions_of
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_notifications import order_created, payment_captured, payment_failed

ORDER = "ord_01J00000000000000000000001"
OTHER = "ord_01J00000000000000000000002"
PAYMENT = "pay_01J00000000000000000000001"


def _ids(notifications: ServiceDriver, query: str = "") -> list[str]:
    return [event["id"] for event in notifications.asks("GET", f"/admin/v1/events{query}").body["data"]]


def test_pages_of_the_feed_hold_every_fact_once(notifications: ServiceDriver) -> None:
    """R-NOT-15: nothing is lost for a consumer that comes later."""
    bodies = [envelope_of(order_created(ORDER)) for _ in range(5)]
    notifications.records(bodies)
    first = notifications.asks("GET", "/admin/v1/events?limit=2").body
    second = notifications.asks("GET", f"/admin/v1/events?limit=2&after={first['page']['next']}").body
    third = notifications.asks("GET", f"/admin/v1/events?limit=2&after={second['page']['next']}").body

    seen = [event["id"] for page in (first, second, third) for event in page["data"]]

    assert seen == [body["id"] for body in bodies]
    assert third["page"] == {"next": None, "has_more": False}


def test_an_older_fact_that_comes_late_is_behind_the_reader_and_not_before(notifications: ServiceDriver) -> None:
    early, late = envelope_of(order_created(ORDER)), envelope_of(order_created(ORDER))
    notifications.records([late])
    notifications.records([early])

    assert _ids(notifications, f"?after={late['id']}") == [early["id"]]


def test_a_reader_never_skips_what_is_committed_late(notifications: ServiceDriver, backend: str) -> None:
    """R-NOT-15: the second writer waits for the first: a position is never seen before a lower one."""
    slow, quick = envelope_of(order_created(ORDER)), envelope_of(order_created(OTHER))
    holding, finish, done = threading.Event(), threading.Event(), threading.Event()

    def write_slowly() -> None:
        with notifications.db.begin() as tx:
            record_events([slow], tx)
            holding.set()
            finish.wait(20)

    def write_quickly() -> None:
        with notifications.db.begin() as tx:
            record_events([quick], tx)
        done.set()

    threads = [threading.Thread(target=write_slowly), threading.Thread(target=write_quickly)]
    threads[0].start()
    holding.wait(20)
    threads[1].start()
    overtook = done.wait(0.3)
    seen_meanwhile = _ids(notifications)
    finish.set()
    for thread in threads:
        thread.join(20)

    assert not overtook
    assert seen_meanwhile == []
    assert _ids(notifications) == [slow["id"], quick["id"]]


def test_two_bundles_in_opposite_order_never_deadlock(notifications: ServiceDriver) -> None:
    bodies = [envelope_of(order_created(ORDER)) for _ in range(200)]
    failures: list[BaseException] = []

    def write(bundle: list[dict[str, object]]) -> None:
        try:
            for start in range(0, len(bundle), 50):
                with notifications.db.begin() as tx:
                    record_events(bundle[start : start + 50], tx)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(bundle,)) for bundle in (bodies, bodies[::-1], bodies, bodies[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert notifications.rows("SELECT count(*), count(DISTINCT event_id) FROM events") == [(200, 200)]


def test_the_feed_is_filtered_by_type_and_order(notifications: ServiceDriver) -> None:
    created, failed = envelope_of(order_created(ORDER)), envelope_of(payment_failed(ORDER, PAYMENT))
    captured, other = envelope_of(payment_captured(ORDER, PAYMENT)), envelope_of(order_created(OTHER))
    notifications.records([created, failed, captured, other])

    assert _ids(notifications, "?types=billing.payment_failed,orders.order_created") == [created["id"], failed["id"], other["id"]]
    assert _ids(notifications, f"?order_id={ORDER}&after={created['id']}") == [failed["id"], captured["id"]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=²", "after=evt_unknown", "types=orders.nothing", "q=1"])
def test_a_wrong_parameter_is_refused_with_its_pointer(notifications: ServiceDriver, query: str) -> None:
    answer = notifications.asks("GET", f"/admin/v1/events?{query}")

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.body["errors"][0]["pointer"] == "/" + query.partition("=")[0]


def test_the_feed_needs_ops_read(notifications: ServiceDriver) -> None:
    """R-ACC-04."""
    sales = Caller(type="api_key", id="key_1", permissions=permissions_of(["sales"]))

    answer = notifications.asks("GET", "/admin/v1/events", caller=sales)

    assert (answer.status, answer.body["required_permission"]) == (403, "ops.read")
