"""What has been heard. Once is a unique key, claimed in the transaction of the effects."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import bindparam, text

from shared.db.base import Instant, dumps
from shared.db.tx import Tx

_PG_CLAIM: Final = text(
    "INSERT INTO inbox (handler, fact, at) SELECT handler, fact, :at "
    "FROM json_to_recordset(CAST(:pairs AS json)) AS t(handler text, fact text) ORDER BY fact, handler "
    "ON CONFLICT DO NOTHING RETURNING handler, fact"
)
_SQLITE_CLAIM: Final = text(
    "INSERT INTO inbox (handler, fact, at) SELECT value ->> 'handler', value ->> 'fact', :at FROM json_each(:pairs) WHERE true "
    "ON CONFLICT DO NOTHING RETURNING handler, fact"
).bindparams(bindparam("at", type_=Instant()))


def claim(tx: Tx, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of `pairs`, (handler, fact), in which the handler has not had the fact; from now on it has.

    Of two workers with one fact the second waits on the key until the first has committed, and gets nothing.
    """
    statement = _PG_CLAIM if tx.dialect == "postgresql" else _SQLITE_CLAIM
    rows = [{"handler": handler, "fact": fact} for handler, fact in pairs]
    return {(row.handler, row.fact) for row in tx.execute(statement, {"pairs": dumps(rows), "at": tx.now})}
