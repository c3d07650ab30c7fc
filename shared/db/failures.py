"""Which failures pass by themselves."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from shared.errors import NotFound, Unavailable


def passing(error: BaseException) -> bool:
    """Whether the same work may pass later: an outside system away, or a record that is not there yet."""
    if isinstance(error, DBAPIError):
        # Class 40: rolled back, try again. Class 53, 57, 58, 08: the server is short, going away, or gone.
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state[:2] in ("40", "53", "55", "57", "58", "08") or _is_operational(error)
    return isinstance(error, NotFound | Unavailable)


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in ("OperationalError", "InterfaceError") and getattr(error.orig, "sqlstate", None) is None
