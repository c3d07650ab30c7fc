"""The audit log of the whole shop: each service keeps what was done there (R-ACC-09)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.requests import Request

from services.gateway.neighbours import Refusal
from shared.errors import Unavailable
from shared.settings import SERVICES
from shared.values.clock import parse_rfc3339, rfc3339
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send
from shared.web.listing import listing

if TYPE_CHECKING:
    from services.gateway.app import Gateway

FILTERS: Final = ("actor", "action", "from", "to")


async def read(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """What staff and keys did, newest first (access.write). A service that is down is named in `unavailable`, its entries are missing."""
    (await gateway.caller(scope, None)).need("access.write")
    asked = listing(Request(scope), FILTERS, key=(parse_rfc3339, str))
    query = {**asked.filters, "rows": str(asked.rows)}
    if asked.after is not None:
        query |= {"after_at": rfc3339(asked.after[0]), "after_id": asked.after[1]}
    found = await asyncio.gather(*(_entries(gateway, scope, service, urlencode(query)) for service in SERVICES))
    entries = [entry | {"service": service} for service, part in zip(SERVICES, found, strict=True) for entry in part or ()]
    newest = sorted(entries, key=lambda entry: (entry["at"], entry["id"]), reverse=True)[: asked.rows]
    down = [service for service, part in zip(SERVICES, found, strict=True) if part is None]
    page = asked.page(newest, lambda entry: entry, lambda entry: (entry["at"], entry["id"]))
    await json_response(page | ({"unavailable": down} if down else {}))(scope, receive, send)


async def _entries(gateway: Gateway, scope: Scope, service: str, query: str) -> list[dict[str, Any]] | None:
    try:
        reply = await gateway.neighbours.call(service, "GET", f"/internal/v1/audit_log?{query}", scope=scope)
    except Unavailable:
        return None
    if not reply.ok:
        raise Refusal(reply)
    entries: list[dict[str, Any]] = reply.body["data"]
    return entries
