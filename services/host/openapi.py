"""The whole contract as one OpenAPI document: the services' own routes, and what the gateway composes."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.compose_openapi import composed_paths
from services.host.roster import ROSTER


def written() -> bytes:
    """The document's bytes, the same for the same code."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Cartwright", "version": "1", "description": "Order management from the cart to the doorstep."},
        "paths": {},
        "components": {"schemas": {}},
    }
    for service in ROSTER.values():
        app = FastAPI()
        for router in service.routers:
            app.include_router(router)
        part = get_openapi(title=service.name, version="1", routes=app.routes)
        document["paths"] |= {path: item for path, item in part.get("paths", {}).items() if not path.startswith("/internal/")}
        document["components"]["schemas"] |= part.get("components", {}).get("schemas", {})
    for path, item in composed_paths().items():
        document["paths"][path] = document["paths"].get(path, {}) | item
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
