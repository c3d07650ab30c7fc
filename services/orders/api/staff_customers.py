"""Routes of customers' accounts in the hands of staff (customers.read, customers.write)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.customers import change_customer, create_customer
from services.orders.api.people_bodies import AccountBody, AccountPatch, customer_view
from services.orders.store.customers import get_customer, list_customers
from shared.web.door import read, write
from shared.web.listing import listing

router = APIRouter(prefix="/admin/v1/customers")


@router.post("")
def post_customer(request: Request, body: AccountBody) -> Response:
    """An account that staff make: it owns orders, and nobody can sign in to it yet."""
    with write(request, "customers.write") as door:
        customer = create_customer(door.tx, body.given(), password_hash=None)
        return door.created(customer_view(customer), f"/admin/v1/customers/{customer.id}")


@router.get("")
def get_customers(request: Request) -> Response:
    """Accounts, newest first; `q` looks in e-mail, name, phone and company."""
    with read(request, "customers.read") as door:
        asked = listing(request, ("q",), key=(str,))
        found = list_customers(door.tx, asked.filters.get("q"), after=None if asked.after is None else asked.after[0], rows=asked.rows)
        return door.answer(asked.page(found, customer_view, lambda customer: (customer.id,)))


@router.get("/{customer_id}")
def get_one(request: Request, customer_id: str) -> Response:
    """One account."""
    with read(request, "customers.read") as door:
        return door.answer(customer_view(get_customer(door.tx, customer_id)))


@router.patch("/{customer_id}")
def patch_customer(request: Request, customer_id: str, body: AccountPatch) -> Response:
    """Changes it; orders keep what they were made with."""
    with write(request, "customers.write") as door:
        return door.answer(customer_view(change_customer(door.tx, customer_id, body.given())))
