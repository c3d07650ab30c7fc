"""One order out of several services: what is there is shown, what is down is named."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.gateway.bodies import query_of
from services.gateway.neighbours import Refusal, Reply
from shared.errors import Forbidden, Invalid, Unavailable
from shared.web.caller import HOUSE, Caller
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway

PARTS: Final = {
    "payments": ("billing", "payments.read"),
    "invoices": ("billing", "invoices.read"),
    "deliveries": ("delivery", "deliveries.read"),
}
"""Parts that staff may include: whose they are, and the permission to see them."""


async def customers_order(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """The order with payments, parcels, documents and returns, for customers' eyes."""
    query_of(scope)
    reply = await _order(gateway, scope)
    parts = (_part(gateway, scope, service, order_id, "customer") for service in ("billing", "delivery"))
    billing, delivery = await asyncio.gather(*parts)
    order = reply.body
    order |= {
        "payments": _pick(billing, "payments"),
        "documents": _pick(billing, "documents"),
        "parcels": _pick(delivery, "parcels"),
        "returns": [],
    }
    down = [name for name, part in (("payments", billing), ("documents", billing), ("parcels", delivery)) if part is None]
    await _answer(scope, receive, send, reply, order | ({"unavailable": down} if down else {}))


async def staff_order(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """The order with the parts named in `include`. Raises Forbidden for a part the caller may not read."""
    wanted = [name for name in query_of(scope, "include").get("include", "").split(",") if name]
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        raise Invalid(f"{unknown[0]} is no part of an order; there are {', '.join(PARTS)}", pointer="/include")
    reply = await _order(gateway, scope, without_query=True)
    if not wanted:
        await _answer(scope, receive, send, reply, None)
        return
    caller = await gateway.caller(scope, order_id)
    _permit(caller, wanted)
    services = sorted({PARTS[name][0] for name in wanted})
    parts = (_staff_part(gateway, scope, service, order_id, caller) for service in services)
    found = dict(zip(services, await asyncio.gather(*parts), strict=True))
    order = reply.body | {name: _pick(found[PARTS[name][0]], name) for name in wanted}
    down = [name for name in wanted if found[PARTS[name][0]] is None]
    await _answer(scope, receive, send, reply, order | ({"unavailable": down} if down else {}))


def _permit(caller: Caller, wanted: list[str]) -> None:
    for name in wanted:
        if PARTS[name][1] not in caller.permissions:
            raise Forbidden(PARTS[name][1])


async def _order(gateway: Gateway, scope: Scope, *, without_query: bool = False) -> Reply:
    target = scope["path"]
    if scope["query_string"] and not without_query:
        target += "?" + scope["query_string"].decode("latin-1")
    reply = await gateway.neighbours.call("orders", "GET", target, scope=scope, credentials=True)
    if not reply.ok:
        raise Refusal(reply)
    return reply


async def _staff_part(gateway: Gateway, scope: Scope, service: str, order_id: str, caller: Caller) -> dict[str, Any] | None:
    if caller.seller is None:
        return await _part(gateway, scope, service, order_id, "staff")
    # Sellers may include deliveries alone, and get those that the list of them shows to sellers (R-ACC-06).
    listed = await _ask(gateway, scope, service, f"/admin/v1/deliveries?order_id={order_id}&limit=100", caller)
    return None if listed is None else {"deliveries": listed["data"]}


async def _part(gateway: Gateway, scope: Scope, service: str, order_id: str, eyes: str) -> dict[str, Any] | None:
    return await _ask(gateway, scope, service, f"/internal/v1/orders/{order_id}/parts?eyes={eyes}", HOUSE)


async def _ask(gateway: Gateway, scope: Scope, service: str, path: str, caller: Caller) -> dict[str, Any] | None:
    try:
        reply = await gateway.neighbours.call(service, "GET", path, scope=scope, caller=caller)
    except Unavailable:
        return None
    return dict(reply.body) if reply.ok else None


def _pick(part: dict[str, Any] | None, name: str) -> Any:
    return None if part is None else part[name]


async def _answer(scope: Scope, receive: Receive, send: Send, reply: Reply, body: Any) -> None:
    etag = {name.decode(): value.decode() for name, value in reply.headers if name == b"etag"}
    await json_response(reply.raw if body is None else body, 200, etag)(scope, receive, send)
