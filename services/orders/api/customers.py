"""Routes of customers' accounts and sessions, in their own hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from services.orders.actions.customers import change_customer, create_customer
from services.orders.actions.sessions import Opened, open_session, sign_in, sign_out
from services.orders.api.passwords import checked, count_registration, hashed
from services.orders.api.people_bodies import MePatch, RegistrationBody, SessionBody, customer_view
from services.orders.domain.people import Customer
from services.orders.store.customers import get_customer
from shared.errors import Unauthenticated
from shared.values.clock import rfc3339
from shared.web.door import Door, bearer_of, read, write

router = APIRouter(prefix="/store/v1")


@router.post("/customers")
async def post_customer(request: Request, body: RegistrationBody) -> Response:
    """Makes an account and signs in to it."""
    await run_in_threadpool(_permit, request)
    return await run_in_threadpool(_register, request, body.given("password"), await hashed(body.password))


@router.post("/sessions")
async def post_session(request: Request, body: SessionBody) -> Response:
    """Signs in."""
    person = await checked(request, "customer", email=body.email, password=body.password, permit=_storefront)
    return await run_in_threadpool(_sign_in, request, *person)


@router.delete("/sessions")
def delete_session(request: Request) -> Response:
    """Signs out: the Bearer of this request opens nothing any more."""
    with write(request) as door:
        need_customer(door)
        sign_out(door.tx, bearer_of(request) or "")
        return door.nothing()


@router.get("/customers/me")
def get_me(request: Request) -> Response:
    """The account of whoever is signed in."""
    with read(request) as door:
        return door.answer(customer_view(get_customer(door.tx, need_customer(door))))


@router.patch("/customers/me")
def patch_me(request: Request, body: MePatch) -> Response:
    """Changes it; orders keep what they were made with."""
    with write(request) as door:
        return door.answer(customer_view(change_customer(door.tx, need_customer(door), body.given())))


def need_customer(door: Door) -> str:
    """The account of whoever is signed in. Raises Unauthenticated."""
    door.caller.need_storefront()
    if door.caller.customer is None:
        raise Unauthenticated("this needs the Authorization: Bearer of a customer")
    return door.caller.customer


def _permit(request: Request) -> None:
    with read(request) as door:
        _storefront(door)
        count_registration(request, door)


def _storefront(door: Door) -> None:
    door.caller.need_storefront()


def _register(request: Request, given: Mapping[str, Any], password_hash: str) -> Response:
    with write(request) as door:
        _storefront(door)
        customer = create_customer(door.tx, given, password_hash=password_hash)
        return door.created(_signed_in(customer, open_session(door.tx, "customer", customer.id)), "/store/v1/customers/me")


def _sign_in(request: Request, customer_id: str | None, kept: str | None) -> Response:
    with write(request) as door:
        _storefront(door)
        opened = sign_in(door.tx, "customer", customer_id, checked=kept)
        return door.created(_signed_in(get_customer(door.tx, str(customer_id)), opened), "/store/v1/customers/me")


def _signed_in(customer: Customer, opened: Opened) -> dict[str, Any]:
    return {"customer": customer_view(customer), "token": opened.token, "expires_at": rfc3339(opened.expires_at)}
