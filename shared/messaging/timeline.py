"""Bundles for the timeline: it hears every fact, so it gets many of them in one message (messaging.md, cost 5)."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import Any, Final

from sqlalchemy import text

from shared.db.base import dumps
from shared.db.tx import Database, Tx
from shared.messaging.bus import Bus, Message, message_of
from shared.messaging.hearing import BULK_TASK, TIMELINE_QUEUE

FILL_SECONDS: Final = 0.2
"""How long a bundle is filled: the timeline is that much behind the facts."""
BUNDLE: Final = 200

_TAKE: Final = f"SELECT u.id, t.event_id, t.label, t.envelope FROM unrecorded u JOIN told t ON t.id = u.id ORDER BY u.id LIMIT {BUNDLE}"
_PG_TAKE: Final = text(_TAKE + " FOR UPDATE OF u SKIP LOCKED")
_SQLITE_TAKE: Final = text(_TAKE)
_PG_SENT: Final = text("DELETE FROM unrecorded WHERE id = ANY(CAST(:ids AS bigint[]))")
_SQLITE_SENT: Final = text("DELETE FROM unrecorded WHERE id IN (SELECT value FROM json_each(:ids))")


class Timeline:
    """Sends the timeline what the relays of one thread have told, all services' facts in one bundle."""

    def __init__(self, databases: Sequence[Database], bus: Bus) -> None:
        self._databases = databases
        self._bus = bus
        # What a relay before this one has left behind.
        self._waiting = {database.service for database in databases}
        self._since = float("-inf")

    def patience(self, seconds: float) -> float:
        """How long, at most `seconds`, may be waited until a bundle is due."""
        return min(seconds, max(0.0, self._since + FILL_SECONDS - time.monotonic())) if self._waiting else seconds

    def fill(self, told: Collection[str]) -> None:
        """Takes note of the services that have just told something; sends a bundle when its time has come."""
        if told and not self._waiting:
            self._since = time.monotonic()
        self._waiting |= set(told)
        if self._waiting and time.monotonic() - self._since >= FILL_SECONDS:
            self._send()

    def _send(self) -> None:
        with ExitStack() as open_transactions:
            found: list[tuple[Database, Tx, Sequence[Any]]] = []
            for database in self._databases:
                if database.service in self._waiting:
                    tx = open_transactions.enter_context(database.begin())
                    found.append((database, tx, tx.execute(_PG_TAKE if tx.dialect == "postgresql" else _SQLITE_TAKE).all()))
            rows = [row for _, _, some in found for row in some]
            if rows and not self._bus.publish([_bundle(rows)]):
                self._since = time.monotonic()
                return
            for _, tx, some in found:
                if some:
                    ids = [row.id for row in some]
                    tx.execute(*((_PG_SENT, {"ids": ids}) if tx.dialect == "postgresql" else (_SQLITE_SENT, {"ids": dumps(ids)})))
        # A crash before a commit doubles the bundle: its facts are unique by event id.
        self._waiting = {database.service for database, _, some in found if len(some) == BUNDLE}


def _bundle(rows: Sequence[Any]) -> Message:
    return message_of(
        queue=TIMELINE_QUEUE,
        task=BULK_TASK,
        key=f"{rows[0].event_id}|{len(rows)}",
        label=f"{len(rows)} facts: {rows[0].label}",
        envelopes=[row.envelope for row in rows],
        bundle=True,
    )
