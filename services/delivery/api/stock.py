"""Counting and looking at the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from services.delivery.actions.count import Count, count_stock
from services.delivery.api.body import Body, Code, code_in_path, need_whole_shop
from services.delivery.api.views import stock_view
from services.delivery.store import shelf
from shared.errors import Invalid, NotFound
from shared.web.door import Door, read, write
from shared.web.listing import listing, values_of

router = APIRouter(prefix="/admin/v1/stock")

LARGEST_COUNT: Final = 1_000_000_000
PLACES: Final = {"sku": None, "location": None, "warehouse": None}


class StockCount(Body):
    """What somebody found at a place; `note` goes on the move."""

    sku: Code | None = None
    on_hand: Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
    warehouse: Code = "main"
    location: Code = "stock"
    note: Annotated[str, Field(max_length=500)] | None = None


class BulkCount(Body):
    """One count among many."""

    sku: Code
    on_hand: Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
    warehouse: Code = "main"
    location: Code = "stock"


class BulkCounts(Body):
    """Counts, each of which stands or fails alone."""

    data: Annotated[list[dict[str, Any]], Field(max_length=1000)]


@router.put("/{sku}")
def put_stock(request: Request, sku: str, body: StockCount) -> Response:
    """Takes a count of one place (stock.write)."""
    with write(request, "stock.write") as door:
        need_whole_shop(door.caller)
        code_in_path(sku, name="sku")
        if body.sku not in (None, sku):
            raise Invalid("is another one in the path", pointer="/sku")
        count_stock(door.tx, [Count(sku, body.on_hand, body.warehouse, body.location, body.note)])
        return door.answer(_stock(door, [sku])[0])


@router.put("")
def put_stock_in_bulk(request: Request, body: BulkCounts) -> Response:
    """Takes up to 1000 counts in one transaction; wrong ones are named and left out (stock.write)."""
    with write(request, "stock.write") as door:
        need_whole_shop(door.caller)
        counts: list[Count] = []
        errors: list[dict[str, Any]] = []
        for index, item in enumerate(body.data):
            try:
                found = BulkCount.model_validate(item)
                counts.append(Count(found.sku, found.on_hand, found.warehouse, found.location))
            except ValidationError as error:
                first = error.errors()[0]
                message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
                errors.append({"index": index, "sku": item.get("sku"), "code": "validation_failed", "message": message})
        count_stock(door.tx, counts)
        return door.answer({"updated": len(counts), "errors": errors})


@router.get("")
def list_stock(request: Request) -> Response:
    """Counted skus in their order (stock.read). `below`: fewer than that many are available. Sellers see their own skus."""
    with read(request, "stock.read") as door:
        asked = listing(request, (*PLACES, "below"), key=(str,))
        below = _number(asked.filters["below"]) if "below" in asked.filters else None
        after = None if asked.after is None else asked.after[0]
        filters, seller = values_of(asked.filters, PLACES), door.caller.seller
        skus = shelf.list_skus(door.tx, filters, below=below, seller=seller, after=after, limit=asked.rows)
        views = _stock(door, skus[: asked.limit])
        return door.answer(
            asked.page_of(views, skus, lambda sku: (sku,), count=lambda: shelf.count_skus(door.tx, filters, below=below, seller=seller))
        )


@router.get("/{sku}")
def get_stock(request: Request, sku: str) -> Response:
    """One sku; never counted: nothing of it (stock.read)."""
    with read(request, "stock.read") as door:
        code_in_path(sku, name="sku")
        if door.caller.seller is not None and not shelf.is_of_seller(door.tx, sku, door.caller.seller):
            raise NotFound(f"there is no stock of {sku}")
        return door.answer(_stock(door, [sku])[0])


def _stock(door: Door, skus: Sequence[str]) -> list[dict[str, Any]]:
    places, scrapped = shelf.look_at(door.tx, skus), shelf.scrapped_of(door.tx, skus)
    return [stock_view(sku, places[sku], scrapped.get(sku, 0)) for sku in skus]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise Invalid("is one number", pointer="/below")
    return int(text)
