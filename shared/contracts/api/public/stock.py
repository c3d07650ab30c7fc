"""Stock, what is held of it, and shipping methods."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.catalogue import RefusedItem
from shared.contracts.api.public.kinds import (
    Code,
    Count,
    DeliveryId,
    Instant,
    LineId,
    OrderId,
    Page,
    ReservationId,
    Shown,
    Sku,
    StockMoveId,
)
from shared.contracts.api.public.notifications import ActorShown
from shared.contracts.api.public.path import COUNTED, Answer, Path, Query, Subject, staff


class PlaceStock(Shown):
    """What lies at one place."""

    warehouse: Code = Field(examples=["main"])
    location: Code = Field(examples=["stock"])
    on_hand: int = Field(examples=[10])
    reserved: int = Field(examples=[2])


class Stock(Shown):
    """available = on_hand - reserved - held. `held` is for orders that are being paid; `scrapped` is gone."""

    sku: Sku
    on_hand: int = Field(examples=[10])
    reserved: int = Field(examples=[2])
    held: int = Field(examples=[0])
    available: int = Field(examples=[8])
    scrapped: int = Field(examples=[0])
    locations: list[PlaceStock]


class StockPage(Shown):
    """A page of stock."""

    data: list[Stock]
    page: Page
    count: Count


class CountsTaken(Shown):
    """What became of many counts."""

    updated: int = Field(examples=[2])
    errors: list[RefusedItem] = Field(
        examples=[[{"index": 2, "sku": "mug-red", "code": "validation_failed", "message": "on_hand: Field required"}]]
    )


MoveReason = Literal["received", "shipped", "scrapped", "count", "correction", "lost", "found"]


class StockMove(Shown):
    """Why a quantity is what it is: units that came to a place, or went from it (less than 0)."""

    id: StockMoveId
    sku: Sku
    quantity: int = Field(examples=[10])
    reason: MoveReason
    warehouse: Code = Field(examples=["main"])
    location: Code = Field(examples=["stock"])
    delivery_id: DeliveryId | None = Field(examples=[None])
    note: str | None = Field(examples=["a pallet from Lisbon"])
    actor: ActorShown
    at: Instant


class StockMovePage(Shown):
    """A page of moves."""

    data: list[StockMove]
    page: Page
    count: Count


class ReservedLine(Shown):
    """Units of a line, and where they lie."""

    order_line_id: LineId
    sku: Sku
    quantity: int = Field(examples=[2])
    warehouse: Code = Field(examples=["main"])
    location: Code = Field(examples=["stock"])


class Reservation(Shown):
    """Goods kept for an order: a hold until it is paid or the time is over, then firm."""

    id: ReservationId
    order_id: OrderId
    kind: Literal["hold", "firm"]
    state: Literal["active", "consumed", "released", "expired"]
    expires_at: Instant | None
    lines: list[ReservedLine]
    created_at: Instant


class ReservationPage(Shown):
    """A page of reservations."""

    data: list[Reservation]
    page: Page
    count: Count


_NO_SELLERS: Final = ("not_found",)

SUBJECT: Final = Subject(
    name="Stock",
    says="What is on the shelf, why, and what of it is kept for whom.",
    paths=(
        Path(
            at="GET /admin/v1/stock",
            name="list_stock",
            summary="List stock",
            who=staff("stock.read"),
            answers={200: Answer(shape=StockPage, says="A page, by sku.")},
            paged=True,
            queries=(
                Query(name="sku", example="mug-blue"),
                Query(name="location", example="stock"),
                Query(name="warehouse", example="main"),
                Query(name="below", says="Fewer than that many are available.", several=False, example="5", pattern="^[0-9]{1,10}$"),
                COUNTED,
            ),
        ),
        Path(
            at="PUT /admin/v1/stock",
            name="count_stock",
            summary="Take up to 1000 counts",
            who=staff("stock.write"),
            takes={"data": [{"sku": "mug-blue", "on_hand": 10}]},
            answers={200: Answer(shape=CountsTaken, says="How many were taken, and what is wrong with the others.")},
            errors=_NO_SELLERS,
        ),
        Path(
            at="PUT /admin/v1/stock/{sku}",
            name="count_one",
            summary="Take the count of one product",
            who=staff("stock.write"),
            takes={"on_hand": 10, "note": "counted on Friday"},
            answers={200: Answer(shape=Stock, says="What is there now.")},
        ),
        Path(
            at="GET /admin/v1/stock/{sku}",
            name="get_stock",
            summary="Look at one product's stock",
            who=staff("stock.read"),
            answers={200: Answer(shape=Stock, says="What is there; nothing, when it was never counted.")},
            errors=("validation_failed",),
        ),
        Path(
            at="POST /admin/v1/stock/moves",
            name="move_stock",
            summary="Book goods that came, or that are gone",
            who=staff("stock.write"),
            takes={"sku": "mug-blue", "quantity": 10, "reason": "received", "note": "a pallet from Lisbon"},
            answers={201: Answer(shape=StockMove, says="The move.", headers=("Location",))},
            errors=_NO_SELLERS,
        ),
        Path(
            at="GET /admin/v1/stock/moves",
            name="list_stock_moves",
            summary="List moves of stock",
            who=staff("stock.read"),
            answers={200: Answer(shape=StockMovePage, says="A page, newest first.")},
            paged=True,
            errors=_NO_SELLERS,
            queries=(
                Query(name="sku", example="mug-blue"),
                Query(name="reason", one_of=get_args(MoveReason)),
                Query(name="delivery_id", example="dlv_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/reservations",
            name="list_reservations",
            summary="List reservations",
            who=staff("stock.read"),
            answers={200: Answer(shape=ReservationPage, says="A page, newest first.")},
            paged=True,
            errors=_NO_SELLERS,
            queries=(
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="sku", example="mug-blue"),
                Query(name="kind", one_of=("hold", "firm")),
                Query(name="state", one_of=("active", "consumed", "released", "expired")),
                COUNTED,
            ),
        ),
    ),
)
