"""What may come back."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import Day, LineId, Shown, Sku
from shared.contracts.api.public.path import OWNER, Answer, Path, Subject, staff


class Returnable(Shown):
    """A line's standing. `refused_by` names every rule that says no; `last_day` is a day of the store's time zone."""

    line_id: LineId
    sku: Sku
    name: str = Field(examples=["Blue mug"])
    delivered: int = Field(examples=[2])
    returned: int = Field(examples=[0])
    open_requests: int = Field(examples=[0])
    max_quantity: int = Field(examples=[2])
    last_day: Day | None
    refused_by: list[Literal["not_delivered", "not_returnable", "digital", "period_over"]] = Field(examples=[[]])


class ReturnableLines(Shown):
    """All lines of an order; none before it is confirmed."""

    data: list[Returnable]


_LINES: Final = {200: Answer(shape=ReturnableLines, says="Each line, and why it may not come back.")}

SUBJECT: Final = Subject(
    name="Returns",
    says="What of an order may come back.",
    paths=(
        Path(
            at="GET /store/v1/orders/{order_id}/returnable",
            name="list_own_returnable",
            summary="List what the customer may send back",
            who=OWNER,
            answers=_LINES,
        ),
        Path(
            at="GET /admin/v1/orders/{order_id}/returnable",
            name="list_returnable",
            summary="List what of an order may come back",
            who=staff("returns.read"),
            answers=_LINES,
        ),
    ),
)
