"""What delivery's store finds is of the orders, deliveries and skus that were asked for, and of no others that look alike."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.delivery.store import deliveries, moves, orders, parcels, reservations, shelf
from shared.db.tx import Tx
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.databases import BACKENDS
from tests.support.samples_delivery import ORDER, OTHER, confirmed, goods

pytestmark = pytest.mark.parametrize("backend", BACKENDS[:1])
THIRD = "ord_01K0000000000000000000000C"
FIRST_PART, REST, OTHERS, THIRDS = range(4)
"""The deliveries, oldest first."""


@pytest.fixture
def warehouse(delivery: DeliveryDriver) -> DeliveryDriver:
    """Two of ORDER's three mugs left in a parcel of their own; its last waits. OTHER has its tea and waits for a mug; THIRD's tea left."""
    delivery.given_stock(mug=3, tea=3)
    delivery.hears(confirmed(*goods(mug=3), submission=1))
    assert delivery.hands_over(2, tracking_number="LX1").status == 200
    delivery.hears(confirmed(*goods(mug=1, tea=1), order=OTHER, minutes=1))
    delivery.hears(confirmed(*goods(tea=1), order=THIRD, minutes=2))
    assert delivery.validates({"tracking_number": "LX2"}, delivery=THIRDS).status == 200
    assert delivery.states() == ["done", "ready", "ready", "done"]
    return delivery


def ids(warehouse: DeliveryDriver) -> list[str]:
    return [str(found["id"]) for found in warehouse.deliveries()]


def test_of_an_order_its_open_deliveries_with_their_lines_and_skus(warehouse: DeliveryDriver) -> None:
    first, rest, others, _ = ids(warehouse)

    with warehouse.db.begin() as tx:
        assert [found.id for found in deliveries.lock_open_of_order(tx, ORDER)] == [rest]
        assert list(deliveries.open_lines_of_order(tx, ORDER)) == [rest]
        assert [found.id for found in deliveries.of_order(tx, ORDER)] == [first, rest]
        assert deliveries.skus_of_order(tx, ORDER) == {"mug"}
        assert deliveries.skus_of_order(tx, OTHER) == {"mug", "tea"}
        assert list(deliveries.lines_of(tx, [others])) == [others]


def test_of_a_sku_the_deliveries_that_wait_for_it_and_those_that_have_it(warehouse: DeliveryDriver) -> None:
    """R-STK-11, R-STK-12: what is done has no turn any more."""
    _, rest, others, _ = ids(warehouse)

    def found(tx: Tx, sku: str, *, also_ready: bool) -> list[str]:
        return [demand.delivery.id for demand in deliveries.lock_demands(tx, [sku], also_ready=also_ready)]

    with warehouse.db.begin() as tx:
        assert found(tx, "mug", also_ready=False) == [others]
        assert found(tx, "mug", also_ready=True) == [rest, others]
        assert found(tx, "tea", also_ready=True) == [others]
        assert found(tx, "cup", also_ready=True) == []


def test_of_a_delivery_what_follows_and_what_was_left_over(warehouse: DeliveryDriver) -> None:
    first, rest, others, _ = ids(warehouse)

    with warehouse.db.read() as tx:
        assert deliveries.links_of(tx, [first, others]) == {first: deliveries.Links([], [rest]), others: deliveries.NO_LINKS}
        assert deliveries.links_of(tx, [rest]) == {rest: deliveries.NO_LINKS}


def test_of_deliveries_their_parcels_with_what_is_in_them_and_what_happened_to_them(warehouse: DeliveryDriver) -> None:
    first, rest, _, thirds = ids(warehouse)

    with warehouse.db.read() as tx:
        (mugs,) = parcels.of_deliveries(tx, [first, rest])
        (tea,) = parcels.of_order(tx, THIRD)
        assert (mugs.tracking_number, tea.delivery_id) == ("LX1", thirds)
        assert [(line.sku, line.quantity) for line in parcels.lines_of(tx, [mugs.id])[mugs.id]] == [("mug", 2)]
        assert list(parcels.news_of(tx, [tea.id])) == [tea.id]


def test_of_an_order_what_is_promised_to_it_and_of_a_place_who_has_a_piece_there(warehouse: DeliveryDriver) -> None:
    with warehouse.db.begin() as tx:
        assert {found.order_id for found in reservations.of_order(tx, ORDER)} == {ORDER}
        assert [found.order_id for found in reservations.lock_active(tx, ORDER)] == [ORDER]
        assert {firm.order_id for firm, _ in reservations.firm_ones(tx, OTHER, 1)} == {OTHER}
        assert reservations.firm_ones(tx, OTHER, 2) == []
        (place,) = shelf.look_at(tx, ["tea"])["tea"]
        (others,) = reservations.lock_active(tx, OTHER)
        assert reservations.holders_at(tx, [(place.sku, place.warehouse, place.location)]) == {others.id}
        assert reservations.holders_at(tx, [(place.sku, place.warehouse, "elsewhere")]) == set()


def test_what_is_handed_over_is_done_and_its_neighbours_are_not(warehouse: DeliveryDriver) -> None:
    assert warehouse.validates(delivery=REST).status == 200

    done = [[line["done"] for line in found["lines"]] for found in warehouse.deliveries()]
    assert done == [[2], [1], [0, 0], [1]]


def test_an_order_is_one_row_however_often_it_is_locked_and_ends_by_itself(warehouse: DeliveryDriver) -> None:
    with warehouse.db.begin() as tx:
        standing = orders.lock_order(tx, ORDER)
        assert orders.lock_order(tx, ORDER) is standing
        orders.end_submission(tx, standing, 2)
        orders.end_submission(tx, standing, 1)
        assert orders.hold_reasons_of(tx, [ORDER, "ord_unknown"]) == {ORDER: [], "ord_unknown": []}

    with warehouse.db.begin() as tx:
        ended = {order: orders.lock_order(tx, order).ended_submission for order in (ORDER, OTHER)}
    assert ended == {ORDER: 2, OTHER: 0}


def test_moves_are_listed_by_the_order_of_their_delivery(warehouse: DeliveryDriver) -> None:
    """R-STK-10."""
    with warehouse.db.read() as tx:
        found = moves.list_moves(tx, {"order_id": [ORDER]}, after=None, limit=9)
        assert [(move.sku, move.quantity) for move in found] == [("mug", -2)]
        assert moves.count_moves(tx, {"order_id": [ORDER, THIRD], "sku": ["tea"]}) == 1
        assert moves.get(tx, found[0].id) == found[0]


def test_of_a_sku_what_was_thrown_away_and_neither_what_was_sold_nor_anothers(warehouse: DeliveryDriver) -> None:
    assert warehouse.asks("POST", "/admin/v1/stock/moves", {"sku": "tea", "quantity": -1, "reason": "scrapped"}).status == 201

    with warehouse.db.read() as tx:
        assert shelf.scrapped_of(tx, ["mug", "tea"]) == {"tea": 1}
        assert shelf.scrapped_of(tx, ["mug"]) == {}


def test_skus_are_listed_by_place_and_by_what_is_free(warehouse: DeliveryDriver) -> None:
    """A mug is there and promised; of two teas one is."""

    def found(tx: Tx, filters: dict[str, list[str]], *, below: int | None = None, after: str | None = None) -> list[str]:
        return shelf.list_skus(tx, filters, below=below, seller=None, after=after, limit=9)

    with warehouse.db.read() as tx:
        assert found(tx, {}) == ["mug", "tea"]
        assert found(tx, {}, after="mug") == ["tea"]
        assert [found(tx, {}, below=below) for below in (0, 1, 2)] == [[], ["mug"], ["mug", "tea"]]
        assert found(tx, {"sku": ["tea"]}) == ["tea"]
        assert found(tx, {"warehouse": ["elsewhere"]}) == []
        assert [shelf.count_skus(tx, {}, below=below, seller=None) for below in (0, 1, None)] == [0, 1, 2]


def test_a_delivery_is_late_after_its_deadline_and_not_at_it(warehouse: DeliveryDriver) -> None:
    """R-DLV-22."""
    _, rest, others, _ = ids(warehouse)

    def promise(tx: Tx) -> None:
        for each, deadline_at in ((rest, tx.now), (others, tx.now - timedelta(seconds=1))):
            found = deliveries.ROWS.lock(tx, each)
            found.deadline_at = deadline_at
            deliveries.ROWS.save(tx, found)

    warehouse.given(promise)

    assert [found["id"] for found in warehouse.deliveries("late=true")] == [others]
    assert [found["id"] for found in warehouse.deliveries("late=false&state=ready")] == [rest]
