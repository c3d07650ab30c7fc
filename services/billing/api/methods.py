"""Payment methods for staff."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.billing.actions import methods as actions
from services.billing.adapters.outside import BillingOutside
from services.billing.api.views import method_view
from services.billing.store import methods as store
from shared.contracts.shop_settings import Language
from shared.web.door import json_response, read, running, write
from shared.web.listing import listing

router = APIRouter(prefix="/admin/v1")

Limit = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]

Text = Annotated[str, Field(min_length=1, max_length=2000)]
DetailName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Detail = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[int, Field(ge=1, le=100_000)]
Position = Annotated[int, Field(ge=0, le=100_000)]
ConfirmOn = Literal["pending", "authorized", "captured", "never"]
OnExpiry = Literal["cancel", "release"]
Review = Literal["none", "required"]
Support = Literal["none", "full_only", "partial"]
Countries = Annotated[list[Annotated[str, Field(pattern="^[A-Z]{2}$")]], Field(max_length=300)]
Currencies = Annotated[list[Annotated[str, Field(pattern="^[A-Z]{3}$")]], Field(max_length=300)]
OwnCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class MethodPatch(BaseModel):
    """A merge patch: what is absent stays; null takes a limit away, or a text out of `names`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    names: dict[Language, Name | None] = {}
    instructions: dict[Language, Text | None] = {}
    details: dict[DetailName, Detail | None] = {}
    active: bool = True
    staff_only: bool = False
    position: Position = 1
    confirm_on: ConfirmOn = "authorized"
    hold_minutes: Minutes | None = None
    reminder_minutes: Minutes | None = None
    on_expiry: OnExpiry = "release"
    capture: Literal["automatic", "on_delivery", "by_hand"] = "automatic"
    review: Review = "none"
    refund_support: Support = "none"
    capture_support: Support = "none"
    countries: Countries | None = None
    currencies: Currencies | None = None
    min_amount: Limit | None = None
    max_amount: Limit | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class OwnMethod(BaseModel):
    """One of the shop's own offline methods, whole: what is absent is as said here."""

    model_config = ConfigDict(strict=True, extra="forbid")

    names: Annotated[dict[Language, Name], Field(min_length=1)]
    instructions: dict[Language, Text] = {}
    details: dict[DetailName, Detail] = {}
    active: bool = True
    staff_only: bool = False
    position: Position = 100
    confirm_on: ConfirmOn = "captured"
    hold_minutes: Minutes | None = None
    reminder_minutes: Minutes | None = None
    on_expiry: OnExpiry = "cancel"
    review: Review = "none"
    countries: Countries | None = None
    currencies: Currencies | None = None
    min_amount: Limit | None = None
    max_amount: Limit | None = None


@router.get("/payment_methods")
def list_methods(request: Request) -> Response:
    """All methods, in the shop's order."""
    asked = listing(request, key=(int, str))
    outside: BillingOutside = running(request).outside
    with read(request, "settings.write") as door:
        every = store.all_methods(door.tx)
    methods = [method for method in every if asked.after is None or (method.position, method.code) > asked.after]
    return json_response(
        asked.page(
            methods,
            lambda method: method_view(method, outside.providers),
            lambda method: (str(method.position), method.code),
            count=lambda: len(every),
        )
    )


@router.patch("/payment_methods/{code}")
def patch_method(request: Request, code: str, body: MethodPatch) -> Response:
    """Changes a method for what is submitted from now on; what is open keeps what it was opened with (api.md, 13.13)."""
    outside: BillingOutside = running(request).outside
    with write(request, "settings.write") as door:
        method = actions.change_method(door.tx, code, body.given())
        return door.answer(method_view(method, outside.providers))


@router.put("/payment_methods/{code}")
def put_method(request: Request, code: OwnCode, body: OwnMethod) -> Response:
    """Makes or replaces one of the shop's own offline methods; a built-in one is changed with PATCH."""
    outside: BillingOutside = running(request).outside
    with write(request, "settings.write") as door:
        method, new = actions.put_method(door.tx, code, body.model_dump())
        return door.answer(method_view(method, outside.providers), 201 if new else 200)
