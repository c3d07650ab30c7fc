"""What an audit asks notifications: the timeline by its facts and orders, and mails that are stuck or doubled; without a lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, func, or_, select

from services.notifications.tables import ATTEMPTS, EVENTS, NOTIFICATIONS, TASKS
from shared.db.keyset import page_of
from shared.db.tx import Tx

_RECORDED: Final = select(EVENTS.c.event_id).where(EVENTS.c.event_id.in_(bindparam("ids", expanding=True)))
_NEWEST: Final = (
    select(EVENTS.c.order_id, func.max(EVENTS.c.event_id).label("event_id"))
    .where(EVENTS.c.order_id.in_(bindparam("ids", expanding=True)))
    .group_by(EVENTS.c.order_id)
    .subquery("newest")
)
_LAST_EVENTS: Final = select(EVENTS.c.order_id, EVENTS.c.occurred_at).join(_NEWEST, _NEWEST.c.event_id == EVENTS.c.event_id)
_BY_ORDER: Final = select(
    EVENTS.c.order_id,
    EVENTS.c.event_id,
    EVENTS.c.type,
    EVENTS.c.aggregate_id,
    EVENTS.c.seq,
    EVENTS.c.causation_id,
    EVENTS.c.occurred_at,
).where(EVENTS.c.order_id.is_not(None))
_STUCK: Final = (
    select(
        NOTIFICATIONS.c.id,
        NOTIFICATIONS.c.order_id,
        NOTIFICATIONS.c.template,
        NOTIFICATIONS.c.state,
        func.coalesce(NOTIFICATIONS.c.next_try_at, NOTIFICATIONS.c.handed_over_at, NOTIFICATIONS.c.created_at).label("since"),
        NOTIFICATIONS.c.event_id,
        NOTIFICATIONS.c.attempt,
    )
    .where(
        NOTIFICATIONS.c.id > bindparam("after"),
        or_(
            and_(NOTIFICATIONS.c.state == "queued", NOTIFICATIONS.c.created_at < bindparam("before")),
            and_(NOTIFICATIONS.c.state == "sending", NOTIFICATIONS.c.handed_over_at < bindparam("lost")),
            and_(NOTIFICATIONS.c.state == "failed", NOTIFICATIONS.c.reason.is_(None), NOTIFICATIONS.c.next_try_at < bindparam("before")),
        ),
    )
    .order_by(NOTIFICATIONS.c.id)
    .limit(bindparam("rows"))
)
_BY_KEY: Final = select(NOTIFICATIONS.c.dedupe_key, NOTIFICATIONS.c.id, NOTIFICATIONS.c.order_id, NOTIFICATIONS.c.created_at).where(
    NOTIFICATIONS.c.state != "suppressed"
)
_TAKEN: Final = select(ATTEMPTS.c.notification_id, ATTEMPTS.c.number, ATTEMPTS.c.at).where(ATTEMPTS.c.error.is_(None))
_OLD_TASKS: Final = select(func.count()).select_from(TASKS).where(TASKS.c.state != "closed", TASKS.c.created_at < bindparam("before"))


def recorded(tx: Tx, event_ids: Collection[str]) -> set[str]:
    """Those of these facts that the timeline has."""
    return set(tx.execute(_RECORDED, {"ids": list(event_ids)}).scalars()) if event_ids else set()


def last_events(tx: Tx, order_ids: Collection[str]) -> dict[str, datetime]:
    """When the newest fact of each of these orders happened."""
    return {row.order_id: row.occurred_at for row in tx.execute(_LAST_EVENTS, {"ids": list(order_ids)})} if order_ids else {}


def by_order(tx: Tx, *, after: tuple[str, str] | None, rows: int) -> Sequence[Row[Any]]:
    """A page of the timelines of all orders, one after the other, each in the order in which it is shown."""
    return tx.execute(page_of(_BY_ORDER, (EVENTS.c.order_id, EVENTS.c.event_id), after=after, rows=rows, rising=True)).all()


def stuck_mails(tx: Tx, *, after: str | None, rows: int, before: datetime, lost: datetime) -> Sequence[Row[Any]]:
    """A page of mails that should have gone on `before`, or whose sender said nothing since `lost`."""
    return tx.execute(_STUCK, {"after": after or "", "rows": rows, "before": before, "lost": lost}).all()


def mails_by_key(tx: Tx, *, after: tuple[str, str] | None, rows: int) -> Sequence[Row[Any]]:
    """A page of all mails that were not suppressed: (dedupe_key, id, order_id, created_at), by their key."""
    return tx.execute(page_of(_BY_KEY, (NOTIFICATIONS.c.dedupe_key, NOTIFICATIONS.c.id), after=after, rows=rows, rising=True)).all()


def taken_tries(tx: Tx, *, after: tuple[str, int] | None, rows: int) -> Sequence[Row[Any]]:
    """A page of tries that the mail server took: (notification_id, number, at)."""
    return tx.execute(page_of(_TAKEN, (ATTEMPTS.c.notification_id, ATTEMPTS.c.number), after=after, rows=rows, rising=True)).all()


def old_tasks(tx: Tx, before: datetime) -> int:
    """How many tasks were opened before and are not closed."""
    return int(tx.execute(_OLD_TASKS, {"before": before}).scalar_one())
