"""Moves of stock: why each quantity is what it is."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from services.delivery.actions.count import move_stock
from services.delivery.api.body import Body, Code, need_whole_shop
from services.delivery.api.views import move_view
from services.delivery.store import moves
from shared.errors import Invalid
from shared.web.door import read, write
from shared.web.listing import listing, read_filters, some_of, texts

router = APIRouter(prefix="/admin/v1/stock/moves")

REASONS: Final = ("received", "shipped", "scrapped", "count", "correction", "lost", "found")
GROWING: Final = ("received", "found")
SHRINKING: Final = ("scrapped", "lost")
FILTERS: Final = {"sku": texts, "reason": some_of(*REASONS), "delivery_id": texts, "order_id": texts}
LARGEST: Final = 1_000_000_000


class Move(Body):
    """Units that came to a place (more than 0) or went from it (less than 0)."""

    sku: Code
    quantity: Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
    reason: Literal["received", "scrapped", "lost", "found", "correction"]
    warehouse: Code = "main"
    location: Code = "stock"
    note: Annotated[str, Field(max_length=500)] | None = None


@router.post("")
def post_move(request: Request, body: Move) -> Response:
    """Books a move; waiting deliveries reserve at once (stock.write)."""
    with write(request, "stock.write") as door:
        need_whole_shop(door.caller)
        grows = body.quantity > 0
        if body.quantity == 0 or (body.reason in GROWING and not grows) or (body.reason in SHRINKING and grows):
            raise Invalid(f"is no quantity of {body.reason} goods", pointer="/quantity")
        key = (body.sku, body.warehouse, body.location)
        made = moves.get(door.tx, move_stock(door.tx, key, body.quantity, reason=body.reason, note=body.note))
        return door.created(move_view(made), f"/admin/v1/stock/moves?sku={made.sku}")


@router.get("")
def list_moves(request: Request) -> Response:
    """Newest first (stock.read)."""
    with read(request, "stock.read") as door:
        need_whole_shop(door.caller)
        asked = listing(request, FILTERS, key=(str,))
        after = None if asked.after is None else asked.after[0]
        filters = read_filters(asked.filters, FILTERS)
        found = moves.list_moves(door.tx, filters, after=after, limit=asked.rows)
        return door.answer(asked.page(found, move_view, lambda move: (move.id,), count=lambda: moves.count_moves(door.tx, filters)))
