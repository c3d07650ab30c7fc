"""The history of an order over all services, and the table of its words."""

from __future__ import annotations

import string

import pytest

from services.notifications.domain.timeline import KINDS, WORDINGS
from shared.contracts.choreography import EVENTS
from shared.web.caller import NOBODY, Caller, permissions_of
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_notifications import order_confirmed, order_created, order_submitted, payment_captured, payment_failed

ORDER = "ord_01J00000000000000000000001"
OTHER = "ord_01J00000000000000000000002"
PAYMENT = "pay_01J00000000000000000000001"


def _id(n: int) -> str:
    return f"evt_01J0000000000000000000000{n}"


def test_every_fact_that_is_not_internal_has_its_words() -> None:
    assert {name for name, event in EVENTS.items() if not event.internal} == set(WORDINGS)


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_words_use_fields_that_every_telling_of_the_fact_has(name: str) -> None:
    required = {field for field, known in EVENTS[name].model_fields.items() if known.is_required()}
    used = {field.partition("[")[0] for _, field, _, _ in string.Formatter().parse(WORDINGS[name].title) if field}

    assert used <= required
    assert set(WORDINGS[name].moved or ()) <= required
    assert WORDINGS[name].kind in KINDS


def test_causes_come_before_effects_however_late_they_arrive(notifications: ServiceDriver) -> None:
    """R-ORD-57, R-MSG-01."""
    created = envelope_of(order_created(ORDER), event_id=_id(1))
    submitted = envelope_of(order_submitted(ORDER), event_id=_id(2))
    captured = envelope_of(payment_captured(ORDER, PAYMENT), event_id=_id(3))
    confirmed = envelope_of(order_confirmed(ORDER), event_id=_id(4))

    notifications.records([confirmed, captured])
    notifications.records([submitted, created, envelope_of(order_created(OTHER))])
    entries = notifications.asks("GET", f"/admin/v1/orders/{ORDER}/timeline").body["data"]

    assert [(entry["position"], entry["event_id"], entry["title"]) for entry in entries] == [
        (1, _id(1), "Cart created in channel web"),
        (2, _id(2), "Order SO000123 submitted"),
        (3, _id(3), "Payment of 45.00 EUR captured"),
        (4, _id(4), "Order SO000123 confirmed"),
    ]


def test_an_entry_says_who_did_what_to_which_record_and_why(notifications: ServiceDriver) -> None:
    """R-ORD-57."""
    body = envelope_of(order_confirmed(ORDER), event_id=_id(2)) | {
        "actor": {"type": "staff", "id": "usr_1", "name": "Kim"},
        "causation_id": _id(1),
        "change": {"from": "quotation", "to": "confirmed", "command": "confirm", "reason": "by phone"},
    }

    notifications.records([body])
    (entry,) = notifications.asks("GET", f"/admin/v1/orders/{ORDER}/timeline").body["data"]

    assert entry.pop("data")["number"] == "SO000123"
    assert entry == {
        "position": 1,
        "at": "2031-05-01T12:00:00.000000Z",
        "service": "orders",
        "kind": "state_changed",
        "title": "Order SO000123 confirmed",
        "from": "quotation",
        "to": "confirmed",
        "command": "confirm",
        "record": {"type": "order", "id": ORDER, "number": "SO000123"},
        "actor": {"type": "staff", "id": "usr_1", "name": "Kim"},
        "reason": "by phone",
        "visibility": "customer",
        "event_id": _id(2),
        "correlation_id": "cor_test",
        "causation_id": _id(1),
    }


def test_what_opens_an_order_is_in_no_entry(notifications: ServiceDriver) -> None:
    notifications.records([order_confirmed(ORDER)])

    timeline = notifications.asks("GET", f"/admin/v1/orders/{ORDER}/timeline")
    feed = notifications.asks("GET", "/admin/v1/events")

    assert b"token_generation" not in timeline.raw + feed.raw


def test_entries_are_filtered_by_service_and_kind(notifications: ServiceDriver) -> None:
    notifications.records([order_created(ORDER), payment_failed(ORDER, PAYMENT), payment_captured(ORDER, PAYMENT)])
    path = f"/admin/v1/orders/{ORDER}/timeline"

    billing = notifications.asks("GET", f"{path}?service=billing").body["data"]
    changes = notifications.asks("GET", f"{path}?kind=state_changed,mail").body["data"]

    assert [entry["title"] for entry in billing] == [
        "Payment of 45.00 EUR failed: Your card was declined.",
        "Payment of 45.00 EUR captured",
    ]
    assert [entry["title"] for entry in changes] == ["Cart created in channel web"]


@pytest.mark.parametrize("query", ["service=shop", "kind=gossip", "colour=red", "kind=mail&kind=note"])
def test_an_unknown_filter_is_refused_with_its_pointer(notifications: ServiceDriver, query: str) -> None:
    answer = notifications.asks("GET", f"/admin/v1/orders/{ORDER}/timeline?{query}")

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.body["errors"][0]["pointer"] == "/" + query.partition("=")[0]


def test_a_bundle_told_twice_changes_nothing(notifications: ServiceDriver) -> None:
    """R-ORD-57."""
    body = envelope_of(order_created(ORDER))

    notifications.records([body])
    notifications.records([body, body])

    assert len(notifications.asks("GET", f"/admin/v1/orders/{ORDER}/timeline").body["data"]) == 1


def test_an_order_that_no_fact_names_is_not_there(notifications: ServiceDriver) -> None:
    for unknown in (ORDER, "SO000123", "ord_\0"):
        answer = notifications.asks("GET", f"/admin/v1/orders/{unknown}/timeline")
        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (NOBODY, 401),
        (Caller(type="guest", order_id=ORDER), 401),
        (Caller(type="customer", customer="cus_1", order_id=ORDER), 401),
        (Caller(type="api_key", id="key_1", permissions=permissions_of(["seller"]), seller="kiln"), 403),
        (Caller(type="api_key", id="key_2", permissions=permissions_of(["readonly"])), 200),
    ],
)
def test_only_the_shops_own_staff_sees_it(notifications: ServiceDriver, caller: Caller, status: int) -> None:
    """R-ACC-01, R-ACC-06: also when the order is the guest's, or holds the seller's lines."""
    notifications.records([order_confirmed(ORDER)])

    assert notifications.asks("GET", f"/admin/v1/orders/{ORDER}/timeline", caller=caller).status == status
