"""The Celery app of a process: one task per fact and hearing service, one per job."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from celery import Celery, Task
from celery.exceptions import Reject
from celery.worker.strategy import default as default_strategy
from kombu.entity import Exchange, Queue

from shared.messaging.bus import EXCHANGE
from shared.messaging.consume import Again, Unreadable, hear, hear_bundle, hear_together, run_job
from shared.messaging.hearing import BULK_TASK, TIMELINE_QUEUE, Hearing, facts_task
from shared.messaging.rabbit import HEARTBEAT_SECONDS, queue_arguments
from shared.observe.logging import logger

THREADS: Final = 8
"""Threads of a worker; connections of its pools to the database follow it."""
_STRATEGY: Final = "shared.messaging.celery_app:readable_only"
log = logger("worker")


def make_app(broker_url: str, hearings: Sequence[Hearing], *, events: bool = False) -> Celery:
    """The one app of this process, made default before any worker is: `retry()` in a worker's thread else publishes
    to the default app's broker, silently (messaging.md, traps)."""
    app = Celery("cartwright", broker=broker_url, set_as_current=True)
    app.set_default()
    exchange = Exchange(EXCHANGE, type="topic", durable=True, no_declare=broker_url.startswith("amqp"))
    arguments = queue_arguments() if broker_url.startswith("amqp") else {}
    names = sorted({queue for hearing in hearings for queue in hearing.queues})
    app.conf.update(
        task_queues=[
            Queue(name, exchange, routing_key=name, durable=True, queue_arguments=arguments, no_declare=bool(arguments)) for name in names
        ],
        task_create_missing_queues=False,
        task_default_exchange=EXCHANGE,
        task_default_exchange_type="topic",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=events,
        worker_send_task_events=events,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=HEARTBEAT_SECONDS,
        broker_transport_options={"confirm_publish": True},
        broker_native_delayed_delivery_queue_type="quorum",
        enable_utc=True,
    )
    for hearing in hearings:
        _add_tasks(app, hearing)
    app.finalize()
    return app


def _add_tasks(app: Celery, hearing: Hearing) -> None:
    for name in hearing.handlers:
        short = name.partition(".")[2]
        _add(app, f"{hearing.service}.on_{short}", hearing.service, functools.partial(_on_fact, hearing))
    if hearing.handlers:
        _add_together(app, hearing)
    for name, job in hearing.jobs.items():
        _add(app, name, job.queue, functools.partial(_on_job, hearing, name))
    if hearing.bulk is not None:
        _add(app, BULK_TASK, TIMELINE_QUEUE, functools.partial(_on_bundle, hearing))


def _on_fact(hearing: Hearing, body: Mapping[str, Any], todo: Sequence[str] | None = None, failures: int = 0) -> Again | None:
    return hear(hearing, body, todo, attempt=failures)


def _on_job(hearing: Hearing, name: str, body: Mapping[str, Any], _todo: Sequence[str] | None = None, failures: int = 0) -> Again | None:
    return run_job(hearing, name, body, attempt=failures)


def _on_bundle(
    hearing: Hearing, bodies: Sequence[Mapping[str, Any]], _todo: Sequence[str] | None = None, failures: int = 0
) -> Again | None:
    return hear_bundle(hearing, bodies, attempt=failures)


def readable_only(task: Task, app: Celery, consumer: Any, **options: Any) -> Callable[..., None]:
    """Celery's own strategy, but what is no JSON of a task is rejected: Celery would keep it unacknowledged for ever."""
    usual = default_strategy(task, app, consumer, **options)

    def on_message(message: Any, *arguments: Any, **keywords: Any) -> None:
        try:
            _arguments, _keywords, _embed = orjson.loads(message.body)
        except ValueError as error:
            log.error("message_unreadable", task=task.name, error=str(error))
            message.reject_log_error(log, consumer.connection_errors)
            return
        usual(message, *arguments, **keywords)

    return on_message


def _add_together(app: Celery, hearing: Hearing) -> None:
    @app.task(name=facts_task(hearing.service), typing=False, Strategy=_STRATEGY)  # type: ignore[untyped-decorator]
    def task(bodies: Sequence[Mapping[str, Any]]) -> None:
        # Each that failed goes on alone. Killed before all are sent, this message comes again, and the inbox knows the rest.
        try:
            left = hear_together(hearing, bodies)
        except Unreadable as error:
            log.error("message_unreadable", task=facts_task(hearing.service), error=str(error))
            raise Reject(str(error), requeue=False) from error
        for body, again in left:
            app.tasks[f"{hearing.service}.on_{body['type'].partition('.')[2]}"].apply_async(
                args=(body, list(again.hearers), again.failures),
                countdown=again.seconds,
                queue=hearing.service,
                argsrepr=f"{body['fact']}: {', '.join(again.hearers)}",
                kwargsrepr="{}",
            )


def _add(app: Celery, name: str, queue: str, act: Callable[..., Again | None]) -> None:
    @app.task(name=name, bind=True, max_retries=None, typing=False, Strategy=_STRATEGY)  # type: ignore[untyped-decorator]
    def task(self: Task, *arguments: Any) -> None:
        try:
            again = act(*arguments)
        except Unreadable as error:
            log.error("message_unreadable", task=name, error=str(error))
            raise Reject(str(error), requeue=False) from error
        if again is not None:
            # To our own queue by name: the request's exchange may be that of a delay (messaging.md, traps).
            label = f"{str(self.request.argsrepr).partition(':')[0]}: {', '.join(again.hearers)}"
            arguments = (arguments[0], list(again.hearers) or None, again.failures)
            raise self.retry(args=arguments, kwargs={}, countdown=again.seconds, queue=queue, argsrepr=label, kwargsrepr="{}")
