"""Who calls: asked by every route of orders, and by the gateway for the others. Keys for integrations."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.orders.actions.access import Credentials, create_api_key, end_api_key, resolve_caller
from services.orders.store.access import ApiKey, list_api_keys, note_use
from shared.contracts.api.caller import CallerQuestion
from shared.contracts.base import Cause
from shared.db.tx import Tx
from shared.errors import Invalid
from shared.values.clock import parse_rfc3339, rfc3339
from shared.values.ids import CODE_PATTERN
from shared.web.caller import HOUSE, Caller
from shared.web.door import bearer_of, json_response, need_house, read, request_id, running, write
from shared.web.listing import listing

router = APIRouter()

_ORDER_IN_PATH: Final = re.compile(r"/(?:carts|orders)/(ord_[0-9A-Z]{26})(?:/|$)")


class ApiKeyBody(BaseModel):
    """`POST /admin/v1/api_keys`."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    roles: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=20)
    seller_id: str | None = Field(default=None, pattern=f"^{CODE_PATTERN.pattern}$")
    expires_at: str | None = None


def identify(request: Request, tx: Tx) -> Caller:
    """The caller by what the request carries; the order that a token may open is the one in the path. Raises Unauthenticated."""
    found = _ORDER_IN_PATH.search(request.url.path)
    return _caller(request, tx, found[1] if found is not None else None)


def _caller(request: Request, tx: Tx, order_id: str | None) -> Caller:
    resolved = resolve_caller(tx, _credentials(request), order_id, secret=running(request).secret)
    if resolved.stale_key is not None:
        _note_use(tx, resolved.stale_key)
    return resolved.caller


def _note_use(tx: Tx, key_id: str) -> None:
    if not tx.read_only:
        note_use(tx, key_id)
        return
    # What only looks cannot write: the note gets a transaction of its own, once a minute.
    with tx.database.begin(tx.cause) as own:
        note_use(own, key_id)


def _credentials(request: Request) -> Credentials:
    return Credentials(
        bearer=bearer_of(request),
        publishable_key=request.headers.get("x-publishable-key"),
        order_token=request.headers.get("x-order-token"),
    )


@router.post("/internal/v1/caller")
def answer_caller(request: Request, body: CallerQuestion) -> Response:
    """Who the credentials in these headers belong to, and whether the order is open to them. The gateway alone may ask.

    Whatever caller the gateway names, here the raw credentials beside it count, and are read as they came.
    """
    need_house(request)
    with running(request).db.read(Cause(HOUSE.actor, request_id(request))) as tx:
        caller = _caller(request, tx, body.order_id)
    return json_response({"caller": caller.model_dump(mode="json", exclude_defaults=True)})


@router.post("/admin/v1/api_keys")
def post_api_key(request: Request, body: ApiKeyBody) -> Response:
    """Gives out a key. Its secret is in this answer and never again."""
    with write(request, "access.write") as door:
        expires_at = None if body.expires_at is None else _instant(body.expires_at)
        key, secret = create_api_key(door.tx, name=body.name, roles=body.roles, seller_id=body.seller_id, expires_at=expires_at)
        return door.created(_view(key) | {"secret": secret}, f"/admin/v1/api_keys/{key.id}")


@router.get("/admin/v1/api_keys")
def get_api_keys(request: Request) -> Response:
    """All keys without their secrets, newest first."""
    with read(request, "access.write") as door:
        asked = listing(request, key=(str,))
        found = list_api_keys(door.tx, after=None if asked.after is None else asked.after[0], rows=asked.rows)
        return door.answer(asked.page(found, _view, lambda key: (key.id,)))


@router.delete("/admin/v1/api_keys/{key_id}")
def delete_api_key(request: Request, key_id: str) -> Response:
    """Ends a key; the gateway may know it for five seconds more."""
    with write(request, "access.write") as door:
        end_api_key(door.tx, key_id)
        return door.nothing()


def _view(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "roles": list(key.roles),
        "seller_id": key.seller_id,
        "expires_at": None if key.expires_at is None else rfc3339(key.expires_at),
        "last_used_at": None if key.last_used_at is None else rfc3339(key.last_used_at),
    }


def _instant(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise Invalid("is no RFC 3339 time with an offset", pointer="/expires_at") from None
