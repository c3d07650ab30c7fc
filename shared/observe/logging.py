"""Logs: JSON lines on standard error, with ids as fields and never a customer's data."""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import structlog


def configure_logging(process: str, *, level: str = "INFO") -> None:
    """Every line carries time, level, event and `process`. Called once, when a process starts."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared))
    handler.setLevel("WARNING")
    logging.root.handlers = [handler]
    logging.root.setLevel("WARNING")
    # It tells each failed connection seven times over; who uses it tells it once.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of a module."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(name))
