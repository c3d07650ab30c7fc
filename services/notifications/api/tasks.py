"""What needs a person: looked at, claimed, closed."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.notifications import store
from services.notifications.actions.close_tasks import claim_task, close_task
from services.notifications.domain.task import TASK_KINDS, TASK_STATES, Task
from services.notifications.errors import TaskNotFound
from shared.values.clock import rfc3339
from shared.values.ids import is_id
from shared.web.caller import Caller
from shared.web.door import read, write
from shared.web.listing import choices_of, listing

router = APIRouter(prefix="/admin/v1/tasks")


class Closing(BaseModel):
    """What was done about it."""

    model_config = ConfigDict(strict=True, extra="forbid")
    note: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("")
def list_tasks(request: Request) -> Response:
    """Newest first. Tasks are the shop's own: a seller sees none (R-ACC-06)."""
    with read(request, "tasks.read") as door:
        asked = listing(request, ("kind", "state", "order_id", "assignee"), key=(str,))
        filters: dict[str, Any] = {name: value for name, value in asked.filters.items() if name in ("order_id", "assignee")}
        for name, allowed in (("kind", TASK_KINDS), ("state", TASK_STATES)):
            values = choices_of(asked.filters, name, allowed)
            if values is not None:
                filters[name] = values
        theirs = door.caller.seller is None
        found = store.tasks.page(door.tx, filters, before=asked.after[0] if asked.after else None, limit=asked.rows) if theirs else []
        counted = partial(store.tasks.count, door.tx, filters) if theirs else int
        return door.answer(asked.page(found, task_view, lambda task: (task.id,), count=counted))


@router.get("/{task_id}")
def get_task(request: Request, task_id: str) -> Response:
    """One task (tasks.read)."""
    with read(request, "tasks.read") as door:
        return door.answer(task_view(store.tasks.get(door.tx, _seen(task_id, door.caller))))


@router.post("/{task_id}/claim")
def post_claim(request: Request, task_id: str) -> Response:
    """The caller takes it on (tasks.write)."""
    with write(request, "tasks.write") as door:
        task = claim_task(door.tx, _seen(task_id, door.caller), _name(door.caller))
        return door.answer(task_view(task))


@router.post("/{task_id}/close")
def post_close(request: Request, task_id: str, body: Closing) -> Response:
    """It is dealt with (tasks.write)."""
    with write(request, "tasks.write") as door:
        task = close_task(door.tx, _seen(task_id, door.caller), by=_name(door.caller), note=body.note)
        return door.answer(task_view(task))


def task_view(task: Task) -> dict[str, Any]:
    """The Task of api.md, section 9."""
    return {
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "order_id": task.order_id,
        "record": {"type": task.record_type, "id": task.record_id},
        "title": task.title,
        "data": task.data,
        "actions": task.actions,
        "assignee": task.assignee,
        "due_at": _instant(task.due_at),
        "created_at": rfc3339(task.created_at),
        "closed_at": _instant(task.closed_at),
        "closed_by": task.closed_by,
        "note": task.note,
    }


def _seen(task_id: str, caller: Caller) -> str:
    if caller.seller is not None or not is_id(task_id, "tsk"):
        raise TaskNotFound(task_id)
    return task_id


def _name(caller: Caller) -> str:
    return caller.id or caller.name


def _instant(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
