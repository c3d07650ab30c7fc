"""Tasks open (lifecycles.md, T1), and the shop's alert addresses are written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.notifications import store
from services.notifications.actions.queue_mails import queue_mails
from services.notifications.domain import mail
from services.notifications.domain.causes import ENDED_BY, ends, facts_that_end
from services.notifications.domain.links import marked
from services.notifications.domain.notification import Draft
from services.notifications.domain.openings import ALERT, tasks_of
from services.notifications.domain.task import FIRST_LOOK, Task, TaskDraft
from services.notifications.domain.task_words import actions_of, title_of
from services.notifications.store.contacts import Contact
from shared.contracts.base import SYSTEM, Cause, Event
from shared.contracts.delivery import ParcelMoved
from shared.contracts.notifications import TaskOpened
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.timers import set_timer
from shared.db.tx import Tx
from shared.values.ids import new_id

CAUSE_TIMER: Final = "task_causes"

_TROUBLE: Final = ("lost", "returned_to_sender", "failed_attempt")


def open_tasks_of(tx: Tx, event: Event) -> None:
    """The tasks that the fact opens, unless their cause is gone already, or a task with the same cause is open."""
    drafts = tasks_of(event)
    if not drafts:
        return
    # From here to the commit nothing is added to the log: what ends a cause is either seen below, or sees the task.
    store.events.lock(tx)
    settings = shop_settings(tx)
    order_id = drafts[0].order_id
    contact = None if order_id is None else store.contacts.find(tx, order_id)
    for draft in drafts:
        if _stands(tx, draft, contact, event_id=event.envelope.id):
            _open(tx, draft, event, contact, settings)


def open_parcel_tasks(tx: Tx, facts: Sequence[Mapping[str, Any]]) -> None:
    """The tasks of parcels in trouble, out of a bundle of facts."""
    before = tx.cause
    for fact in facts:
        if fact["type"] == ParcelMoved.name and fact["payload"]["state"] in _TROUBLE:
            tx.cause = Cause(SYSTEM, fact["correlation_id"], fact["id"])
            open_tasks_of(tx, ParcelMoved.from_envelope(fact))
    tx.cause = before


def _stands(tx: Tx, draft: TaskDraft, contact: Contact | None, *, event_id: str) -> bool:
    state = None if contact is None else contact.state
    if draft.kind == "payment_due" and state != "confirmed":
        return False
    if state == "cancelled" and any(end.fact == "orders.order_cancelled" for end in ENDED_BY[draft.cause]):
        return False
    if not ENDED_BY[draft.cause]:
        return True
    told = store.events.told(tx, facts_that_end(draft.cause), after=event_id, record_id=draft.record_id, order_id=draft.order_id)
    return not any(ends(fact, draft.cause, record_id=draft.record_id, order_id=draft.order_id) for fact in told)


def _open(tx: Tx, draft: TaskDraft, event: Event, contact: Contact | None, settings: ShopSettings) -> None:
    number = getattr(event, "number", None) or (contact.number if contact is not None else draft.order_id)
    language = settings.store.default_language
    data = {key: value for key, value in draft.data.items() if value is not None}
    if draft.kind == "delay_call" and contact is not None and contact.expected_at is not None:
        data["expected_at"] = contact.expected_at
    title = title_of(draft, language, number=number or "")

    same = store.tasks.lock_same(tx, draft)
    if same is not None:
        # It stands for the newer fact from now on: what ended the older one does not end it.
        if same.event_id < event.envelope.id:
            same.event_id, same.title, same.data = event.envelope.id, title, data
            store.tasks.ROWS.save(tx, same)
        return

    task_id = new_id("tsk")
    task = Task(
        id=task_id,
        state="open",
        kind=draft.kind,
        cause=draft.cause,
        order_id=draft.order_id,
        record_type=draft.record_type,
        record_id=draft.record_id,
        title=title,
        data=data,
        actions=actions_of(draft, task_id),
        due_at=draft.due_at,
        dedupe_key=f"{draft.kind}:{event.fact}",
        event_id=event.envelope.id,
        created_at=tx.now,
    )
    task.begin("open")
    if not store.tasks.insert_first(tx, task):
        return
    tx.publish(TaskOpened(task_id=task.id, order_id=task.order_id, kind=task.kind, title=task.title), of=task)
    if ENDED_BY[task.cause]:
        set_timer(tx, CAUSE_TIMER, task.id, due_at=tx.now + FIRST_LOOK)
    _alert(tx, task, number, event, settings)


def _alert(tx: Tx, task: Task, number: str | None, event: Event, settings: ShopSettings) -> None:
    """One mail per address and task (R-NOT-01, R-NOT-13)."""
    drafts = []
    for recipient in dict.fromkeys(settings.store.alert_emails):
        draft_id = new_id("ntf")
        drafts.append(
            Draft(
                id=draft_id,
                template=ALERT,
                recipient=recipient,
                audience="staff",
                language=settings.store.default_language,
                dedupe_key=f"{ALERT}:{task.id}:{recipient}",
                order_id=task.order_id,
                record_type="task",
                record_id=task.id,
                event_id=event.envelope.id,
                variables=mail.staff_alert(
                    title=task.title,
                    number=number if task.order_id is not None else None,
                    store=settings.store.model_dump(mode="json"),
                    links=marked(draft_id),
                ),
            )
        )
    queue_mails(tx, drafts, settings)
