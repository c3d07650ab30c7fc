"""What staff and keys did, in the transaction in which they did it (R-ACC-09): who, what, on which record. No bodies, no names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, text
from starlette.requests import Request
from starlette.responses import Response

from shared.db.base import Instant
from shared.db.tx import Tx
from shared.values.clock import rfc3339
from shared.values.ids import ID_PATTERN, new_id

if TYPE_CHECKING:
    from shared.web.door import Door

AUDITED: Final = ("staff", "api_key")
_INSERT: Final = text(
    "INSERT INTO audit_log (id, at, actor_type, actor_id, action, path, order_id, record_id, status, request_id) "
    "VALUES (:id, :at, :actor_type, :actor_id, :action, :path, :order_id, :record_id, :status, :request_id)"
).bindparams(bindparam("at", type_=Instant()))
_CONDITIONS: Final = {
    "actor": "actor_id = :actor",
    "action": "action = :action",
    "from": "at >= :from",
    "to": "at < :to",
    "after": "(at, id) < (:after_at, :after_id)",
}


def write_down(request: Request, door: Door, action: str, path: str) -> None:
    """One row about a command that succeeded; none when it was not staff or a key who asked. `action` is method and path template.

    What is asked of the outside world is answered after this transaction: its row says 202, with what was written down of the wish.
    """
    if door.caller.type not in AUDITED:
        return
    ids = [value for value in request.path_params.values() if ID_PATTERN.fullmatch(value)]
    answer = Response(status_code=202) if door.response is None else door.response
    made = answer.headers.get("location", "").rpartition("/")[2]
    row = {
        "id": new_id("aud"),
        "at": door.tx.now,
        "actor_type": door.caller.type,
        "actor_id": door.caller.id,
        "action": action,
        "path": path,
        "order_id": next((value for value in (*ids, made) if value.startswith("ord_")), None),
        "record_id": made or (list(request.path_params.values())[-1] if request.path_params else None),
        "status": answer.status_code,
        "request_id": door.tx.cause.correlation_id,
    }
    door.tx.execute(_INSERT, row)


def entries(tx: Tx, filters: Mapping[str, Any], *, after: tuple[datetime, str] | None, rows: int) -> Sequence[dict[str, Any]]:
    """The newest entries of this service. `filters`: `actor` an id, `action`, `from` (with it) and `to` (without it) instants."""
    given = dict(filters) | ({} if after is None else {"after_at": after[0], "after_id": after[1]})
    names = [*filters, *(["after"] if after is not None else [])]
    where = " AND ".join(["1 = 1", *(_CONDITIONS[name] for name in names)])
    statement = text(f"SELECT * FROM audit_log WHERE {where} ORDER BY at DESC, id DESC LIMIT :rows").columns(at=Instant())
    statement = statement.bindparams(*(bindparam(name, type_=Instant()) for name in given if name in ("from", "to", "after_at")))
    return [_view(row) for row in tx.execute(statement, given | {"rows": rows})]


def _view(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": rfc3339(row.at),
        "actor": {"type": row.actor_type, "id": row.actor_id},
        "action": row.action,
        "path": row.path,
        "order_id": row.order_id,
        "record_id": row.record_id,
        "status": row.status,
        "request_id": row.request_id,
    }
