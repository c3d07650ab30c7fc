"""Payment methods for staff."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
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


class MethodPatch(BaseModel):
    """A merge patch: what is absent stays; null takes a limit away, or a text out of `names`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    names: dict[Language, Name | None] = {}
    active: bool = True
    confirm_on: Literal["pending", "authorized", "captured", "never"] = "authorized"
    hold_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    on_expiry: Literal["cancel", "release"] = "release"
    countries: Annotated[list[Annotated[str, Field(pattern="^[A-Z]{2}$")]], Field(max_length=300)] | None = None
    currencies: Annotated[list[Annotated[str, Field(pattern="^[A-Z]{3}$")]], Field(max_length=300)] | None = None
    min_amount: Limit | None = None
    max_amount: Limit | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


@router.get("/payment_methods")
def list_methods(request: Request) -> Response:
    """All methods, in the shop's order."""
    asked = listing(request, key=(int, str))
    outside: BillingOutside = running(request).outside
    with read(request, "settings.write") as door:
        methods = store.all_methods(door.tx)
    if asked.after is not None:
        methods = [method for method in methods if (method.position, method.code) > asked.after]
    return json_response(
        asked.page(methods, lambda method: method_view(method, outside.providers), lambda method: (str(method.position), method.code))
    )


@router.patch("/payment_methods/{code}")
def patch_method(request: Request, code: str, body: MethodPatch) -> Response:
    """Changes a method for what is submitted from now on; what is open keeps what it was opened with (api.md, 13.13)."""
    outside: BillingOutside = running(request).outside
    with write(request, "settings.write") as door:
        method = actions.change_method(door.tx, code, body.given())
        return door.answer(method_view(method, outside.providers))
