"""Handing a delivery over: stock leaves, one parcel is on its way, everybody is told once."""

from __future__ import annotations

import pytest

from shared.contracts.base import SYSTEM
from shared.contracts.orders import SettingsChanged
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import OWNER
from tests.support.samples_delivery import ORDER, OTHER, confirmed, goods


def given_ready(delivery: DeliveryDriver, *, pickup: bool = False) -> None:
    """Two mugs and a tea, ready to go."""
    delivery.given_stock(mug=5, tea=5)
    delivery.hears(confirmed(*goods(mug=2, tea=1), pickup=pickup))


def test_stock_leaves_with_the_delivery(delivery: DeliveryDriver) -> None:
    """R-STK-10."""
    given_ready(delivery)
    delivery.at(delivery.clock.now())

    answer = delivery.validates({"tracking_number": "LX 1"})

    assert (answer.status, answer.body["state"], answer.body["done_at"]) == (200, "done", "2031-05-01T12:00:00.000000Z")
    assert [(item["done"], item["reserved"]) for item in answer.body["lines"]] == [(2, 0), (1, 0)]
    assert (delivery.stock("mug"), delivery.stock("tea")) == ((3, 0, 0), (4, 0, 0))
    assert delivery.reservations() == [("firm", "consumed", 3)]
    moves = delivery.rows("SELECT sku, quantity, delivery_id FROM stock_moves WHERE reason = 'shipped' ORDER BY sku")
    assert moves == [("mug", -2, answer.body["id"]), ("tea", -1, answer.body["id"])]
    assert_promises_are_there(delivery)


def test_one_parcel_with_all_lines_is_on_its_way(delivery: DeliveryDriver) -> None:
    """R-DLV-08, R-DLV-15."""
    given_ready(delivery)

    parcel = delivery.validates({"tracking_number": " LX123 ", "carrier": "post"}).body["parcels"][0]

    assert delivery.asks("GET", f"/admin/v1/parcels/{parcel['id']}").body == parcel
    assert parcel | {"id": "", "delivery_id": ""} == {
        "id": "",
        "delivery_id": "",
        "order_id": ORDER,
        "state": "in_transit",
        "lines": [
            {"order_line_id": "lin_1", "sku": "mug", "quantity": 2},
            {"order_line_id": "lin_2", "sku": "tea", "quantity": 1},
        ],
        "weight_g": 300,
        "carrier": "post",
        "tracking_number": "LX123",
        "tracking_url": None,
        "events": [{"at": "2031-05-01T12:00:00.000000Z", "state": "in_transit", "text": None, "source": "staff"}],
        "delivered_at": None,
        "proof": None,
    }


def test_all_of_it_is_told_once(delivery: DeliveryDriver) -> None:
    given_ready(delivery)
    before = len(delivery.told())

    first = delivery.validates({"tracking_number": "LX1"})
    second = delivery.validates({"tracking_number": "LX2"})

    assert (second.status, second.body) == (200, first.body)
    assert delivery.told()[before:] == [
        "delivery.delivery_done",
        "delivery.parcel_packed",
        "delivery.parcel_moved",
        "delivery.stock_changed",
        "delivery.stock_changed",
    ]
    done = delivery.told_events("delivery.delivery_done")[0]
    assert (done.last, done.to_customer, done.pickup, done.notify, done.remaining) == (True, True, False, True, ())
    assert [(item.line_id, item.quantity, item.done) for item in done.lines] == [("lin_1", 2, 2), ("lin_2", 1, 1)]
    assert (done.parcels[0].tracking_number, done.parcels[0].tracking_url) == ("LX1", None)
    assert done.envelope.change == {"from": "ready", "to": "done", "command": "validate"}
    moved = delivery.told_events("delivery.parcel_moved")[0]
    packed = delivery.told_events("delivery.parcel_packed")[0]
    assert (moved.state, moved.envelope.aggregate_seq > packed.envelope.aggregate_seq) == ("in_transit", True)


def test_a_pickup_is_delivered_when_handed_over(delivery: DeliveryDriver) -> None:
    """R-DLV-21, R-NOT-06."""
    given_ready(delivery, pickup=True)

    parcel = delivery.validates().body["parcels"][0]

    assert (parcel["state"], parcel["delivered_at"]) == ("delivered", "2031-05-01T12:00:00.000000Z")
    done = delivery.told_events("delivery.delivery_done")[0]
    assert (done.to_customer, done.pickup) == (False, True)
    assert delivery.told("delivery.parcel_moved", "delivery.parcel_delivered") == ["delivery.parcel_moved", "delivery.parcel_delivered"]
    arrived = delivery.told_events("delivery.parcel_delivered")[0]
    assert [(item.line_id, item.quantity) for item in arrived.lines] == [("lin_1", 2), ("lin_2", 1)]


def test_goods_that_go_nowhere_are_handed_over_at_the_counter(delivery: DeliveryDriver) -> None:
    """R-ORD-45."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1), shipping=None, shipping_address=None))

    assert delivery.validates().body["parcels"][0]["state"] == "delivered"


def test_persian_digits_of_a_tracking_number_are_stored_as_latin_ones(delivery: DeliveryDriver) -> None:
    """R-LNG-05."""
    given_ready(delivery)

    assert delivery.validates({"tracking_number": "RR۱۲۳٤"}).body["parcels"][0]["tracking_number"] == "RR1234"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tracking_number": ""}, "/tracking_number"),
        ({"tracking_number": "  "}, "/tracking_number"),
        ({"lines": [{"line_id": "dln_1", "quantity": 1}]}, "/lines/0/line_id"),
        ({"lines": [{"line_id": "dln_1", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": []}, "/lines"),
        ({"backorder": "yes"}, "/backorder"),
        ({"notify": "no"}, "/notify"),
        ({"carrier": "a b"}, "/carrier"),
    ],
)
def test_what_makes_no_sense_is_refused(delivery: DeliveryDriver, body: dict[str, object], pointer: str) -> None:
    """R-NOT-07: never an empty number."""
    given_ready(delivery)

    answer = delivery.validates(body)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)
    assert delivery.states() == ["ready"]


def test_without_a_number_there_is_none(delivery: DeliveryDriver) -> None:
    given_ready(delivery)

    delivery.validates()

    assert delivery.told_events("delivery.delivery_done")[0].parcels[0].tracking_number is None


@pytest.mark.parametrize(("setting", "asked", "notify"), [(False, None, False), (False, True, True), (True, False, False)])
def test_whether_a_mail_goes_out_is_asked_or_set(delivery: DeliveryDriver, setting: bool, asked: bool | None, notify: bool) -> None:
    """R-NOT-08."""
    delivery.hears(SettingsChanged(settings_version=1, values={"delivery": {"mail_on_shipped": setting}}, by=SYSTEM))
    given_ready(delivery)

    delivery.validates({"notify": asked})

    assert delivery.told_events("delivery.delivery_done")[0].notify is notify


def test_a_delivery_that_waits_for_stock_cannot_leave(delivery: DeliveryDriver) -> None:
    delivery.given_settings(shipping_policy="all_at_once")
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=2)))

    answer = delivery.validates()

    assert (answer.status, answer.code, answer.body["from"], answer.body["command"]) == (
        409,
        "illegal_transition",
        "waiting_stock",
        "validate",
    )
    assert "validate" not in answer.body["allowed"]
    assert delivery.stock("mug") == (1, 1, 0)


def test_an_unknown_delivery_is_not_found(delivery: DeliveryDriver) -> None:
    assert delivery.asks("POST", "/admin/v1/deliveries/dlv_x/validate", {}).status == 404
    assert delivery.asks("GET", "/admin/v1/deliveries/dlv_x").status == 404


def test_the_same_idempotency_key_gives_the_same_answer(delivery: DeliveryDriver) -> None:
    """R-API-01."""
    given_ready(delivery)
    target = f"/admin/v1/deliveries/{delivery.deliveries()[0]['id']}/validate"

    answers = [delivery.asks("POST", target, {"tracking_number": "LX1"}, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert answers[0].raw == answers[1].raw
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_deliveries_are_listed_newest_first_by_order_and_state(delivery: DeliveryDriver) -> None:
    given_ready(delivery)
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))
    delivery.validates(delivery=1)

    listed = delivery.asks("GET", "/admin/v1/deliveries").body["data"]
    assert [found["number"] for found in listed] == ["DO000002", "DO000001"]
    assert [found["number"] for found in delivery.deliveries(f"order_id={ORDER}")] == ["DO000001"]
    assert [found["number"] for found in delivery.deliveries("state=done")] == ["DO000002"]
    assert delivery.asks("GET", "/admin/v1/deliveries?colour=red").body["errors"][0]["pointer"] == "/colour"
    first = delivery.asks("GET", "/admin/v1/deliveries?limit=1").body["page"]
    assert [found["number"] for found in delivery.deliveries(f"after={first['next']}")] == ["DO000001"]


def test_the_gateway_gets_what_customer_and_staff_may_see(delivery: DeliveryDriver) -> None:
    """R-ORD-67: what staff noted of the hand-over is theirs."""
    given_ready(delivery)
    parcel = delivery.validates({"tracking_number": "LX1"}).body["parcels"][0]["id"]
    delivery.asks("POST", f"/admin/v1/parcels/{parcel}/events", {"state": "delivered", "proof": {"note": "with a grumpy neighbour"}})

    staff = delivery.commands("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=staff").body
    customer = delivery.commands("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=customer")

    assert ([found["number"] for found in staff["deliveries"]], staff["parcels"][0]["id"]) == (["DO000001"], parcel)
    assert staff["parcels"][0]["proof"] == {"note": "with a grumpy neighbour"}
    assert (customer.body["deliveries"], customer.body["parcels"][0]["tracking_number"]) == ([], "LX1")
    assert b"grumpy" not in customer.raw
    assert delivery.commands("GET", "/internal/v1/orders/ord_x/parts?eyes=staff").body == {"deliveries": [], "parcels": []}
    assert delivery.commands("GET", f"/internal/v1/orders/{ORDER}/parts").status == 422
    assert delivery.asks("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=staff", caller=None).status == 404


def test_handing_over_needs_its_permission(delivery: DeliveryDriver) -> None:
    """R-ACC-04, R-ACC-06."""
    given_ready(delivery)
    found = delivery.deliveries()[0]["id"]
    reader = OWNER.model_copy(update={"permissions": frozenset({"deliveries.read"})})
    nobody = OWNER.model_copy(update={"permissions": frozenset()})
    seller = OWNER.model_copy(update={"seller": "lahijan"})

    refused = delivery.asks("POST", f"/admin/v1/deliveries/{found}/validate", {}, caller=reader)
    assert (refused.status, refused.body["required_permission"]) == (403, "deliveries.write")
    assert delivery.asks("GET", f"/admin/v1/deliveries/{found}", caller=nobody).body["required_permission"] == "deliveries.read"
    assert delivery.asks("GET", "/admin/v1/deliveries", caller=nobody).body["required_permission"] == "deliveries.read"
    assert delivery.asks("POST", f"/admin/v1/deliveries/{found}/validate", {}, caller=seller).status == 404
    assert delivery.asks("GET", f"/admin/v1/deliveries/{found}", caller=seller).status == 404
