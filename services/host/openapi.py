"""The whole contract as one OpenAPI document: request bodies out of the routes, everything else out of shared/contracts/api/public."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.gateway.compose_openapi import SCHEMAS, composed_bodies
from services.host.openapi_parts import (
    ABOUT,
    COMMON_HEADERS,
    SECURITY,
    SHARED_PARAMETERS,
    answer,
    examples,
    parameters,
    refusals,
    refusals_by_code,
)
from services.host.roster import ROSTER
from shared.contracts.api.public import SUBJECTS
from shared.contracts.api.public.path import Path
from shared.contracts.api.public.problem import Problem

Object = dict[str, Any]
Shapes = dict[type[BaseModel], Object]
_SCHEMA: Final = SCHEMAS.removesuffix("{model}")
_METHODS: Final = ("get", "put", "post", "patch", "delete")


class Body(NamedTuple):
    """A request's body."""

    schema: Object
    required: bool = True


ANY_OBJECT: Final = Body({"type": "object", "additionalProperties": True})
"""Where a route reads the raw body itself, as webhooks do."""


def written() -> bytes:
    """The document's bytes, the same for the same code."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2) + b"\n"


def document() -> Object:
    """The document. Raises ValueError for two different schemas of one name."""
    schemas, shapes = _answer_schemas()
    routes = list(routed())
    bodies = dict(_route_bodies(routes, schemas))
    says = {at: _for_strangers(operation.get("description", "")) for _, at, operation, _ in routes}
    for at, schema in composed_bodies().items():
        _join(schemas, _without_null_defaults(schema.pop("$defs", {})))
        bodies[at] = Body(schema, required="required" in schema)
    paths: Object = {}
    problems = refusals_by_code()
    for subject in SUBJECTS:
        for path in subject.paths:
            operation = _operation(path, bodies.get(path.at, ANY_OBJECT), shapes, path.says or says.get(path.at, ""))
            paths.setdefault(path.path, {})[path.method.lower()] = operation | {"tags": [subject.name]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cartwright",
            "version": "1",
            "summary": "Order management from the cart to the doorstep.",
            "description": ABOUT,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/", "description": "The shop that answers this document."}],
        "tags": [{"name": subject.name, "description": subject.says} for subject in SUBJECTS],
        "paths": paths,
        "components": {
            "schemas": _reachable(schemas, [paths, problems]),
            "responses": problems,
            "securitySchemes": SECURITY,
            "headers": COMMON_HEADERS,
            "parameters": SHARED_PARAMETERS,
            "examples": examples(schemas, sorted(model.__name__ for model in shapes)),
        },
    }


def routed() -> Iterator[tuple[str, str, Object, Object]]:
    """Every public route of the services: its service, method and path, FastAPI's operation, and the schemas that it refers to."""
    for service in ROSTER.values():
        app = FastAPI()
        for router in service.routers:
            app.include_router(router)
        part = get_openapi(title=service.name, version="1", routes=app.routes)
        for path, item in part.get("paths", {}).items():
            if not path.startswith("/internal/"):
                for method in set(item) & set(_METHODS):
                    yield service.name, f"{method.upper()} {path}", item[method], part.get("components", {}).get("schemas", {})


def _operation(path: Path, body: Body, shapes: Shapes, says: str) -> Object:
    found: Object = {
        "operationId": path.name,
        "summary": path.summary,
        "description": f"{says}\n\n{path.who.says}".strip(),
        "security": [{scheme: [] for scheme in schemes} for schemes in path.who.keys],
        "parameters": parameters(path),
        "responses": {},
    }
    if path.takes is not None:
        content = {"application/json": {"schema": body.schema, "example": path.takes}}
        found["requestBody"] = {"required": body.required, "content": content}
    for status, given in path.answers.items():
        schema = None if given.shape is None else shapes[given.shape]
        found["responses"][str(status)] = answer(given, schema, keyed=path.takes_key)
    # Of /readyz alone a 503 is an answer like the others.
    found["responses"] = refusals(path.codes()) | found["responses"]
    return found


def _answer_schemas() -> tuple[Object, Shapes]:
    """All schemas of answers, and the reference to each answer's own."""
    answers = [answer for subject in SUBJECTS for path in subject.paths for answer in path.answers.values()]
    models: set[type[BaseModel]] = {answer.shape for answer in answers if answer.shape is not None}
    by_name = sorted(models | {Problem}, key=lambda model: model.__name__)
    references, found = models_json_schema([(model, "validation") for model in by_name], ref_template=SCHEMAS)
    schemas: Object = _without_null_defaults(found["$defs"])
    for name in ("ShopSettings", "SettingsChanged"):
        _always_whole(name, schemas)
    return schemas, {model: references[model, "validation"] for model in models}


def _without_null_defaults(schema: Any) -> Any:
    """As FastAPI writes schemas: that an absent field counts as null goes without saying."""
    if isinstance(schema, dict):
        return {key: _without_null_defaults(part) for key, part in schema.items() if not (key == "default" and part is None)}
    return [_without_null_defaults(part) for part in schema] if isinstance(schema, list) else schema


def _always_whole(name: str, schemas: Object) -> None:
    """Settings are answered with all their defaults: every field is there, also of the groups within."""
    schema = schemas[name]
    schema["required"] = [field for field in schema["properties"] if field != "unavailable"]
    for inner in re.findall(rf"{re.escape(_SCHEMA)}(\w+)", json.dumps(schema["properties"])):
        if inner != "Address" and inner != name:
            _always_whole(inner, schemas)


def _for_strangers(docstring: str) -> str:
    """A route's docstring without what only the house can look up: rules, design pages, the permission, which the document names itself."""
    return re.sub(r"\s*\((?:R-[A-Z]+-\d+(?:, )?|(?:api|lifecycles)\.md[^)]*|[a-z_]+\.(?:read|write))+\)", "", docstring)


def _route_bodies(routes: Sequence[tuple[str, str, Object, Object]], schemas: Object) -> Iterator[tuple[str, Body]]:
    patches = {_body_of(operation).get("$ref", "").removeprefix(_SCHEMA) for _, at, operation, _ in routes if at.startswith("PATCH ")}
    for service, at, operation, whole in routes:
        if "requestBody" in operation:
            body = _body_of(operation)
            own = {name: _without_defaults(part) if name in patches else part for name, part in whole.items()}
            names = {name: f"{service.capitalize()}{name}" for name in own if name in schemas and schemas[name] != own[name]}
            _join(schemas, {names.get(name, name): _renamed(part, names) for name, part in own.items()})
            yield at, Body(_renamed(body, names), operation["requestBody"].get("required", False))


def _body_of(operation: Object) -> Object:
    body: Object = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return body


def _without_defaults(schema: Object) -> Object:
    """Of a merge patch: a field that is left out stays as it is, whatever the model puts in its place."""
    fields = {name: {key: value for key, value in part.items() if key != "default"} for name, part in schema["properties"].items()}
    return schema | {"properties": fields}


def _renamed(schema: Object, names: dict[str, str]) -> Object:
    text = json.dumps(schema)
    for name, new in names.items():
        text = text.replace(f'"{SCHEMAS.format(model=name)}"', f'"{SCHEMAS.format(model=new)}"')
    renamed: Object = json.loads(text)
    return renamed


def _join(schemas: Object, more: Object) -> None:
    for name, part in more.items():
        if schemas.setdefault(name, part) != part:
            raise ValueError(f"two schemas are called {name}")


def _reachable(schemas: Object, roots: Any) -> Object:
    """Those that something refers to."""
    found: set[str] = set()
    waiting = [json.dumps(roots)]
    while waiting:
        for name in re.findall(r'"#/components/schemas/([\w.-]+)"', waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(json.dumps(schemas[name]))
    return {name: part for name, part in schemas.items() if name in found}
