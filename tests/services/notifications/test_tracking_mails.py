"""A tracking number that comes after its parcel has left."""

from __future__ import annotations

import pytest

from shared.contracts.delivery import TrackingChanged
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_notifications import delivery_done, order_confirmed, parcel, pickup_ready
from tests.support.smtp_sink import SmtpSink

DELIVERY = "dlv_01J00000000000000000000001"
ORDER = "ord_01J00000000000000000000001"


def _templates(notifications: ServiceDriver) -> list[str]:
    return sorted(row["template"] for row in notifications.asks("GET", "/admin/v1/notifications").body["data"])


def _number(parcel_id: str, number: str | None = "JJFI0002") -> TrackingChanged:
    return TrackingChanged(parcel_id=parcel_id, delivery_id=DELIVERY, order_id=ORDER, carrier="Posti", tracking_number=number)


def _shipped(notifications: ServiceDriver, **changed: object) -> str:
    """A parcel left, without a number unless it is given one."""
    left = parcel(**({"tracking_number": None, "tracking_url": None, "carrier": "manual"} | changed))
    body = envelope_of(delivery_done(ORDER, delivery_id=DELIVERY, parcels=(left,)))
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears(body)
    notifications.records([body])
    return left.id


def test_a_number_that_comes_later_is_mailed_once(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-07: with the parcel's content, and nothing said of the rest; put right afterwards, it is not mailed again."""
    parcel_id = _shipped(notifications)

    notifications.hears(_number(parcel_id), seq=2, times=2)
    notifications.hears(_number(parcel_id, "JJFI0003"), seq=3)
    notifications.hears_itself()

    (late,) = notifications.asks("GET", f"/admin/v1/notifications?record_id={parcel_id}&state=sent").body["data"]
    text = notifications.asks("GET", f"/admin/v1/notifications/{late['id']}").body["text"]
    assert "Carrier: Posti\nTracking number: JJFI0002\n2 × Oak mug (MUG-1)" in text
    assert "in full" not in text
    assert "follows later" not in text
    assert sink.recipients == ["ada@example.com"] * 3


@pytest.mark.parametrize("changed", [{"tracking_number": "JJFI0001"}, {"id": "pcl_OTHER"}])
def test_a_number_that_was_told_is_not_told_again(notifications: ServiceDriver, changed: dict[str, object]) -> None:
    parcel_id = _shipped(notifications, **changed)

    notifications.hears(_number("pcl_1" if "id" in changed else parcel_id), seq=2)

    assert _templates(notifications) == ["order_confirmation", "parcel_shipped"]


def test_goods_of_no_order_are_told_to_nobody(notifications: ServiceDriver) -> None:
    notifications.hears(delivery_done(ORDER).model_copy(update={"order_id": None}))
    notifications.hears(pickup_ready(ORDER).model_copy(update={"order_id": None}))
    notifications.hears(_number("pcl_1").model_copy(update={"order_id": None}))

    assert _templates(notifications) == []


def test_of_a_parcel_that_has_not_left_nothing_is_mailed(notifications: ServiceDriver) -> None:
    """Its number goes with the mail of its delivery; a number that is taken away is none to tell."""
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears(_number("pcl_1"), seq=1)
    parcel_id = _shipped(notifications)
    notifications.hears(_number(parcel_id, None), seq=2)

    assert _templates(notifications) == ["order_confirmation", "parcel_shipped"]


@pytest.mark.parametrize("silent", [{"notify": False}, {"to_customer": False}, {"pickup": True}, {"last": False}])
def test_a_silent_shipment_stays_silent(notifications: ServiceDriver, silent: dict[str, bool]) -> None:
    """R-NOT-06, R-NOT-08."""
    left = parcel(tracking_number=None, tracking_url=None)
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.records([envelope_of(delivery_done(ORDER, delivery_id=DELIVERY, parcels=(left,), **silent))])

    notifications.hears(_number(left.id), seq=2)

    assert _templates(notifications) == ["order_confirmation"]


def test_a_number_waits_for_the_content_of_its_shipment(notifications: ServiceDriver) -> None:
    """The customer was told, and the timeline has not recorded it yet."""
    left = parcel(tracking_number=None, tracking_url=None)
    body = envelope_of(delivery_done(ORDER, delivery_id=DELIVERY, parcels=(left,)))
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears(body)
    assert notifications.hears_again_later(_number(left.id), seq=2)

    notifications.records([body])
    notifications.hears(_number(left.id), seq=2)

    assert _templates(notifications) == ["order_confirmation", "parcel_shipped", "parcel_shipped"]
