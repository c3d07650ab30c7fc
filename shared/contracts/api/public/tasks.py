"""What needs a person."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import Instant, OrderId, Page, Shown, TaskId
from shared.contracts.api.public.notifications import RecordRef
from shared.contracts.api.public.path import Answer, Path, Query, Subject, staff

TaskKind = Literal[
    "payment_mismatch",
    "payment_orphaned",
    "payment_unmatched",
    "payment_disputed",
    "payment_due",
    "payment_review",
    "authorization_expiring",
    "paid_not_confirmed",
    "refund_proposal",
    "stock_short",
    "order_late",
    "duplicate_order",
    "delay_call",
    "parcel_problem",
    "mail_failed",
]
TaskState = Literal["open", "claimed", "closed"]


class TaskAction(Shown):
    """A call of this API that helps, ready to be sent."""

    name: str = Field(examples=["accept"])
    method: Literal["GET", "POST"] = Field(examples=["POST"])
    path: str = Field(examples=["/admin/v1/payments/pay_01KAVR5Z3M8QW4T7R2N5V0C1DE/resolve"])
    body: dict[str, Any] = Field(examples=[{"action": "accept", "note": "task tsk_01KAVR5Z3M8QW4T7R2N5V0C1DE"}])


class Task(Shown):
    """Something that needs a person. It closes by itself when its cause is gone."""

    id: TaskId
    kind: TaskKind
    state: TaskState
    order_id: OrderId | None
    record: RecordRef
    title: str = Field(examples=["Order SO000123: another amount or currency was paid than was asked"])
    data: dict[str, Any] = Field(examples=[{"amount": "35.58", "currency": "EUR"}], description="Values of the fact that opened it.")
    actions: list[TaskAction]
    assignee: str | None = Field(examples=[None])
    due_at: Instant | None = Field(examples=[None])
    created_at: Instant
    closed_at: Instant | None = Field(examples=[None])
    closed_by: str | None = Field(examples=[None], description="`system`: by itself.")
    note: str | None = Field(examples=[None])


class TaskPage(Shown):
    """A page of tasks."""

    data: list[Task]
    page: Page


SUBJECT: Final = Subject(
    name="Tasks",
    says="What went wrong or waits, and needs a person. The tasks are the shop's: a seller sees none.",
    paths=(
        Path(
            at="GET /admin/v1/tasks",
            name="list_tasks",
            summary="List tasks",
            who=staff("tasks.read"),
            answers={200: Answer(shape=TaskPage, says="A page, newest first.")},
            paged=True,
            queries=(
                Query(name="kind", one_of=get_args(TaskKind)),
                Query(name="state", one_of=get_args(TaskState)),
                Query(name="order_id", several=False, example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="assignee", several=False, example="usr_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
            ),
        ),
        Path(
            at="GET /admin/v1/tasks/{task_id}",
            name="get_task",
            summary="Look at a task",
            who=staff("tasks.read"),
            answers={200: Answer(shape=Task, says="The task.")},
        ),
        Path(
            at="POST /admin/v1/tasks/{task_id}/claim",
            name="claim_task",
            summary="Take a task on",
            who=staff("tasks.write"),
            answers={200: Answer(shape=Task, says="The task, the caller's.")},
            errors=("illegal_transition", "already_claimed"),
        ),
        Path(
            at="POST /admin/v1/tasks/{task_id}/close",
            name="close_task",
            summary="Say what was done about a task",
            who=staff("tasks.write"),
            takes={"note": "Called, and all is well."},
            answers={200: Answer(shape=Task, says="The task, closed.")},
        ),
    ),
)
