"""Tasks are claimed and closed: by people, or by themselves when their cause is gone (lifecycles.md, T1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.notifications import store
from services.notifications.actions.open_tasks import CAUSE_TIMER
from services.notifications.domain.causes import ends, facts_that_end, may_end_one
from services.notifications.domain.task import Task
from shared.contracts.base import SYSTEM, Cause
from shared.contracts.notifications import TaskClosed
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx

BY_ITSELF: Final = "system"


def claim_task(tx: Tx, task_id: str, assignee: str) -> Task:
    """Somebody takes it on; asked again by the same, nothing changes. Raises TaskNotFound, AlreadyClaimed, IllegalTransition."""
    task = store.tasks.lock(tx, task_id)
    if task.claim(assignee):
        store.tasks.ROWS.save(tx, task)
    return task


def close_task(tx: Tx, task_id: str, *, by: str, note: str) -> Task:
    """Somebody has dealt with it; a closed one stays as it is. Raises TaskNotFound."""
    task = store.tasks.lock(tx, task_id)
    _close(tx, task, by=by, note=note)
    return task


def close_ended_tasks(tx: Tx, facts: Sequence[Mapping[str, Any]]) -> None:
    """Closes the tasks whose cause these facts end; asks nothing when none of them can."""
    ending = [fact for fact in facts if may_end_one(fact)]
    if not ending:
        return
    before = tx.cause
    for task in store.tasks.lock_unclosed(tx, ending):
        for fact in ending:
            if task.state != "closed" and _ended(task, fact):
                tx.cause = Cause(SYSTEM, fact["correlation_id"], fact["id"])
                _close(tx, task, by=BY_ITSELF, note=fact["type"])
    tx.cause = before


def look_at_cause(timer: Timer, tx: Tx) -> None:
    """Closes a task whose cause was ended by what every order tells; else looks again when half its age is over once more."""
    task = store.tasks.lock(tx, timer.record_id)
    if task.state == "closed":
        return
    told = store.events.told(tx, facts_that_end(task.cause), after=task.event_id, record_id=task.record_id, order_id=task.order_id)
    for fact in told:
        if _ended(task, fact):
            _close(tx, task, by=BY_ITSELF, note=fact["type"])
            return
    set_timer(tx, CAUSE_TIMER, task.id, due_at=task.next_look(tx.now))


def _ended(task: Task, fact: Mapping[str, Any]) -> bool:
    return bool(fact["id"] > task.event_id) and ends(fact, task.cause, record_id=task.record_id, order_id=task.order_id)


def _close(tx: Tx, task: Task, *, by: str, note: str) -> None:
    if not task.close(tx.now, by=by, note=note):
        return
    store.tasks.ROWS.save(tx, task)
    tx.publish(TaskClosed(task_id=task.id, order_id=task.order_id, kind=task.kind, title=task.title, note=note), of=task)
