"""Strangers program against the document: whatever they send, the shop answers as it says there, and never with a 500."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.contracts.api.public import PATHS
from shared.contracts.api.public.path import HOLDER, OWNER, STOREFRONT
from shared.web.caller import ROLES, SELLER
from tests.support.seeded_shop import Record, SeededShop, narrowed, seed
from tests.support.shop import open_shop

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
GOOD, BAD = 15, 10
"""Requests per path: within its schema, and outside of it."""
LAST: Final = ("PATCH /admin/v1/settings", "POST /admin/v1/test_clock", "DELETE /admin/v1/test_clock")
"""They change what all others stand on."""
NOT_FOR_SELLERS: Final = (
    "GET /admin/v1/orders/counts",
    "GET /admin/v1/scan/{code}",
    "GET /admin/v1/orders/{order_id}/timeline",
    "GET /admin/v1/stock/moves",
    "GET /admin/v1/reservations",
    "GET /admin/v1/tasks/{task_id}",
)
"""What tells of the whole shop or of others; of tasks the seeded shop has none that is a seller's."""
ORDERED: Final = [*(at for at in PATHS if at not in LAST), *LAST]


@dataclass
class Strangers:
    """The seeded shop, the document that it serves, and the same narrowed to what is in the shop."""

    seeded: SeededShop
    document: dict[str, Any]
    session: requests.Session

    def __post_init__(self) -> None:
        self.whole = schemathesis.openapi.from_dict(self.document)
        self._keys: dict[str, str] = {}
        self.narrow = schemathesis.openapi.from_dict(narrowed(self.document, self.seeded))

    def call(self, case: schemathesis.Case, record: Record) -> requests.Response:
        """Sends it, with the credentials that belong to the record."""
        return self.send(case, self.seeded.headers(f"{case.operation.method.upper()} {case.operation.path}", record))

    def key_without(self, permission: str) -> str | None:
        """A key that may other things; None when every role may this."""
        role = next((role for role, granted in ROLES.items() if permission not in granted and role != SELLER), None)
        if role is not None and role not in self._keys:
            self._keys[role] = self.seeded.shop.key(role)
        return None if role is None else self._keys[role]

    def sellers_key(self) -> str:
        """A key of the seller's whose goods are ordered."""
        if SELLER not in self._keys:
            made = self.seeded.shop.staff("POST", "/api_keys", {"name": "potters", "roles": [SELLER], "seller_id": "potters"})
            self._keys[SELLER] = made.ok(201)["secret"]
        return self._keys[SELLER]

    def send(self, case: schemathesis.Case, headers: dict[str, str]) -> requests.Response:
        """Sends it with these credentials and no others."""
        case.headers = {name: value for name, value in (case.headers or {}).items() if name not in ("Authorization", "X-Publishable-Key")}
        kwargs = case.as_transport_kwargs(base_url=f"http://127.0.0.1:{self.seeded.shop.port}", headers=headers)
        cookies = {"cookies": kwargs.pop("cookies", None)}
        sent = self.session.prepare_request(requests.Request(**kwargs, **cookies))
        if case.operation.path == "/hooks/v1/stripe":
            sent.headers.update(self.seeded.signed(sent.body or b""))
        return self.session.send(sent, allow_redirects=False)


@pytest.fixture(scope="module")
def strangers() -> Iterator[Strangers]:
    """The embedded shop, in test mode."""
    with open_shop("embedded") as shop, requests.Session() as session:
        yield Strangers(seed(shop), shop.call("GET", "/openapi.json").ok(), session)
        assert "request_failed" not in shop.log()


def _validate(case: schemathesis.Case, reply: requests.Response, *more: CheckFunction) -> None:
    """As the document says; and a problem names the path and the id of this very request."""
    case.validate_response(reply, checks=[*CHECKS, *more])
    if reply.headers.get("content-type") == "application/problem+json":
        assert reply.json()["instance"] == unquote(urlsplit(reply.url).path)
        # A repeat gets the first answer, with the id of the request that it answered.
        assert "idempotent-replayed" in reply.headers or reply.json()["request_id"] == reply.headers["x-request-id"]


def _requests(operation: Any, records: list[Record], mode: GenerationMode) -> st.SearchStrategy[tuple[Any, Record]]:
    def of(record: Record) -> st.SearchStrategy[tuple[Any, Record]]:
        cases = operation.as_strategy(generation_mode=mode, path_parameters=dict(record.values) or None)
        return st.tuples(cases, st.just(record))

    return st.sampled_from(records).flatmap(of)


def _wrong_body(case: schemathesis.Case) -> bool:
    """Whether it is the body that is wrong, and nothing else: a wrong credential is replaced before it is sent."""
    wrong = [place for place, found in case.meta.components.items() if found.mode.is_negative] if case.meta is not None else []
    return wrong == [ParameterLocation.BODY]


def _play(strangers: Strangers, found: st.SearchStrategy[tuple[Any, Record]], count: int) -> None:
    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(found)
    def play(pair: tuple[Any, Record]) -> None:
        case, record = pair
        wrong = _wrong_body(case)
        _validate(case, strangers.call(case, record), *([negative_data_rejection] if wrong else []))

    play()


@pytest.mark.parametrize("at", [at for at, path in PATHS.items() if path.method == "GET" and path.who.permission in ROLES[SELLER]])
def test_what_a_seller_sees_is_as_documented(strangers: Strangers, at: str) -> None:
    """R-ACC-06: what is theirs, in a form of its own where the whole would tell too much.

    Before all others: strangers put goods of this seller into other hands.
    """
    path = PATHS[at]
    headers = {"Authorization": f"Bearer {strangers.sellers_key()}"}
    seen = set()
    for record in strangers.seeded.calls(path.path):
        for query in ({}, *({"include": "deliveries"} for query in path.queries if "deliveries" in query.one_of)):
            case = strangers.whole[path.path][path.method].Case(path_parameters=dict(record.values), query=query)
            reply = strangers.send(case, headers)
            _validate(case, reply)
            seen.add(reply.status_code)
    assert bool(seen & set(path.answers)) is (at not in NOT_FOR_SELLERS), seen


@pytest.mark.parametrize("at", ORDERED)
def test_the_example_of_a_call_is_answered_as_documented(strangers: Strangers, at: str) -> None:
    """Each record in turn, with the document's own body and parameters; each query parameter alone is understood."""
    path = PATHS[at]
    operation = strangers.narrow[path.path][path.method]
    queries: list[Mapping[str, Any]] = [{}]
    for query in path.queries:
        values = [query.example] if query.example else [",".join(query.one_of)] if query.several else query.one_of
        queries += [{query.name: value} for value in values]
    seen = set()
    for record in strangers.seeded.calls(path.path):
        for query in queries:
            body = {} if path.takes is None else {"body": path.takes, "media_type": "application/json"}
            case = operation.Case(path_parameters=dict(record.values), query=dict(query), **body)
            reply = strangers.call(case, record)
            _validate(case, reply)
            seen.add(reply.status_code)
    assert seen & set(path.answers), f"only refused: {seen}"


@pytest.mark.parametrize("at", ORDERED)
def test_the_shop_answers_as_its_document_says(strangers: Strangers, at: str) -> None:
    """R-API-01, R-API-03, R-API-04"""
    path = PATHS[at]
    records = strangers.seeded.calls(path.path)
    operation = strangers.narrow[path.path][path.method]
    _play(strangers, _requests(operation, records, GenerationMode.POSITIVE), GOOD)
    if path.takes is not None or path.queries or path.paged:
        _play(strangers, _requests(strangers.whole[path.path][path.method], records, GenerationMode.NEGATIVE), BAD)


@pytest.mark.parametrize("at", [at for at, path in PATHS.items() if (path.queries or path.paged) and path.who is not HOLDER])
def test_a_query_that_is_not_documented_is_refused(strangers: Strangers, at: str) -> None:
    """api.md, section 2: an unknown parameter, and a value that is none of those documented; each named by its pointer.

    Not of links that are handed out: who passes them on may hang something of theirs on them.
    """
    path = PATHS[at]
    record = strangers.seeded.calls(path.path)[0]
    wrong = [("colour", "blue"), *((query.name, "nonsense") for query in path.queries if query.one_of or query.pattern)]
    wrong += [("limit", "0"), ("limit", "101"), ("after", "nonsense")] if path.paged else []
    for name, value in wrong:
        case = strangers.whole[path.path][path.method].Case(path_parameters=dict(record.values), query={name: value})
        reply = strangers.call(case, record)
        _validate(case, reply)
        assert reply.status_code == 422, f"{name}={value}"
        assert [item["pointer"] for item in reply.json().get("errors", [])] == [f"/{name}"], f"{name}={value}"


@pytest.mark.parametrize("at", [at for at, path in PATHS.items() if path.who.keys and path.who is not HOLDER])
def test_whoever_has_no_key_or_a_wrong_one_is_refused_as_documented(strangers: Strangers, at: str) -> None:
    """R-ACC-01, R-ACC-04"""
    path = PATHS[at]
    record = strangers.seeded.calls(path.path)[0]
    body = {} if path.takes is None else {"body": path.takes, "media_type": "application/json"}
    passing_by = {STOREFRONT: {201, 409}, OWNER: {404}}
    callers: list[tuple[dict[str, str], set[int]]] = [
        ({}, {401}),
        ({"Authorization": "Bearer sk_nobodys"}, {401}),
        ({"X-Publishable-Key": strangers.seeded.shop.publishable_key, "X-Order-Token": "x"}, passing_by.get(path.who, {401})),
    ]
    if path.who.permission is not None and (key := strangers.key_without(path.who.permission)) is not None:
        callers.append(({"Authorization": f"Bearer {key}"}, {403}))
    for headers, statuses in callers:
        case = strangers.whole[path.path][path.method].Case(path_parameters=dict(record.values), **body)
        reply = strangers.send(case, headers)
        _validate(case, reply)
        assert reply.status_code in statuses, f"{list(headers)}: {reply.status_code}"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/api", "/admin/v1/test_clock", "/admin/v1/settings"])
def test_a_method_that_a_path_does_not_have_is_refused_with_those_it_has(strangers: Strangers, path: str) -> None:
    reply = strangers.seeded.shop.call("PUT", path, {}, headers={"Authorization": f"Bearer {strangers.seeded.shop.admin_key}"})

    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert "GET" in reply.headers["allow"]
