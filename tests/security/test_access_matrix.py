"""Every endpoint of the OpenAPI document, and everybody who may knock: each is answered as the document and the table of roles say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pytest

from services.host.roster import ROSTER
from shared.web import house_routes
from tests.support.access_door import IN, Door, door_of, expected
from tests.support.endpoints import Endpoint, endpoints
from tests.support.permissions import GRANTED
from tests.support.routes import routes_of
from tests.support.seeded_shop import NOBODYS, Record
from tests.support.shop import open_shop
from tests.support.shop_client import Reply
from tests.support.visitors import FOREIGN_SELLER, SELLER, STRANGERS_EMAIL

pytestmark = pytest.mark.timeout(900)

CODES: Final = {400: "signature_invalid", 401: "unauthenticated", 403: "forbidden", 404: "not_found"}


def _late(endpoint: Endpoint) -> int:
    """Looking comes first; what all others stand on comes last: methods, settings, clock, sessions."""
    if endpoint.path.endswith("/sessions") and endpoint.method == "DELETE":
        return 3
    lasting = endpoint.path.endswith(("_methods/{code}", "/settings", "/test_clock"))
    return 0 if endpoint.method == "GET" else 2 if lasting else 1


ENDPOINTS: Final = sorted(endpoints(), key=_late)
BY_NAME: Final = {endpoint.at: endpoint for endpoint in ENDPOINTS}
OF_RECORDS: Final = [endpoint for endpoint in ENDPOINTS if "{" in endpoint.path]
LISTS: Final = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET" and endpoint not in OF_RECORDS and endpoint.permission]
ROUTERS: Final = [*(router for service in ROSTER.values() for router in service.routers), house_routes.router]
INTERNAL: Final = sorted({path for router in ROUTERS for path, _ in routes_of(router) if path.startswith("/internal/")})


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """The embedded shop, in test mode."""
    with open_shop("embedded") as shop:
        yield door_of(shop)
        assert "request_failed" not in shop.log()


def _named(endpoint: Endpoint) -> str:
    return endpoint.at


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=_named)
def test_whoever_may_not_is_refused_as_documented(door: Door, endpoint: Endpoint) -> None:
    """R-ACC-01, R-ACC-04, R-ACC-05, R-ACC-06: with the status, the code and, for 403, the permission."""
    record = door.records(endpoint)[0]
    wrong = {}
    for visitor in door.visitors:
        status = expected(endpoint, visitor)
        if status == IN:
            continue
        reply = door.ask(endpoint, visitor, record)
        found = (reply.status, reply.code, (reply.body or {}).get("required_permission"))
        if found != (status, CODES[int(status)], endpoint.permission if status == 403 else None) or status not in endpoint.statuses:
            wrong[visitor.name] = (status, *found)
    assert not wrong


@pytest.mark.parametrize("endpoint", OF_RECORDS, ids=_named)
def test_what_is_somebody_elses_is_as_if_it_were_not_there(door: Door, endpoint: Endpoint) -> None:
    """R-ACC-01, R-ACC-06: the same status, headers and words for a record that is another's and for none."""
    there = door.records(endpoint)[0]
    for visitor in door.visitors:
        if expected(endpoint, visitor) == 404:
            told = [_without_names(door.ask(endpoint, visitor, record), record) for record in (there, _nobodys(there))]
            assert told[0] == told[1], visitor.name


def test_a_part_of_another_order_is_none_of_ones_own(door: Door) -> None:
    """R-ACC-01: a token opens its order's lines and papers, not those that are named beside its order's id."""
    paper = door.records(BY_NAME["GET /store/v1/orders/{order_id}/documents/{document_id}/pdf"])[0].values["document_id"]
    line = door.parcel.made["lines"][0]["id"]
    guest = next(visitor for visitor in door.visitors if visitor.kind == "guest")
    for at, name, anothers in (
        ("GET /store/v1/orders/{order_id}/documents/{document_id}/pdf", "document_id", paper),
        ("PATCH /store/v1/carts/{order_id}/lines/{line_id}", "line_id", line),
        ("DELETE /store/v1/carts/{order_id}/lines/{line_id}", "line_id", line),
    ):
        mixed = [Record({"order_id": door.other.id, name: part}, door.other.token) for part in (anothers, NOBODYS[name])]
        told = [_without_names(door.ask(BY_NAME[at], guest, record), record) for record in mixed]
        assert told[0] == told[1]
        assert told[0][0] == 404


@pytest.mark.parametrize("endpoint", LISTS, ids=_named)
def test_a_list_tells_a_seller_nothing_of_another(door: Door, endpoint: Endpoint) -> None:
    """R-ACC-06: neither their goods, nor orders of them, nor who bought them."""
    names = (SELLER, door.seeded.skus[0], door.parcel.id, door.other.id, STRANGERS_EMAIL, "Hauptstr")
    for visitor in door.visitors:
        if visitor.seller == FOREIGN_SELLER and expected(endpoint, visitor) == IN:
            said = door.ask(endpoint, visitor, Record({})).raw.decode()
            assert not [name for name in names if name in said], visitor.name


@pytest.mark.parametrize("path", INTERNAL)
def test_the_paths_within_the_house_are_not_there_from_outside(door: Door, path: str) -> None:
    """Whoever asks, by whatever method, and however the path is written."""
    real = re.sub(r"{[a-z_]+}", NOBODYS["order_id"], path)
    spelled = (
        real,
        f"/{real}",
        f"{real}/",
        real.upper(),
        f"/%69{real[2:]}",
        f"/admin/v1/products/../../..{real}",
        f"/store/v1/%2e%2e/..{real}",
    )
    knocking = [visitor for visitor in door.visitors if visitor.name in ("the owner's key", "a caller of the house, signed rightly")]
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for target in spelled:
            endpoint = Endpoint(
                method=method, path=target, opens="anybody", permission=None, security=(), statuses=frozenset(), body={"order_id": None}
            )
            for visitor in knocking:
                reply = door.ask(endpoint, visitor, Record({}))
                assert (reply.status, reply.code) == (404, "not_found"), (visitor.name, reply.asked)


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ENDPOINTS if endpoint.opens != "stripe"], ids=_named)
def test_whoever_may_is_let_in(door: Door, endpoint: Endpoint) -> None:
    """After all who may not: their tries have changed nothing, or nobody would get a good answer."""
    let_in = [visitor for visitor in door.visitors if expected(endpoint, visitor) == IN]
    if endpoint.opens in ("anybody", "storefront"):
        # Where nobody is asked who they are, one of a kind says as much as all.
        let_in = list({visitor.kind: visitor for visitor in let_in}.values())
    door.seeded.make_anew(endpoint.path)
    good = False
    for visitor in let_in:
        seen = []
        for record in door.records(endpoint):
            reply = door.ask(endpoint, visitor, record)
            assert reply.status in endpoint.statuses
            if reply.status == 403:
                # The body asks for more than the path does.
                assert reply.body["required_permission"] != endpoint.permission
                assert visitor.role not in GRANTED[reply.body["required_permission"]]
            seen.append(reply.status)
            if reply.status < 300:
                good = True
                break
        assert 401 not in seen, visitor.name
        # Whoever came before may have taken the only one away, but for a seller: theirs is never gone by another's command.
        assert set(seen) != {404} or (good and visitor.seller is None), visitor.name
    assert good, "nobody got a good answer"


def _nobodys(record: Record) -> Record:
    """The same, but of nothing that there is."""
    return Record({name: NOBODYS[name] for name in record.values}, record.token)


def _without_names(reply: Reply, record: Record) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without what was asked for and without the id of the request."""
    said = json.dumps({name: value for name, value in reply.body.items() if name != "request_id"}, sort_keys=True)
    for name, value in record.values.items():
        said = said.replace(quote(value), name).replace(value, name)
    headers = {name: value for name, value in reply.headers.items() if name not in ("x-request-id", "content-length", "date")}
    return reply.status, headers, said
