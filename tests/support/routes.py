"""The routes of a router, also of those that it includes, by their whole paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute


def routes_of(router: APIRouter, prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    """Each route and its path, with its parameters as `{name}` or `{name:path}`."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        else:
            included: Any = route
            yield from routes_of(included.original_router, prefix + included.include_context.prefix)
