"""Passwords: tries are counted before any work is done, and the hash is reckoned beside the requests, not among them (R-ORD-21)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from services.orders.domain.password import hash_password, password_fits
from services.orders.domain.people import email_key
from services.orders.errors import BadCredentials
from services.orders.store import customers, staff
from services.orders.store.sessions import Kind
from shared.db.settings_copy import shop_settings
from shared.errors import Unavailable
from shared.web.client import subject_of
from shared.web.door import Door, client_address, read, running
from shared.web.limits import Limit
from shared.web.problem import RATE_LIMIT

_ACCOUNTS: Final = {"customer": customers.account_of, "staff": staff.account_of}
_HASHERS: Final = ThreadPoolExecutor(2, thread_name_prefix="argon2")
"""Two at a time: a crowd that signs in takes neither all cores nor the threads that run routes."""
MOST_WAITING: Final = 32
"""Hashes that are waited for, some four seconds of them: who comes then is told to come again, and waits for nothing."""
_PLACES: Final = threading.BoundedSemaphore(MOST_WAITING)


class TooManyAtOnce(Unavailable):
    """More people sign in or register at this moment than there are places in the queue."""

    def __init__(self) -> None:
        super().__init__("too many sign in at once; the same call may be repeated")


async def hashed(password: str) -> str:
    """What is kept of a new password. Raises TooManyAtOnce."""
    with _place():
        return await asyncio.get_running_loop().run_in_executor(_HASHERS, hash_password, password)


def count_registration(request: Request, door: Door) -> None:
    """One more account from this address, which costs a hash whether it comes to be or not. Raises RateLimited."""
    most = shop_settings(door.tx).limits.registrations_per_minute
    limit = running(request).limits.per_minute("registrations", [_address(request)], most)
    try:
        limit.take()
    finally:
        request.scope[RATE_LIMIT] = limit.headers


async def checked(
    request: Request, kind: Kind, *, email: str, password: str, permit: Callable[[Door], None]
) -> tuple[str | None, str | None]:
    """Whose password it is: their id, and the hash that was looked at. `permit` refuses before anything is counted.

    Raises what `permit` raises, RateLimited, TooManyAtOnce, BadCredentials.
    """
    limit, person_id, kept = await run_in_threadpool(_look, request, kind, email, permit)
    try:
        with _place():
            await asyncio.get_running_loop().run_in_executor(_HASHERS, _hold_against, limit, password, kept)
    finally:
        request.scope[RATE_LIMIT] = limit.headers
    return person_id, kept


def _look(request: Request, kind: Kind, email: str, permit: Callable[[Door], None]) -> tuple[Limit, str | None, str | None]:
    with read(request) as door:
        permit(door)
        most = shop_settings(door.tx).limits.failed_logins_per_minute
        subjects = [_address(request), f"account:{kind}:{email_key(email)}"]
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


def _address(request: Request) -> str:
    return f"address:{subject_of(client_address(request))}"


@contextmanager
def _place() -> Iterator[None]:
    if not _PLACES.acquire(blocking=False):
        raise TooManyAtOnce
    try:
        yield
    finally:
        _PLACES.release()
