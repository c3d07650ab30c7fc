"""Routes of those who work here: their accounts, their sessions, and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from services.orders.actions.sessions import sign_in, sign_out
from services.orders.actions.staff import change_member, create_member, deactivate_member
from services.orders.api.passwords import checked, hashed
from services.orders.api.people_bodies import SessionBody, StaffBody, StaffPatch, staff_view
from services.orders.store.access import get_api_key
from services.orders.store.staff import get_member, list_staff
from shared.errors import Unauthenticated
from shared.values.clock import rfc3339
from shared.web.caller import Caller
from shared.web.door import Door, bearer_of, read, write
from shared.web.listing import listing

router = APIRouter(prefix="/admin/v1")


@router.post("/staff")
async def post_staff(request: Request, body: StaffBody) -> Response:
    """Takes someone on (access.write)."""
    return await run_in_threadpool(_create, request, body.given("password"), await _password_of(request, body))


@router.get("/staff")
def get_staff(request: Request) -> Response:
    """Everyone, newest first, also those who have left (access.write)."""
    with read(request, "access.write") as door:
        asked = listing(request, key=(str,))
        found = list_staff(door.tx, after=None if asked.after is None else asked.after[0], rows=asked.rows)
        return door.answer(asked.page(found, staff_view, lambda member: (member.id,)))


@router.get("/staff/{staff_id}")
def get_staff_member(request: Request, staff_id: str) -> Response:
    """One of them (access.write)."""
    with read(request, "access.write") as door:
        return door.answer(staff_view(get_member(door.tx, staff_id)))


@router.patch("/staff/{staff_id}")
async def patch_staff(request: Request, staff_id: str, body: StaffPatch) -> Response:
    """Changes what they may, or who they are; a new password ends their sessions (access.write)."""
    return await run_in_threadpool(_change, request, staff_id, body.given("password"), await _password_of(request, body))


@router.post("/staff/{staff_id}/deactivate")
def post_deactivate(request: Request, staff_id: str) -> Response:
    """They have left: they sign in no more, and what they have done keeps their name (access.write)."""
    with write(request, "access.write") as door:
        return door.answer(staff_view(deactivate_member(door.tx, staff_id)))


@router.post("/sessions")
async def post_session(request: Request, body: SessionBody) -> Response:
    """Signs in."""
    person = await checked(request, "staff", email=body.email, password=body.password, permit=_anybody)
    return await run_in_threadpool(_sign_in, request, *person)


@router.delete("/sessions")
def delete_session(request: Request) -> Response:
    """Signs out: the Bearer of this request opens nothing any more."""
    with write(request) as door:
        if door.caller.type != "staff":
            raise Unauthenticated("this needs the Authorization: Bearer of a session")
        sign_out(door.tx, bearer_of(request) or "")
        return door.nothing()


@router.get("/me")
def get_me(request: Request) -> Response:
    """Who calls, and what they may."""
    with read(request) as door:
        caller = door.caller
        caller.need_staff()
        who = get_member(door.tx, caller.id or "") if caller.type == "staff" else get_api_key(door.tx, caller.id or "")
        view = {
            "id": caller.id,
            "type": caller.type,
            "name": caller.name,
            "roles": list(who.roles),
            "permissions": sorted(caller.permissions),
            "seller_id": caller.seller,
        }
        return door.answer(view)


async def _password_of(request: Request, body: StaffPatch) -> str | None:
    if "password" not in body.model_fields_set:
        return None
    await run_in_threadpool(_permit, request)
    return await hashed(body.password)


def _permit(request: Request) -> None:
    # A hash is work, and only for those who may ask for it.
    with read(request, "access.write"):
        pass


def _anybody(_door: Door) -> None:
    # Whoever signs in sends no credentials yet.
    return


def _create(request: Request, given: Mapping[str, Any], password_hash: str | None) -> Response:
    with write(request, "access.write") as door:
        member = create_member(door.tx, given, password_hash=password_hash)
        return door.created(staff_view(member), f"/admin/v1/staff/{member.id}")


def _change(request: Request, staff_id: str, given: Mapping[str, Any], password_hash: str | None) -> Response:
    with write(request, "access.write") as door:
        return door.answer(staff_view(change_member(door.tx, staff_id, given, password_hash=password_hash)))


def _sign_in(request: Request, staff_id: str | None, kept: str | None) -> Response:
    with write(request) as door:
        opened = sign_in(door.tx, "staff", staff_id, checked=kept)
        # From here on it is they who act, and the audit log says so.
        door.caller = Caller(type="staff", id=staff_id)
        return door.created({"token": opened.token, "expires_at": rfc3339(opened.expires_at)}, "/admin/v1/me")
