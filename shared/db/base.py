"""Column types and the engine: one code for PostgreSQL and SQLite."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import CHAR, JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.types import TypeDecorator, TypeEngine

LOCK_TIMEOUT_SECONDS: Final = 10
STATEMENT_TIMEOUT_SECONDS: Final = 30
IDLE_IN_TRANSACTION_SECONDS: Final = 60
RECYCLE_SECONDS: Final = 900
"""Pooled connections are renewed rather than pinged: a ping costs 0.14 ms a transaction (messaging.md, cost 8)."""

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


def metadata() -> MetaData:
    """An empty catalogue of tables whose constraints all get names, so that migrations can name them too."""
    return MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it naive and gives it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is no instant")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_id() -> TypeEngine[str]:
    """An id or a code: compared byte by byte, whatever the database's language."""
    return String().with_variant(String(collation="C"), "postgresql")


def currency() -> TypeEngine[str]:
    """ISO 4217 letters."""
    return CHAR(3)


def identity() -> TypeEngine[int]:
    """A growing number; SQLite counts only in an INTEGER PRIMARY KEY."""
    return BigInteger().with_variant(Integer, "sqlite")


def json() -> TypeEngine[Any]:
    """JSON values; JSONB on PostgreSQL. None is SQL's NULL."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def dumps(value: Any) -> str:
    """Compact JSON text."""
    return orjson.dumps(value).decode()


class FairLock:
    """A lock that is given in the order of asking. With a plain lock one of 16 SQLite writers waits 1.4 s at p99."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *exc: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


def make_engine(url: str, *, schema: str | None, role: str | None, pool_size: int, durable: bool = True) -> Engine:
    """An engine of one service. `schema` and `role` count on PostgreSQL: processes work as `cartwright_<service>_app`.

    `durable`: SQLite waits for the disk at each commit; without it a power cut, not a kill, may take the last commits.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, pool_size, durable=durable)
    options = (
        f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS}s -c timezone=UTC"
    )
    if schema is not None:
        options += f" -c search_path={schema}"
    if role is not None:
        options += f" -c role={role}"
    return create_engine(
        parsed,
        connect_args={
            "options": options,
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "application_name": f"cartwright {schema or ''}".strip(),
        },
        pool_size=min(pool_size, 4),
        max_overflow=max(pool_size - 4, 0),
        pool_recycle=RECYCLE_SECONDS,
        pool_timeout=30,
        # Few connections do most of the work: theirs are the statements that PostgreSQL has prepared and planned.
        pool_use_lifo=True,
        hide_parameters=True,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
    )


def _sqlite_engine(url: URL, pool_size: int, *, durable: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": LOCK_TIMEOUT_SECONDS},
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "connect", _sqlite_connected if durable else _sqlite_connected_without_waiting)
    event.listen(engine, "begin", _sqlite_begun)
    return engine


def _sqlite_connected(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "wal_autocheckpoint=1000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_connected_without_waiting(connection: Any, record: Any) -> None:
    _sqlite_connected(connection, record)
    connection.execute("PRAGMA synchronous=OFF")


def _sqlite_begun(connection: Any) -> None:
    # In the driver's own mode a read that becomes a write loses updates without an error (foundations.md, SQLite).
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


Listener = Callable[[], None]
