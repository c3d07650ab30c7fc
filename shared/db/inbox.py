"""What has been heard. Once is a unique key, claimed in the transaction of the effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, text

from shared.db.base import Instant, dumps
from shared.db.tx import Tx

_PG_CLAIM: Final = text(
    "INSERT INTO inbox (handler, fact, at) SELECT value, :fact, :at FROM json_array_elements_text(CAST(:handlers AS json)) AS t(value) "
    "ORDER BY value ON CONFLICT DO NOTHING RETURNING handler"
)
_SQLITE_CLAIM: Final = text(
    "INSERT INTO inbox (handler, fact, at) SELECT value, :fact, :at FROM json_each(:handlers) WHERE true "
    "ON CONFLICT DO NOTHING RETURNING handler"
).bindparams(bindparam("at", type_=Instant()))


def claim(tx: Tx, handlers: Sequence[str], *, fact: str) -> list[str]:
    """Those of `handlers` that have not had this fact, in the given order; from now on they have.

    Of two workers with one fact the second waits on the key until the first has committed, and gets nothing.
    """
    statement = _PG_CLAIM if tx.dialect == "postgresql" else _SQLITE_CLAIM
    new = {row.handler for row in tx.execute(statement, {"handlers": dumps(list(handlers)), "fact": fact, "at": tx.now})}
    return [handler for handler in handlers if handler in new]
