"""Parts of the OpenAPI document: examples put together out of schemas, error answers, what the document says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from shared.contracts.api.public.path import HEADERS, Answer, Path, Query
from shared.contracts.api.public.problem import CODES, example_of

Schemas = Mapping[str, Any]
_ANYTHING: Final = "…"
SCHEMA: Final = "#/components/schemas/"

ABOUT: Final = """\
From the cart to the doorstep, over HTTP. A walk through it, with curl: `docs/api-guide.md`.

**Keys.** A storefront sends its publishable key as `X-Publishable-Key`, and for a guest's order the order's token as `X-Order-Token`.
Signed-in customers send it with `Authorization: Bearer` and the token of `POST /store/v1/sessions`. Staff and integrations send
`Authorization: Bearer` with a key (`sk_…`) or the token of `POST /admin/v1/sessions`.

**Money** is a decimal string with exactly the currency's places. **Times** are RFC 3339 in UTC and end in `Z`. **Ids** are opaque.

**Lists** answer `data` and `page`; ask again with `after` = `page.next`. `state=a,b` means or; an unknown parameter is refused.

**Idempotency.** Any POST takes an `Idempotency-Key`: repeated, it gets the first answer again, with `Idempotent-Replayed: true`.

**Versions.** Carts and orders answer an `ETag`; a write with `If-Match` of another version is refused with `version_mismatch`.

**Errors** are `application/problem+json`. Branch on `code`.

Every answer carries `X-Request-Id`: it is the `correlation_id` of everything that followed.
"""
SECURITY: Final[Mapping[str, Any]] = {
    "PublishableKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Publishable-Key",
        "description": "Which storefront calls; no secret.",
    },
    "OrderToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Order-Token",
        "description": "Opens one order to its guest; in the answer that makes the cart and never again.",
    },
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`sk_…`), or the token of staff's or a customer's session.",
    },
}
COMMON_HEADERS: Final[Mapping[str, Any]] = {name: {"description": says, "schema": {"type": "string"}} for name, says in HEADERS.items()}


def example(schema: Mapping[str, Any], schemas: Schemas) -> Any:
    """What the schema describes, put together out of its fields' own examples; of several kinds the first."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].removeprefix(SCHEMA)], schemas)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for kinds in ("anyOf", "oneOf", "allOf"):
        if kinds in schema:
            first = example(schema[kinds][0], schemas)
            return None if first == _ANYTHING and {"type": "null"} in schema[kinds] else first
    if "default" in schema:
        return schema["default"]
    match schema.get("type"):
        case "object":
            return {name: example(part, schemas) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"], schemas)]
        case "boolean":
            return False
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "null":
            return None
    return _ANYTHING


def answer(given: Answer, schema: Mapping[str, Any] | None, *, keyed: bool) -> dict[str, Any]:
    """A good answer. Without an example of its own it shows its schema's, which stands once in the document."""
    names = (*given.headers, *(("Idempotent-Replayed",) if keyed else ()))
    found: dict[str, Any] = {"description": given.says}
    if names:
        found["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    if schema is not None:
        name = schema["$ref"].removeprefix(SCHEMA)
        shown = {"value": given.example} if given.example is not None else {"$ref": f"#/components/examples/{name}"}
        found["content"] = {given.media_type: {"schema": schema, "examples": {name: shown}}}
    elif given.media_type != "application/json":
        found["content"] = {given.media_type: {"schema": {"type": "string", "format": "binary"}}}
    return found


def refusals(codes: Sequence[str]) -> dict[str, Any]:
    """Error answers by status, each with the codes it can have."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CODES[code][0], []).append(code)
    return {
        str(status): {"$ref": f"#/components/responses/{found[0]}"} if len(found) == 1 else _refusal(status, found)
        for status, found in sorted(by_status.items())
    }


def refusals_by_code() -> dict[str, Any]:
    """The answers of statuses that can have one code only, as most have."""
    return {code: _refusal(status, [code]) for code, (status, _) in CODES.items()}


def _refusal(status: int, codes: Sequence[str]) -> dict[str, Any]:
    codes = sorted(codes)
    only = {"type": "object", "properties": {"code": {"enum": codes}, "status": {"const": status}}}
    content = {
        "schema": {"allOf": [{"$ref": f"{SCHEMA}Problem"}, only]},
        "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
    }
    found: dict[str, Any] = {
        "description": " ".join(f"`{code}`: {CODES[code][1]}" for code in codes),
        "content": {"application/problem+json": content},
    }
    if status in (429, 503) or {"document_not_ready", "idempotency_in_progress"} & set(codes):
        found["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return found


def examples(schemas: Schemas, shapes: Iterable[str]) -> dict[str, Any]:
    """One for each code, and one for each answer's schema."""
    problems = {code: {"summary": meaning, "value": example_of(code)} for code, (_, meaning) in CODES.items()}
    return problems | {name: {"value": example(schemas[name], schemas)} for name in shapes}


def parameters(path: Path) -> list[dict[str, Any]]:
    """Of the path, the query and the headers."""
    found = [_in_path(part[1:-1], path.path) for part in path.path.split("/") if part.startswith("{")]
    found += [_in_query(query) for query in path.queries]
    if path.paged:
        found += [{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/after"}]
    if path.versioned and path.method != "GET":
        found.append({"$ref": "#/components/parameters/IfMatch"})
    if path.takes_key:
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    return found + [_in_header(name, says) for name, says in path.headers.items()]


SHARED_PARAMETERS: Final[Mapping[str, Any]] = {
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "How many on a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 25},
    },
    "after": {
        "name": "after",
        "in": "query",
        "description": "`page.next` of the page before.",
        "schema": {"type": "string", "pattern": "^cur_[A-Za-z0-9_-]+$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag that the write is meant for.",
        "schema": {"type": "string", "pattern": '^(\\*|(W/)?"[0-9]+")$'},
        "example": '"3"',
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Of the caller's making, for this command alone; a repeat with it gets the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "5f0e8a39-2f4c-4d1b-9a10-6f0c3a529d5f",
    },
}
_PREFIXES: Final = {
    "order_id": "ord",
    "line_id": "lin",
    "delivery_id": "dlv",
    "parcel_id": "pcl",
    "payment_id": "pay",
    "invoice_id": "inv",
    "document_id": "inv",
    "notification_id": "ntf",
    "customer_id": "cus",
    "staff_id": "usr",
    "key_id": "key",
    "event_id": "pev",
    "task_id": "tsk",
}
_CODES_IN_PATH: Final = {"sku": "mug-blue", "code": "standard"}
_SCAN: Final = "/admin/v1/scan/"


def _in_path(name: str, path: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 128}
    shown = "x"
    if name in _PREFIXES:
        schema = {"type": "string", "pattern": f"^{_PREFIXES[name]}_[0-9A-HJKMNP-TV-Z]{{26}}$"}
        shown = f"{_PREFIXES[name]}_01KAVR5Z3M8QW4T7R2N5V0C1DE"
    elif path.startswith(_SCAN):
        # Whatever a scanner reads or a person types.
        shown = "SO000123"
    elif name in _CODES_IN_PATH:
        schema = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}
        shown = _CODES_IN_PATH[name]
    elif name == "number":
        schema = {"type": "string", "pattern": "^[0-9]{1,3}$"}
        shown = "0"
    elif name == "provider_ref":
        schema = {"type": "string", "pattern": "^pi_[A-Za-z0-9_]+$"}
        shown = "pi_3QZ8"
    elif name == "action":
        schema = {"enum": ["succeed", "authorize", "process", "fail", "cancel"]}
        shown = "succeed"
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": shown}


def _in_query(query: Query) -> dict[str, Any]:
    found: dict[str, Any] = {"name": query.name, "in": "query"}
    several = query.several and "One, or several joined by commas."
    if query.says or several:
        found["description"] = " ".join(part for part in (query.says, several) if part)
    schema: dict[str, Any] = {"enum": list(query.one_of)} if query.one_of else {"type": "string"}
    if query.pattern:
        schema["pattern"] = query.pattern
    shown = query.example or query.one_of[0]
    if query.several and query.one_of:
        return found | {"style": "form", "explode": False, "schema": {"type": "array", "items": schema, "minItems": 1}, "example": [shown]}
    return found | {"schema": schema, "example": shown}


def _in_header(name: str, says: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": says, "schema": {"type": "string"}}
