"""A task that is looked up to be closed or made newer is locked until that is done."""

from __future__ import annotations

import dataclasses

import pytest

from services.notifications.domain.task import Task, TaskDraft
from services.notifications.store import tasks
from shared.db.tx import Tx
from tests.support.databases import BACKENDS
from tests.support.driver import NOON, ServiceDriver
from tests.support.locked import locked_rows

pytestmark = pytest.mark.parametrize("backend", BACKENDS[1:])
DRAFT = TaskDraft(kind="stock_short", cause="stock_short", record_type="delivery", record_id="dlv_1", order_id="ord_1", data={})
OTHER = dataclasses.replace(DRAFT, record_id="dlv_2", order_id="ord_2")


def given_tasks(notifications: ServiceDriver) -> None:
    """One open task of each draft, and a closed one beside the first."""

    def insert(tx: Tx) -> None:
        for name, draft, state in (("tsk_1", DRAFT, "open"), ("tsk_2", OTHER, "open"), ("tsk_3", DRAFT, "closed")):
            values = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft)} | {"data": {}}
            task = Task(id=name, state=state, title="", dedupe_key=name, event_id="evt_1", created_at=NOON, **values)
            task.closed_at = NOON if state == "closed" else None
            assert tasks.insert_first(tx, task)

    notifications.given(insert)


def test_the_task_that_a_newer_fact_is_about_is_locked(notifications: ServiceDriver) -> None:
    given_tasks(notifications)

    with notifications.db.begin() as tx:
        assert tasks.lock_same(tx, DRAFT) is not None
        assert locked_rows(notifications.db, "tasks") == ["tsk_1"]


@pytest.mark.parametrize("fact", [{"order_id": "ord_2", "aggregate_id": "inv_1"}, {"order_id": None, "aggregate_id": "dlv_2"}])
def test_the_tasks_that_a_fact_may_end_are_locked(notifications: ServiceDriver, fact: dict[str, str | None]) -> None:
    given_tasks(notifications)

    with notifications.db.begin() as tx:
        assert [task.id for task in tasks.lock_unclosed(tx, [fact])] == ["tsk_2"]
        assert locked_rows(notifications.db, "tasks") == ["tsk_2"]


def test_a_task_that_somebody_works_on_is_locked(notifications: ServiceDriver) -> None:
    given_tasks(notifications)

    with notifications.db.begin() as tx:
        tasks.lock(tx, "tsk_1")
        assert locked_rows(notifications.db, "tasks") == ["tsk_1"]
