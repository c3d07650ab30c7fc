"""Signing in: failures are counted before any work is done, and the hash is reckoned beside the requests, not among them (R-ORD-21)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from services.orders.domain.password import hash_password, password_fits
from services.orders.domain.people import email_key
from services.orders.errors import BadCredentials
from services.orders.store import customers, staff
from services.orders.store.sessions import Kind
from shared.db.settings_copy import shop_settings
from shared.web.door import Door, client_address, read, running
from shared.web.limits import Limit
from shared.web.problem import RATE_LIMIT

_ACCOUNTS: Final = {"customer": customers.account_of, "staff": staff.account_of}
_HASHERS: Final = ThreadPoolExecutor(2, thread_name_prefix="argon2")
"""Two at a time: a crowd that signs in takes neither all cores nor the threads that run routes."""


async def hashed(password: str) -> str:
    """What is kept of a new password."""
    return await asyncio.get_running_loop().run_in_executor(_HASHERS, hash_password, password)


async def checked(
    request: Request, kind: Kind, *, email: str, password: str, permit: Callable[[Door], None]
) -> tuple[str | None, str | None]:
    """Whose password it is: their id, and the hash that was looked at. `permit` refuses before anything is counted.

    Raises what `permit` raises, RateLimited, BadCredentials.
    """
    limit, person_id, kept = await run_in_threadpool(_look, request, kind, email, permit)
    try:
        await asyncio.get_running_loop().run_in_executor(_HASHERS, _hold_against, limit, password, kept)
    finally:
        request.scope[RATE_LIMIT] = limit.headers
    return person_id, kept


def _look(request: Request, kind: Kind, email: str, permit: Callable[[Door], None]) -> tuple[Limit, str | None, str | None]:
    with read(request) as door:
        permit(door)
        most = shop_settings(door.tx).limits.failed_logins_per_minute
        subjects = [f"address:{client_address(request)}", f"account:{kind}:{email_key(email)}"]
        limit = running(request).limits.per_minute("failed_logins", subjects, most)
        request.scope[RATE_LIMIT] = limit.headers
        limit.need_room()
        return (limit, *_ACCOUNTS[kind](door.tx, email))


def _hold_against(limit: Limit, password: str, kept: str | None) -> None:
    # Counted as a failure until it has turned out to be none.
    limit.take()
    if not password_fits(password, kept):
        raise BadCredentials
    limit.give_back()
