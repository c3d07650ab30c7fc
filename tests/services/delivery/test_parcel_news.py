"""What becomes of a parcel: news moves it, old news never takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values.clock import rfc3339
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.driver import OWNER, Answer
from tests.support.samples_delivery import at, confirmed, goods


@pytest.fixture
def on_its_way(delivery: DeliveryDriver) -> str:
    """A parcel that left at noon; now it is noon two days later."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))
    parcel: str = delivery.validates({"tracking_number": "LX1"}).body["parcels"][0]["id"]
    delivery.later(days=2)
    return parcel


def tells(delivery: DeliveryDriver, parcel: str, state: str, **more: Any) -> Answer:
    """Staff heard of the parcel; `hours` after it left, else now."""
    hours = more.pop("hours", None)
    when = {} if hours is None else {"at": rfc3339(at(hours=hours))}
    return delivery.asks("POST", f"/admin/v1/parcels/{parcel}/events", {"state": state, **when, **more})


def test_delivered_with_proof_may_lie_in_the_past(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-DLV-16."""
    answer = tells(delivery, on_its_way, "delivered", hours=20, text="At the door", proof={"name": "A. Lind", "note": "signed"})

    assert (answer.status, answer.body["state"], answer.body["delivered_at"]) == (200, "delivered", "2031-05-02T08:00:00.000000Z")
    assert answer.body["proof"] == {"name": "A. Lind", "note": "signed"}
    assert answer.body["events"][-1] == {
        "at": "2031-05-02T08:00:00.000000Z",
        "state": "delivered",
        "text": "At the door",
        "source": "staff",
    }
    moved, arrived = delivery.told_events("delivery.parcel_moved")[-1], delivery.told_events("delivery.parcel_delivered")[0]
    assert (moved.state, moved.at, moved.tracking_number, moved.text) == ("delivered", "2031-05-02T08:00:00.000000Z", "LX1", "At the door")
    assert (arrived.at, arrived.lines[0].line_id, arrived.lines[0].quantity) == ("2031-05-02T08:00:00.000000Z", "lin_1", 1)


def test_news_without_a_time_is_of_now(delivery: DeliveryDriver, on_its_way: str) -> None:
    assert tells(delivery, on_its_way, "out_for_delivery").body["events"][-1]["at"] == "2031-05-03T12:00:00.000000Z"
    assert delivery.told("delivery.parcel_delivered") == []


@pytest.mark.parametrize("state", ["returned_to_sender", "lost", "failed_attempt"])
def test_a_parcel_may_go_astray(delivery: DeliveryDriver, on_its_way: str, state: str) -> None:
    assert tells(delivery, on_its_way, state).body["state"] == state
    assert delivery.told_events("delivery.parcel_moved")[-1].state == state


def test_older_news_is_listed_and_moves_nothing(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-DLV-17."""
    tells(delivery, on_its_way, "failed_attempt", hours=20)
    told = delivery.told()

    answer = tells(delivery, on_its_way, "out_for_delivery", hours=19)

    assert (answer.status, answer.body["state"], delivery.told()) == (200, "failed_attempt", told)
    assert [item["state"] for item in answer.body["events"]] == ["in_transit", "out_for_delivery", "failed_attempt"]


def test_a_delivered_parcel_stays_delivered_when_older_news_comes(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-DLV-17, L5."""
    tells(delivery, on_its_way, "delivered", hours=20)

    answer = tells(delivery, on_its_way, "lost", hours=19)

    assert (answer.status, answer.body["state"]) == (200, "delivered")
    assert len(delivery.told_events("delivery.parcel_delivered")) == 1


def test_delivered_counts_though_later_news_is_known(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-DLV-16: staff learn late that it was there before."""
    tells(delivery, on_its_way, "failed_attempt")

    assert tells(delivery, on_its_way, "delivered", hours=20).body["state"] == "delivered"


def test_old_news_of_a_delivery_does_not_find_a_lost_parcel(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-DLV-17: the later news stands."""
    tells(delivery, on_its_way, "lost", hours=20)

    answer = tells(delivery, on_its_way, "delivered", hours=19)

    assert (answer.status, answer.body["state"], answer.body["delivered_at"]) == (200, "lost", None)
    assert "delivered" in [item["state"] for item in answer.body["events"]]


def test_newer_news_of_a_parcel_at_its_end_is_refused(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-DLV-16."""
    tells(delivery, on_its_way, "delivered", hours=20)

    answer = tells(delivery, on_its_way, "lost", hours=21)

    assert (answer.status, answer.code, answer.body["from"], answer.body["allowed"]) == (409, "illegal_transition", "delivered", [])


def test_the_state_it_is_in_changes_nothing(delivery: DeliveryDriver, on_its_way: str) -> None:
    first = tells(delivery, on_its_way, "delivered", hours=20)
    told = delivery.told()

    again = tells(delivery, on_its_way, "delivered", hours=21)

    assert (again.status, again.body, delivery.told()) == (200, first.body, told)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"state": "delivered", "at": "2031-05-01T11:59:59Z"}, "/at"),
        ({"state": "delivered", "at": "2031-05-03T12:00:01Z"}, "/at"),
        ({"state": "delivered", "at": "2031-05-03T12:00:00"}, "/at"),
        ({"state": "delivered", "at": "yesterday"}, "/at"),
        ({"state": "flying"}, "/state"),
        ({"state": "packed"}, "/state"),
        ({"state": "lost", "proof": {"name": "A. Lind"}}, "/proof"),
        ({"state": "delivered", "proof": {"file_id": "fil_1"}}, "/proof/file_id"),
    ],
)
def test_news_that_cannot_be_is_refused(delivery: DeliveryDriver, on_its_way: str, body: dict[str, Any], pointer: str) -> None:
    """R-DLV-16."""
    answer = delivery.asks("POST", f"/admin/v1/parcels/{on_its_way}/events", body)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)
    assert delivery.asks("GET", f"/admin/v1/parcels/{on_its_way}").body["state"] == "in_transit"


def test_parcels_need_their_permissions(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-ACC-04, R-ACC-06."""
    reader = OWNER.model_copy(update={"permissions": frozenset({"deliveries.read"})})
    nobody = OWNER.model_copy(update={"permissions": frozenset()})
    seller = OWNER.model_copy(update={"seller": "lahijan"})
    target = f"/admin/v1/parcels/{on_its_way}"

    assert delivery.asks("POST", f"{target}/events", {"state": "lost"}, caller=reader).body["required_permission"] == "deliveries.write"
    assert delivery.asks("GET", target, caller=nobody).body["required_permission"] == "deliveries.read"
    foreign = delivery.asks("GET", target, caller=seller)
    assert (foreign.status, foreign.body["detail"]) == (404, f"there is no parcel {on_its_way}")
    assert delivery.asks("POST", f"{target}/events", {"state": "lost"}, caller=seller).status == 404
    assert delivery.asks("GET", "/admin/v1/parcels/pcl_x").status == 404


def test_a_number_that_comes_later_is_told_once(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-NOT-07, R-DLV-15."""
    target = f"/admin/v1/parcels/{on_its_way}"

    answers = [delivery.asks("PATCH", target, {"tracking_number": " LX۲ ", "carrier": "post"}) for _ in range(2)]

    assert [(answer.status, answer.body["tracking_number"], answer.body["carrier"]) for answer in answers] == [(200, "LX2", "post")] * 2
    told = delivery.told_events("delivery.tracking_changed")
    assert [(fact.parcel_id, fact.carrier, fact.tracking_number, fact.tracking_url) for fact in told] == [(on_its_way, "post", "LX2", None)]
    assert told[0].delivery_id == answers[0].body["delivery_id"]
    assert tells(delivery, on_its_way, "lost").body["tracking_number"] == "LX2"


def test_a_weight_is_put_right_without_a_word(delivery: DeliveryDriver, on_its_way: str) -> None:
    answer = delivery.asks("PATCH", f"/admin/v1/parcels/{on_its_way}", {"weight_g": 250})

    assert (answer.body["weight_g"], answer.body["tracking_number"]) == (250, "LX1")
    assert delivery.told("delivery.tracking_changed") == []
    assert delivery.asks("PATCH", f"/admin/v1/parcels/{on_its_way}", {"tracking_number": None}).body["tracking_number"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tracking_number": " "}, "/tracking_number"),
        ({"carrier": None}, "/carrier"),
        ({"weight_g": None}, "/weight_g"),
        ({"weight_g": -1}, "/weight_g"),
        ({"state": "lost"}, "/state"),
    ],
)
def test_a_wrong_correction_is_refused(delivery: DeliveryDriver, on_its_way: str, body: dict[str, Any], pointer: str) -> None:
    """R-NOT-07: never an empty number."""
    answer = delivery.asks("PATCH", f"/admin/v1/parcels/{on_its_way}", body)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_correction_needs_its_permission(delivery: DeliveryDriver, on_its_way: str) -> None:
    """R-ACC-04, R-ACC-06."""
    target, body = f"/admin/v1/parcels/{on_its_way}", {"weight_g": 1}
    reader = OWNER.model_copy(update={"permissions": frozenset({"deliveries.read"})})

    assert delivery.asks("PATCH", target, body, caller=reader).body["required_permission"] == "deliveries.write"
    assert delivery.asks("PATCH", target, body, caller=OWNER.model_copy(update={"seller": "lahijan"})).status == 404
    assert delivery.asks("PATCH", "/admin/v1/parcels/pcl_x", body).status == 404
