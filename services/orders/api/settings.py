"""Routes of the shop's settings: any staff may read them; a change comes by the gateway, which hands it on to all five services."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.orders.actions.settings import change_settings
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.web.door import internal, read, running

router = APIRouter()


class SettingsPatch(BaseModel):
    """`PATCH /internal/v1/settings`: `patch` is the body of the gateway's `PATCH /admin/v1/settings`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    patch: dict[str, Any]


@router.get("/admin/v1/settings")
def get_settings(request: Request) -> Response:
    """All settings, with their defaults."""
    with read(request) as door:
        door.caller.need_staff()
        return door.answer(_whole(request, shop_settings(door.tx)))


@router.patch("/internal/v1/settings")
def patch_settings(request: Request, body: SettingsPatch) -> Response:
    """Changes settings for the caller that the gateway passes on: `{version, values, settings}`, of which `values` go to the copies."""
    with internal(request, command="PATCH /admin/v1/settings") as door:
        door.caller.need("settings.write")
        version, values, settings = change_settings(door.tx, body.patch)
        return door.answer({"version": version, "values": values, "settings": _whole(request, settings)})


def _whole(request: Request, settings: ShopSettings) -> dict[str, Any]:
    whole = settings.model_dump(mode="json")
    whole["store"]["storefront_url"] = settings.store.storefront_url or running(request).environment.base_url + "/shop"
    return whole
