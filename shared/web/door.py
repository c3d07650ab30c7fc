"""The door of a route: resolve the caller, open the transaction, answer inside it, commit, and only then let the answer go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Request
from starlette.responses import Response

from shared.contracts.base import Cause
from shared.db.tx import Tx
from shared.errors import CartwrightError, Refused
from shared.web import audit, idempotency
from shared.web.caller import CALLER_HEADER, HOUSE, NOBODY, SIGNATURE_HEADER, Caller, decode_caller, target_of, verify
from shared.web.problem import RATE_LIMIT, problem_of

if TYPE_CHECKING:
    from shared.service import Running


class Replayed(Exception):
    """The request was answered before: the stored answer goes out again."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Door:
    """What a route has in hand: its transaction, its caller, and the way to answer."""

    def __init__(self, tx: Tx, caller: Caller, headers: Mapping[str, str] | None = None) -> None:
        self.tx = tx
        self.caller = caller
        self.response: Response | None = None
        self._headers = headers or {}

    def answer(self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """The response; `body` is what orjson takes, bytes pass as they are."""
        self.response = json_response(body, status, {**self._headers, **(headers or {})})
        return self.response

    def created(self, body: Any, location: str, headers: Mapping[str, str] | None = None) -> Response:
        """201 with its Location."""
        return self.answer(body, 201, {"Location": location, **(headers or {})})

    def nothing(self) -> Response:
        """204."""
        self.response = Response(status_code=204)
        return self.response


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An application/json answer without a response-model pass (messaging.md, cost 2)."""
    return Response(body if isinstance(body, bytes) else orjson.dumps(body), status, dict(headers or {}), "application/json")


def running(request: Request) -> Running:
    """The service that answers this request."""
    found: Running = request.app.state.running
    return found


def request_id(request: Request) -> str:
    """The request's X-Request-Id: the correlation id of everything it causes."""
    return str(request.scope["cartwright.request_id"])


def route_of(request: Request) -> str:
    """The path as the route says it, with its parameters in braces."""
    # A route knows its path within its own router only: what stands before that is a prefix, and has no parameters.
    own, given = request.scope["route"].path.split("/")[1:], request.scope["path"].split("/")
    return "/".join([*given[: len(given) - len(own)], *own])


def body_of(request: Request) -> bytes:
    """The raw body, read by the intake before the route began."""
    return bytes(request.scope.get("cartwright.body", b""))


@contextmanager
def write(request: Request, permission: str | None = None) -> Iterator[Door]:
    """The one transaction of a command. `permission` is what staff need; None: the route decides by the caller.

    The Idempotency-Key of a POST is looked up first and stored with the effect; a refusal rolls back and is stored
    in a small transaction of its own. What staff and keys did is in the audit log with it (R-ACC-09).
    Raises what the block raises, Unauthenticated, Forbidden.
    """
    house = running(request)
    key: idempotency.Key | None = None
    try:
        with house.db.begin(Cause(HOUSE.actor, request_id(request))) as tx:
            caller = identify(request, tx)
            if permission is not None:
                caller.need(permission)
            tx.cause = Cause(caller.actor, request_id(request))
            key = key_of(request, caller)
            if key is not None and (stored := idempotency.find(tx, key, house.secret)) is not None:
                raise Replayed(Response(stored.body, stored.status, {**stored.headers, "Idempotent-Replayed": "true"}))
            door = Door(tx, caller, request.scope.get(RATE_LIMIT))
            yield door
            audit.write_down(request, door, f"{request.method} {route_of(request)}", request.url.path)
            if key is not None and door.response is not None and door.response.status_code < 500:
                idempotency.store(tx, key, _stored(door.response), house.secret)
    except Refused as error:
        if key is not None and idempotency.replayable(error):
            remember_refusal(request, key, error)
        raise


@contextmanager
def read(request: Request, permission: str | None = None) -> Iterator[Door]:
    """A transaction for looking only. Raises what the block raises, Unauthenticated, Forbidden."""
    with running(request).db.read(Cause(HOUSE.actor, request_id(request))) as tx:
        caller = identify(request, tx)
        if permission is not None:
            caller.need(permission)
        yield Door(tx, caller)


@contextmanager
def internal(request: Request, *, command: str | None = None) -> Iterator[Door]:
    """The transaction of an `/internal/v1` command: only the gateway may, and it says for whom, or sends their credentials along.

    `command`: the public command that this is the one audited step of, such as "PATCH /admin/v1/settings" (R-ACC-09); what stands
    in braces are this route's own parameters. Raises CallerMissing, Unauthenticated.
    """
    need_house(request)
    with running(request).db.begin(Cause(HOUSE.actor, request_id(request))) as tx:
        caller = identify(request, tx)
        tx.cause = Cause(caller.actor, request_id(request))
        door = Door(tx, caller)
        yield door
        if command is not None:
            audit.write_down(request, door, command, command.partition(" ")[2].format(**request.path_params))


@contextmanager
def internal_read(request: Request) -> Iterator[Door]:
    """As `internal`, for looking only: on SQLite it waits for no writer."""
    with running(request).db.read(Cause(HOUSE.actor, request_id(request))) as tx:
        caller = passed_on(request)
        if caller is None:
            raise CallerMissing("internal paths take signed calls only")
        yield Door(tx, caller)


class CallerMissing(CartwrightError):
    """An internal path was called from outside: it does not exist there."""

    status = 404
    code = "not_found"


def need_house(request: Request) -> None:
    """Raises CallerMissing unless the gateway asks: only it passes on a caller, be it nobody. Raises Unauthenticated for a forged one."""
    if passed_on(request) is None:
        raise CallerMissing("internal paths take signed calls only")


def identify(request: Request, tx: Tx) -> Caller:
    """The caller: as the gateway passed them on, else by the service's own means (orders knows the credentials).

    Passed on as nobody is one whom the gateway did not resolve: the credentials that came along count.
    """
    caller = passed_on(request)
    if caller is not None and caller.type != "nobody":
        return caller
    resolve = running(request).service.identify
    return NOBODY if resolve is None else resolve(request, tx)


def passed_on(request: Request) -> Caller | None:
    """The caller that the gateway resolved: an object in the same process, a signed header otherwise."""
    given = request.scope.get("cartwright.caller")
    if given is not None:
        return given if isinstance(given, Caller) else None
    header = request.headers.get(CALLER_HEADER)
    if header is None:
        return None
    verify(
        running(request).secret,
        request.headers.get(SIGNATURE_HEADER),
        method=request.method,
        target=target_of(request.scope),
        body=body_of(request),
        caller=header,
        request_id=request_id(request),
    )
    return decode_caller(header)


def key_of(request: Request, caller: Caller) -> idempotency.Key | None:
    """The request's idempotency key; None when it has none. Raises Invalid for one that is too long."""
    sent = request.headers.get("idempotency-key")
    if sent is None or request.method != "POST":
        return None
    owner = caller.order_id or caller.id or caller.customer or f"{caller.channel}@{client_address(request)}"
    return idempotency.Key.of(
        caller=f"{caller.type}:{owner}",
        method="POST",
        path=request.url.path,
        key=sent,
        body=body_of(request),
        secret=running(request).secret,
    )


def bearer_of(request: Request) -> str | None:
    """What stands behind `Bearer`; "" for an Authorization of another kind, None without one."""
    authorization = request.headers.get("authorization")
    scheme, _, token = (authorization or "").partition(" ")
    return None if authorization is None else token.strip() if scheme.lower() == "bearer" else ""


def client_address(request: Request) -> str:
    """The address the intake believes: the peer's, or a trusted proxy's word."""
    return str(request.scope.get("cartwright.client", ""))


def _stored(response: Response) -> idempotency.Stored:
    headers = {name: value for name, value in response.headers.items() if name in idempotency.KEPT_HEADERS}
    return idempotency.Stored(response.status_code, headers, bytes(response.body))


def remember_refusal(request: Request, key: idempotency.Key, error: Refused) -> None:
    """Keeps the refusal for a repeat with the same key; the transaction that it refused is undone by then."""
    house = running(request)
    response = problem_of(error, instance=request.url.path, request_id=request_id(request))
    with house.db.begin() as tx:
        if idempotency.find(tx, key, house.secret) is None:
            # There may be a lease that was over: its row is taken as it is.
            idempotency.open_lease(tx, key, seconds=0)
            idempotency.close(tx, key.value, _stored(response), house.secret)
