"""Paths that every service answers to the gateway: settings, test clock, timers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import bindparam, text
from starlette.responses import Response

from shared.db.base import Instant
from shared.db.settings_copy import copy_settings
from shared.db.timers import next_due, run_timer
from shared.errors import CartwrightError, Invalid
from shared.values.clock import parse_rfc3339, rfc3339
from shared.web.door import internal, json_response, running

router = APIRouter(prefix="/internal/v1")

_CLOCK: Final = text("SELECT now, running FROM clock WHERE id = 1").columns(now=Instant())
_SET_CLOCK: Final = text(
    "INSERT INTO clock (id, now, running) VALUES (1, :now, :running) "
    "ON CONFLICT (id) DO UPDATE SET now = excluded.now, running = excluded.running"
).bindparams(bindparam("now", type_=Instant()))
_PENDING: Final = text("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM unrecorded)")


class SettingsCopy(BaseModel):
    """Version and what was set."""

    version: int
    values: dict[str, Any]


class ClockSetting(BaseModel):
    """The instant at which business time stops; null: it runs again."""

    now: str | None


class ClockBackwards(Invalid):
    """Business time only goes forward, once it was set."""

    code = "clock_backwards"


class NoTestMode(CartwrightError):
    """The test clock exists in test mode only."""

    status = 404
    code = "not_found"


@router.put("/settings")
def put_settings(request: Request, body: SettingsCopy) -> Response:
    """Takes a newer version of the shop's settings."""
    with internal(request) as door:
        copy_settings(door.tx, body.version, body.values)
        return door.answer({"version": body.version})


@router.put("/clock")
def put_clock(request: Request, body: ClockSetting) -> Response:
    """Stops business time, or lets it run."""
    if not running(request).environment.test_mode:
        raise NoTestMode("there is no test clock without CARTWRIGHT_TEST_MODE=1")
    with internal(request) as door:
        last = door.tx.execute(_CLOCK).one_or_none()
        if body.now is None:
            if last is not None:
                door.tx.execute(_SET_CLOCK, {"now": last.now, "running": True})
            return door.answer({"now": rfc3339(running(request).db.clock.now())})
        now = _instant(body.now)
        if last is not None and now < last.now:
            raise ClockBackwards(f"the clock stands at {rfc3339(last.now)} and only goes forward", pointer="/now")
        door.tx.execute(_SET_CLOCK, {"now": now, "running": False})
        return door.answer({"now": rfc3339(now)})


def _instant(value: str) -> datetime:
    try:
        return parse_rfc3339(value)
    except ValueError:
        raise Invalid("is no RFC 3339 time with an offset", pointer="/now") from None


@router.post("/timers/run")
def run_one_timer(request: Request) -> Response:
    """Runs the one timer that is most overdue; null when none is due."""
    house = running(request)
    with internal(request):
        pass
    done = run_timer(house.db, house.service.timers)
    return json_response({"ran": None if done is None else done[0].kind, "failed": done is not None and done[1] is not None})


@router.get("/quiet")
def quiet(request: Request) -> Response:
    """Facts not yet handed to the broker, when the next timer is due, and what time it is here."""
    with internal(request) as door:
        due = next_due(door.tx)
        body = {
            "outbox": door.tx.execute(_PENDING).scalar_one(),
            "next_due_at": None if due is None else rfc3339(due),
            "due": due is not None and due <= door.tx.now,
            "now": rfc3339(door.tx.now),
        }
        return door.answer(body)
