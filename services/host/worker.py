"""Workers: Celery's own, as a process of its own or as threads of the embedded one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

from celery import Celery

from services.host.roster import ROSTER
from services.host.start import DOCUMENTS
from shared.errors import SettingInvalid
from shared.messaging.celery_app import THREADS
from shared.service import queues

DOCUMENT_THREADS: Final = 2
"""Each waits for one renderer child: two PDFs at a time."""


def queues_named(names: Sequence[str]) -> list[str]:
    """Queues of a worker's words: a service (all its queues but documents), a queue, or `all`. Raises SettingInvalid."""
    every = queues(ROSTER)
    found: set[str] = set()
    for name in names:
        if name == "all":
            found |= set(every) - {DOCUMENTS}
        elif name in ROSTER:
            found |= {queue for queue in every if queue.partition(".")[0] == name} - {DOCUMENTS}
        elif name in every:
            found.add(name)
        else:
            raise SettingInvalid(f"worker: {name} is neither a service nor a queue; queues are {', '.join(every)}")
    return sorted(found)


def services_of(queue_names: Sequence[str]) -> list[str]:
    """Services whose code these queues' messages need."""
    return [name for name in ROSTER if any(queue.partition(".")[0] == name for queue in queue_names)]


def threads_for(queue_names: Sequence[str]) -> int:
    """Threads of a worker on these queues."""
    return DOCUMENT_THREADS if list(queue_names) == [DOCUMENTS] else THREADS


def run_worker(app: Celery, queue_names: Sequence[str]) -> int:
    """A worker process, until a signal ends it; returns its exit code. SIGTERM finishes what is running."""
    worker = app.Worker(**_options(queue_names), loglevel="WARNING", optimization="fair", hostname=f"{'-'.join(queue_names)[:60]}@%h")
    worker.start()
    return int(worker.exitcode or 0)


class EmbeddedWorker:
    """The one Celery worker of an embedded process, in a thread of it: an app's queues are chosen once for all its workers."""

    def __init__(self, app: Celery, queue_names: Sequence[str]) -> None:
        self._controller: Any = app.WorkController(**_options(queue_names), hostname="cartwright@embedded")
        self._thread = threading.Thread(target=self._controller.start, name="worker", daemon=True)

    def start(self) -> None:
        """Begins to take messages."""
        self._thread.start()

    def stop(self, *, seconds: float = 10) -> None:
        """Takes no more, finishes what is running; what is not finished in time goes back to its queue."""
        self._controller.should_stop = True
        self._controller.stop()
        self._thread.join(seconds)


def _options(queue_names: Sequence[str]) -> dict[str, Any]:
    return {
        "pool": "threads",
        "concurrency": threads_for(queue_names),
        "queues": list(queue_names),
        "without_gossip": True,
        "without_mingle": True,
        "without_heartbeat": True,
        "quiet": True,
    }
