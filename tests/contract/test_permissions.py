"""Every admin route asks for the permission that api.md names, and every role has those of its column (R-ACC-04, R-ACC-05)."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final, get_args, get_type_hints

import pytest
from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from services.host.roster import ROSTER
from shared.contracts.api.public import PATHS
from shared.errors import CartwrightError, Forbidden, Unauthenticated
from shared.settings import SERVICES
from shared.values.clock import FixedClock
from shared.web.caller import PERMISSIONS, Caller, permissions_of
from shared.web.door import Replayed
from tests.support.databases import Databases
from tests.support.driver import NOON, ServiceDriver
from tests.support.permissions import GRANTED, ROLES
from tests.support.routes import routes_of

NEEDS: Final = """
access.write        POST api_keys · GET api_keys · DELETE api_keys/{} · POST staff · GET staff · GET staff/{} · PATCH staff/{}
access.write        POST staff/{}/deactivate · GET audit_log
catalogue.write     PUT products/{} · PUT products · PATCH products/{} · DELETE products/{} · PUT sellers/{} · DELETE sellers/{}
catalogue.write     PUT discount_codes/{} · GET discount_codes · GET discount_codes/{} · DELETE discount_codes/{}
catalogue.read      GET products · GET products/{} · GET sellers · GET sellers/{} · GET shipping_methods · GET shipping_methods/{}
settings.write      PUT shipping_methods/{} · DELETE shipping_methods/{} · GET payment_methods · GET payment_methods/{}
settings.write      PATCH payment_methods/{} · PUT payment_methods/{} · PUT teams/{} · GET teams · GET teams/{} · DELETE teams/{}
settings.write      POST assignment_rules · GET assignment_rules · GET assignment_rules/{} · PATCH assignment_rules/{}
settings.write      DELETE assignment_rules/{} · PATCH settings
customers.read      GET customers · GET customers/{}
customers.write     POST customers · PATCH customers/{}
orders.read         GET orders · GET orders/{} · GET orders/{}/timeline · GET orders/counts · GET saved_views · GET saved_views/{}
orders.read         GET scan/{} · POST saved_views · PUT saved_views/{} · DELETE saved_views/{}
orders.write        POST orders · PATCH orders/{} · POST orders/{}/lines · PATCH orders/{}/lines/{} · DELETE orders/{}/lines/{}
orders.write        POST orders/{}/preview_changes · POST orders/{}/send · POST orders/{}/reset · POST orders/{}/lock
orders.write        POST orders/{}/unlock · POST orders/{}/hold · POST orders/{}/release · POST orders/{}/claim
orders.write        POST orders/{}/unclaim · POST orders/{}/duplicate · POST orders/{}/token · POST orders/{}/payment_links
orders.confirm      POST orders/{}/confirm
orders.cancel       POST orders/{}/cancel
orders.assign       POST orders/{}/assign
statuses.set        POST orders/{}/status
stock.read          GET stock · GET stock/{} · GET stock/moves · GET reservations
stock.write         PUT stock/{} · PUT stock · POST stock/moves · POST deliveries
deliveries.read     GET deliveries · GET deliveries/{} · GET parcels/{} · GET batches · GET batches/{}
deliveries.write    POST deliveries/{}/validate · POST parcels/{}/events · POST orders/{}/deliveries · POST deliveries/{}/reserve
deliveries.write    PATCH parcels/{} · POST deliveries/{}/cancel
deliveries.write    POST deliveries/{}/unreserve · POST deliveries/{}/start · POST deliveries/{}/assign · POST deliveries/{}/parcels
payments.read       GET payments · GET payments/{} · GET provider_events · GET provider_events/{} · GET orders/{}/receipts
payments.read       GET refunds · GET refunds/{} · GET reconciliation
payments.record     POST orders/{}/payments · POST payments/{}/review · POST payments/{}/resolve
payments.capture    POST payments/{}/capture · POST payments/{}/void · POST payments/{}/sync
invoices.read       GET invoices · GET invoices/{} · GET invoices/{}/pdf · GET invoice_series · GET invoice_series/audit
invoices.write      POST orders/{}/invoices · PATCH invoices/{} · DELETE invoices/{} · POST invoices/{}/post
invoices.write      POST invoices/{}/cancel · POST invoices/{}/send · POST invoices/{}/allocate · POST invoices/{}/credit_notes
invoices.write      POST invoices/{}/reverse
refunds.write       POST orders/{}/refunds
refunds.approve     POST refunds/{}/approve · POST refunds/{}/reject
returns.read        GET orders/{}/returnable · GET returns · GET returns/{}
notifications.read  GET notifications · GET notifications/{}
messages.write      POST notifications/{}/resend · GET notifications/{}/attachments/{}
tasks.read          GET tasks · GET tasks/{}
tasks.write         POST tasks/{}/claim · POST tasks/{}/close
ops.read            GET events
ops.write           POST provider_events/{}/replay · POST test_clock · GET test_clock · DELETE test_clock
ops.write           POST simulators/stripe/{}/{}
"""
"""What each route below /admin/v1 needs, as api.md says. A route that is not here fails: whoever adds one says who may."""

ANYONE: Final = frozenset({"GET me", "GET settings", "POST sessions", "DELETE sessions"})
"""For whoever signs in or is signed in, whatever they may."""


def _needed() -> dict[str, str]:
    lines = [line.partition(" ")[::2] for line in NEEDS.split("\n") if line]
    return {route.strip(): permission for permission, routes in lines for route in routes.split("·")}


ADMIN: Final = "/admin/v1/"
NEEDED: Final = _needed()


def _routes() -> Iterator[tuple[str, str, APIRoute]]:
    """(service, method and path below /admin/v1, route) of all routes that the services answer themselves."""
    for name in SERVICES:
        for router in ROSTER[name].routers:
            for path, route in routes_of(router):
                if path.startswith(ADMIN):
                    yield from ((name, _named(method, path), route) for method in sorted(route.methods))


def _named(method: str, path: str) -> str:
    """As the table names it."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', path.removeprefix(ADMIN))}"


ROUTES: Final = list(_routes())


@pytest.fixture(scope="module")
def services(databases: Databases) -> dict[str, ServiceDriver]:
    at = FixedClock(NOON)
    return {name: ServiceDriver(ROSTER[name], databases.open("sqlite", ROSTER[name], at), at) for name in SERVICES}


def _asks(service: ServiceDriver, route: APIRoute, role: str) -> CartwrightError | None:
    """Someone with this role asks for anything by this route; what it refuses, if it refuses.

    The route itself is called, with a body that nobody has checked: a permission comes before all that.
    """
    caller = Caller(type="staff", id="usr_ANYONE", name=role, permissions=permissions_of([role]))
    names = re.findall(r"\{([^}]*)\}", route.path)
    scope = {
        "type": "http",
        "app": service.app,
        "method": next(iter(route.methods)),
        "path": route.path,
        "path_params": dict.fromkeys(names, "x"),
        "query_string": b"",
        "headers": [],
        "route": route,
        "cartwright.caller": caller,
        "cartwright.request_id": "req_1",
    }
    given: dict[str, Any] = {"request": Request(scope), **dict.fromkeys(names, "x")}
    hints = get_type_hints(route.endpoint)
    for name, parameter in inspect.signature(route.endpoint).parameters.items():
        if name not in given and parameter.default is inspect.Parameter.empty:
            given[name] = _unchecked(hints[name])
    try:
        answer = route.endpoint(**given)
        if inspect.iscoroutine(answer):
            answer = asyncio.run(answer)
        assert isinstance(answer, Response)
    except (Forbidden, Unauthenticated) as error:
        return error
    except (Exception, Replayed):
        # What an unchecked body leads to is no matter here: it was let in.
        return None
    return None


def _unchecked(hint: Any) -> Any:
    models = [found for found in (hint, *get_args(hint)) if inspect.isclass(found) and issubclass(found, BaseModel)]
    return models[0].model_construct() if models else "x"


def test_the_roles_of_the_code_are_those_of_the_table() -> None:
    """R-ACC-04, R-ACC-05: warehouse cannot refund; sales cannot change settings; readonly changes nothing."""
    assert set(GRANTED) == PERMISSIONS
    for role in ROLES:
        assert permissions_of([role]) == {permission for permission, roles in GRANTED.items() if role in roles}, role
    assert permissions_of(["owner"]) == PERMISSIONS
    assert "refunds.write" not in permissions_of(["warehouse"])
    assert "settings.write" not in permissions_of(["sales"])
    assert all(permission.endswith(".read") for permission in permissions_of(["readonly"]))


@pytest.mark.parametrize("route", sorted({name for _, name, _ in ROUTES}))
def test_every_admin_route_is_in_the_table(route: str) -> None:
    """R-ACC-04: deny by default. A new route is not finished before it says here who may use it."""
    assert (route in NEEDED) != (route in ANYONE)


@pytest.mark.parametrize("at", [at for at, path in PATHS.items() if path.path.startswith(ADMIN)])
def test_the_document_names_the_permission_of_the_table(at: str) -> None:
    """R-ACC-04: also of what the gateway composes; tests/contract/test_schemathesis.py holds the shop against the document."""
    route = _named(PATHS[at].method, PATHS[at].path)

    assert PATHS[at].who.permission == NEEDED.get(route)
    assert (route in NEEDED) != (route in ANYONE)


@pytest.mark.parametrize("role", [*ROLES, "owner"])
@pytest.mark.parametrize("permission", sorted(set(NEEDED.values())))
def test_a_route_lets_in_who_has_its_permission_and_names_it_to_all_others(
    services: dict[str, ServiceDriver], permission: str, role: str
) -> None:
    """R-ACC-04, R-ACC-05: one test per permission and role, over the real routes."""
    for service, name, route in ROUTES:
        if NEEDED.get(name) != permission:
            continue
        refused = _asks(services[service], route, role)
        if role in GRANTED[permission]:
            assert refused is None, (name, refused)
        else:
            assert isinstance(refused, Forbidden), name
            assert refused.permission == permission, name
