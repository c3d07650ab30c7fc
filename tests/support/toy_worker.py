"""A worker process of the toy: `python -m tests.support.toy_worker BROKER_URL DATABASE_URL [FLAG_FILE]`.

While the flag file exists, the worker kills itself with -9 after the effects of a task are committed and before its
message is acknowledged.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from celery.signals import task_postrun

from shared.messaging.celery_app import make_app
from tests.support.toy import QUEUES, toy_database, toy_hearing


def main() -> None:
    broker_url, database_url, *flag = sys.argv[1:]
    if broker_url.startswith("cartwrightfile"):
        from shared.messaging.embedded.transport import register

        register()

    @task_postrun.connect(weak=False)
    def die(**_: Any) -> None:
        if flag and Path(flag[0]).exists():
            Path(flag[0]).unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    app = make_app(broker_url, [toy_hearing(toy_database(database_url))])
    quiet = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True, "quiet": True}
    worker = app.Worker(pool="threads", concurrency=4, queues=QUEUES, loglevel="WARNING", **quiet)
    worker.start()


if __name__ == "__main__":
    main()
