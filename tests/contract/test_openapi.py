"""The document is whole: every public path has its row, every row a route, every answer a schema and an example that fits it."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs
import orjson
import pytest
import schemathesis
from fastapi.routing import APIRoute

from services.gateway import compose
from services.gateway.compose_openapi import composed_bodies
from services.gateway.routes import owner_of
from services.host.openapi import document, routed
from services.host.roster import ROSTER
from shared.contracts.api.public import PATHS, SUBJECTS
from shared.contracts.api.public.path import Path
from tests.support.routes import routes_of
from tests.support.seeded_shop import NOBODYS

DOCUMENT: Final = document()
_ROUTED: Final = list(routed())
ROUTES: Final = {at: service for service, at, _, _ in _ROUTED}
WITH_BODY: Final = {at for _, at, operation, _ in _ROUTED if "requestBody" in operation} | set(composed_bodies())
OWN: Final = ("GET /healthz", "GET /readyz")
"""Answered by the gateway itself, out of nobody's routes. /openapi.json and /api are this document, and not in it."""
OPEN: Final = "POST /admin/v1/sessions"
"""Of whoever has no credentials yet."""


def filled(path: str) -> str:
    """The path with well-formed values for its parameters."""
    return re.sub(r"\{(\w+)\}", lambda found: NOBODYS[found[1]], path)


def composed(path: Path) -> Any:
    """What the gateway composes for it; None: nothing."""
    found = compose.composed(None, path.method, filled(path.path))  # type: ignore[arg-type]
    return None if found is None else found.func  # type: ignore[attr-defined]


def test_every_route_has_a_row() -> None:
    """A new path is documented in the file of its subject below shared/contracts/api/public."""
    assert sorted(set(ROUTES) - set(PATHS)) == []


def test_every_row_is_answered_by_somebody() -> None:
    assert [at for at, path in PATHS.items() if at not in ROUTES and at not in OWN and composed(path) is None] == []


def test_every_composed_path_has_a_row() -> None:
    rows = [(path.method, filled(path.path)) for path in PATHS.values()]

    assert [
        f"{method} {pattern.pattern}"
        for method, pattern, _ in compose.TABLE
        if not any(method == verb and pattern.fullmatch(path) for verb, path in rows)
    ] == []


def test_every_path_is_handed_to_the_service_that_has_its_route() -> None:
    wrong = {
        at: (owner_of(filled(path.path)) or ("nobody", None))[0]
        for at, path in PATHS.items()
        if at in ROUTES and composed(path) is None and (owner_of(filled(path.path)) or ("", None))[0] != ROUTES[at]
    }

    assert wrong == {}


def test_no_two_operations_share_a_name() -> None:
    names = [path.name for path in PATHS.values()]

    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert len(PATHS) == sum(len(subject.paths) for subject in SUBJECTS)


def test_it_is_valid_openapi() -> None:
    """R-API-04"""
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


@pytest.mark.parametrize(("at", "operation"), list(operations()), ids=lambda found: found if isinstance(found, str) else "")
def test_it_says_what_a_stranger_needs(at: str, operation: dict[str, Any]) -> None:
    """Who may call, what is sent, what comes back in good and in bad times, and an example of each."""
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert bool(operation["security"]) is (at.split("/")[1] in ("store", "admin") and at != OPEN)
    for parameter in operation["parameters"]:
        assert "$ref" in parameter or parameter["name"] == "Stripe-Signature" or parameter["in"] == "header" or "example" in parameter
    if at in WITH_BODY:
        assert operation["requestBody"]["content"]["application/json"]["example"] is not None, (
            "the row lacks `takes`, an example of its body"
        )
    good = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    assert good
    for status, answer in good.items():
        assert answer["description"]
        for media_type, content in answer.get("content", {}).items():
            assert status == "304" or media_type != "application/json" or content["examples"]
    bad = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    assert at in OWN or {"503"} < set(bad), "name the errors that it can answer"


def test_a_patch_names_no_defaults() -> None:
    """api.md, section 2: what is left out stays as it is; a client that fills in defaults would change it."""
    named = {}
    for at, operation in operations():
        if at.startswith("PATCH "):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
            named[at] = [name for name, part in schema["properties"].items() if "default" in part]

    assert named
    assert {at: fields for at, fields in named.items() if fields} == {}


def validator(schema: Any) -> Any:
    """Of a schema of the document. Made once for all examples that share it: with all components it takes a while."""
    return _validator(orjson.dumps(schema))


@cache
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.Draft202012Validator({**orjson.loads(schema), "components": DOCUMENT["components"]})


def examples() -> Iterator[tuple[str, Any, Any]]:
    """Where it stands, its schema, and the example."""
    shared = DOCUMENT["components"]["examples"]
    responses = DOCUMENT["components"]["responses"]
    for at, operation in operations():
        bodies = [("body", operation.get("requestBody", {}))]
        bodies += [
            (status, responses.get(answer.get("$ref", "").rsplit("/", 1)[-1], answer)) for status, answer in operation["responses"].items()
        ]
        for where, body in bodies:
            for content in body.get("content", {}).values():
                if "example" in content:
                    yield f"{at} {where}", content["schema"], content["example"]
                for name, example in content.get("examples", {}).items():
                    found = shared[example["$ref"].rsplit("/", 1)[-1]] if "$ref" in example else example
                    yield f"{at} {where} {name}", content["schema"], found["value"]


def test_every_example_fits_its_schema() -> None:
    wrong = [f"{at}: {error.message}" for at, schema, example in examples() for error in validator(schema).iter_errors(example)]

    assert wrong == []


def test_the_examples_of_parameters_fit() -> None:
    found = [parameter for _, operation in operations() for parameter in operation["parameters"] if "example" in parameter]

    assert [parameter["name"] for parameter in found if not validator(parameter["schema"]).is_valid(parameter["example"])] == []
    assert len(found) > 100


@pytest.mark.parametrize("service", ROSTER)
def test_the_parameters_of_queries_are_those_that_are_understood(service: str) -> None:
    """A filter that is not documented might as well not be there, and one that is not understood is refused."""
    wrong = {}
    for router in ROSTER[service].routers:
        for at, route in routes_of(router):
            for method in route.methods:
                path = PATHS.get(f"{method} {at}")
                understood = _understood(route)
                if path is None or understood is None:
                    continue
                documented = {query.name for query in path.queries} | ({"limit", "after"} if path.paged else set())
                if understood != documented:
                    wrong[path.at] = (sorted(understood - documented), sorted(documented - understood))

    assert wrong == {}, "(not documented, not understood)"


def _understood(route: APIRoute) -> set[str] | None:
    """The query parameters that a route declares, or reads by `listing` or `query_of`; None when it does neither."""
    declared = {parameter.alias for parameter in route.dependant.query_params}
    endpoint: Any = route.endpoint
    calls = [node for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(endpoint)))) if isinstance(node, ast.Call)]
    counted = any(word.arg == "count" for call in calls for word in call.keywords)
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in ("listing", "query_of"):

            def value(part: ast.expr) -> Any:
                return eval(compile(ast.Expression(part), "", "eval"), endpoint.__globals__)

            values = [value(part) for part in call.args[1:]]
            if call.func.id == "query_of":
                return declared | set(values)
            sorts = [word for word in call.keywords if word.arg == "key" and isinstance(value(word.value), Mapping)]
            own = ["limit", "after", *(["sort"] if sorts else ()), *(["include"] if counted else ())]
            return declared | {*own, *(values[0] if values else ())}
    return declared or None
