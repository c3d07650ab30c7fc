"""Signing in and out. A token is 256 random bits, of which the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.orders.errors import BadCredentials
from services.orders.store import sessions as store
from services.orders.store.sessions import Kind
from shared.db.tx import Tx

SESSION_HOURS: Final = 12
PREFIX: Final = "ses_"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session's token, which is nowhere to be read again, and when it ends, by the machine's time."""

    token: str
    expires_at: datetime


def open_session(tx: Tx, kind: Kind, person_id: str) -> Opened:
    """Signs the person in for twelve hours."""
    opened = Opened(PREFIX + secrets.token_urlsafe(32), tx.database.clock.now() + timedelta(hours=SESSION_HOURS))
    store.insert_session(tx, kind, person_id, sha256=token_hash(opened.token), expires_at=opened.expires_at)
    return opened


def sign_in(tx: Tx, kind: Kind, person_id: str | None, *, checked: str | None) -> Opened:
    """Opens a session for whoever knew the password of which `checked` is the hash. Raises BadCredentials if it is not theirs by now."""
    if person_id is None or checked is None or store.lock_password(tx, kind, person_id) != checked:
        raise BadCredentials
    return open_session(tx, kind, person_id)


def sign_out(tx: Tx, token: str) -> None:
    """Ends the session of this token."""
    store.end_session(tx, token_hash(token))


def token_hash(token: str) -> str:
    """What is kept of a token or key: 256 random bits need no slow hash, which would add nothing but time to every request."""
    return hashlib.sha256(token.encode()).hexdigest()
