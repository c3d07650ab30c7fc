"""Tasks, and the key that makes each the only one of its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, or_, text

from services.notifications.domain.task import Task, TaskDraft
from services.notifications.errors import TaskNotFound
from services.notifications.tables import TASKS
from shared.db.keyset import count_of
from shared.db.rows import Rows
from shared.db.tx import Tx
from shared.errors import NotFound

ROWS: Final = Rows(TASKS, Task)

_INSERT: Final = text(
    f"INSERT INTO tasks ({', '.join(ROWS.names)}) VALUES ({', '.join(f':{name}' for name in ROWS.names)}) "
    "ON CONFLICT (dedupe_key) DO NOTHING"
).bindparams(*(bindparam(str(column.name), type_=column.type) for column in TASKS.columns))
_SAME: Final = ROWS.where(
    TASKS.c.state != "closed",
    TASKS.c.kind == bindparam("kind"),
    TASKS.c.cause == bindparam("cause"),
    TASKS.c.record_id == bindparam("record_id"),
    lock=True,
)
_UNCLOSED: Final = ROWS.where(
    and_(
        TASKS.c.state != "closed",
        or_(
            TASKS.c.order_id.in_(bindparam("order_ids", expanding=True)),
            TASKS.c.record_id.in_(bindparam("record_ids", expanding=True)),
        ),
    ),
    lock=True,
)


def insert_first(tx: Tx, task: Task) -> bool:
    """Whether there never was a task with this key; else nothing is inserted."""
    task.seq = 1
    values = {name: getattr(task, name) for name in ROWS.names}
    if tx.execute(_INSERT, values).rowcount == 0:
        return False
    tx.remember(task, order_id=task.order_id)
    return True


def lock_same(tx: Tx, draft: TaskDraft) -> Task | None:
    """The unclosed task of the same kind and cause about the same record."""
    return ROWS.first(tx, _SAME, {"kind": draft.kind, "cause": draft.cause, "record_id": draft.record_id})


def lock_unclosed(tx: Tx, facts: Sequence[Mapping[str, Any]]) -> list[Task]:
    """The unclosed tasks about the records and orders of these facts, locked in the order of their ids."""
    order_ids = sorted({fact["order_id"] for fact in facts if fact.get("order_id") is not None})
    return ROWS.all(tx, _UNCLOSED, {"order_ids": order_ids, "record_ids": sorted({fact["aggregate_id"] for fact in facts})})


def lock(tx: Tx, task_id: str) -> Task:
    """Raises TaskNotFound."""
    try:
        return ROWS.lock(tx, task_id)
    except NotFound:
        raise TaskNotFound(task_id) from None


def get(tx: Tx, task_id: str) -> Task:
    """Raises TaskNotFound."""
    try:
        return ROWS.get(tx, task_id)
    except NotFound:
        raise TaskNotFound(task_id) from None


def unclosed_of_record(tx: Tx, kind: str, record_id: str) -> list[str]:
    """Ids of the unclosed tasks of this kind about a record."""
    return [task.id for task in ROWS.all(tx, _OF_RECORD, {"kind": kind, "record_id": record_id})]


def page(tx: Tx, filters: Mapping[str, Any], *, before: str | None, limit: int) -> list[Task]:
    """Up to `limit` tasks, newest first, older than the id `before`. Lists in `filters` mean or."""
    parameters: dict[str, Any] = {**filters, "limit": limit}
    if before is not None:
        parameters["before"] = before
    return ROWS.all(tx, _page(frozenset(filters), before is not None), parameters)


def count(tx: Tx, filters: Mapping[str, Any]) -> int:
    """How many there are."""
    return count_of(tx, _page(frozenset(filters), False), {**filters, "limit": 0})


_OF_RECORD: Final = ROWS.where(TASKS.c.state != "closed", TASKS.c.kind == bindparam("kind"), TASKS.c.record_id == bindparam("record_id"))


@lru_cache(maxsize=64)
def _page(names: frozenset[str], continued: bool) -> Select[Any]:
    columns = TASKS.c
    conditions = [
        columns[name].in_(bindparam(name, expanding=True)) if name in ("kind", "state") else columns[name] == bindparam(name)
        for name in sorted(names)
    ]
    if continued:
        conditions.append(columns.id < bindparam("before"))
    return ROWS.where(*conditions, order_by=(columns.id.desc(),)).limit(bindparam("limit"))
