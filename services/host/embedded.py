"""The embedded shop: web, workers, relay and beat in one process, on SQLite files and the embedded bus."""

from __future__ import annotations

import fcntl
import signal
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Final

from services.host.beat import run_beat
from services.host.roster import ROSTER
from services.host.simulators.house import with_simulator
from services.host.start import DOCUMENTS, broker_url, bus_of, start
from services.host.web import WebProcess
from services.host.worker import EmbeddedWorker, queues_named
from shared.errors import SettingInvalid
from shared.messaging.celery_app import THREADS, make_app
from shared.messaging.relay import Relay, run_relays
from shared.service import routes
from shared.settings import SERVICES, Environment

STOP_SECONDS: Final = 10


def run_embedded(environment: Environment, secret: str, *, ready: Callable[[], None] | None = None) -> None:
    """Everything until a signal ends it. What it was doing when killed goes on at the next start.

    Raises SettingInvalid when another process runs on this data dir.
    """
    lock = _only_one(environment)
    services = start(SERVICES, with_simulator(environment, secret), secret, pool_size=THREADS + 8)
    app = make_app(broker_url(environment), [running.hearing() for running in services.values()])
    bus = bus_of(environment, SERVICES)
    stop = threading.Event()
    where = routes(ROSTER)
    threads = [
        threading.Thread(target=run_relays, args=([Relay(running.db, bus, where) for running in services.values()], stop), name="relay"),
        threading.Thread(target=run_beat, args=(list(services.values()), stop), name="beat"),
    ]
    worker = EmbeddedWorker(app, queues_named(["all", DOCUMENTS]))
    web = WebProcess(environment, services, gateway=True, secret=secret)
    for thread in threads:
        thread.start()
    worker.start()
    # uvicorn raises its signal anew once it has stopped, and SIGTERM's own way of ending would leave out all that follows here.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        web.serve(ready=ready)
    finally:
        stop.set()
        for running in services.values():
            running.db.wake_relay()
        worker.stop(seconds=STOP_SECONDS)
        for thread in threads:
            thread.join(STOP_SECONDS)
        for running in services.values():
            _close(running.outside)
            running.db.dispose()
        lock.close()


def _only_one(environment: Environment) -> IO[str]:
    path = environment.data_dir.absolute() / "running.lock"
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SettingInvalid(f"CARTWRIGHT_DATA_DIR: another cartwright runs on {path.parent}") from None
    return lock


def _close(outside: Any) -> None:
    close = getattr(outside, "close", None)
    if close is not None:
        close()
