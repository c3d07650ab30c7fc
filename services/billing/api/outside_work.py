"""Outside work that a route does itself, because its answer is waited for: the same jobs, for the caller."""

from __future__ import annotations

from fastapi import Request

from shared.contracts.base import Cause
from shared.messaging.hearing import JobContext
from shared.web.caller import Caller
from shared.web.door import request_id, running


def job_context(request: Request, caller: Caller, name: str) -> JobContext:
    """What such a job works with; it has no fact, for its own record says that it is done."""
    house = running(request)
    return JobContext(house.db, name, None, Cause(caller.actor, request_id(request)), house.outside)
