"""PATCH of the settings: orders holds the master; when the answer goes out, every service that is up works by them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from pydantic import RootModel

from services.gateway.bodies import body_of
from shared.errors import Unavailable
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway

COPIES: Final = ("delivery", "billing", "returns", "notifications")


class Patch(RootModel[dict[str, Any]]):
    """A merge patch (RFC 7396); null takes a setting back to its default."""


async def patch(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers the whole settings; services that could not take them are in `unavailable` and follow by event."""
    body = body_of(scope, Patch)
    caller = await gateway.caller(scope, None)
    caller.need("settings.write")
    changed = await gateway.neighbours.ask("orders", "PATCH", "/internal/v1/settings", {"patch": body.root}, scope=scope, caller=caller)
    copy = {"version": changed["version"], "values": changed["values"]}
    taken = await asyncio.gather(*(_put(gateway, scope, service, copy) for service in COPIES))
    down = [service for service, ok in zip(COPIES, taken, strict=True) if not ok]
    await json_response(changed["settings"] | ({"unavailable": down} if down else {}))(scope, receive, send)


async def _put(gateway: Gateway, scope: Scope, service: str, copy: dict[str, Any]) -> bool:
    try:
        return (await gateway.neighbours.call(service, "PUT", "/internal/v1/settings", copy, scope=scope)).ok
    except Unavailable:
        return False
