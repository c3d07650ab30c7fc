"""Passwords: argon2id, a quarter of a second of one core for each; to be reckoned outside of any transaction."""

from __future__ import annotations

from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_HASH: Final = PasswordHash((Argon2Hasher(),))
_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$iFFB7vezUeneNYjQzjnsFQ$YHKG5k/nYZOimn+qxmN6QWAykfBl4qI1VX0LvfDbbns"
"""What a password is held against where there is no account: a guess at an e-mail takes as long as one at a password (R-ACC-03)."""


def hash_password(password: str) -> str:
    """What is kept of it."""
    return _HASH.hash(password)


def password_fits(password: str, kept: str | None) -> bool:
    """Whether it is the password that `kept` was made of; for None as much work, and never."""
    fits = _HASH.verify(password, _NOBODYS if kept is None else kept)
    return fits and kept is not None
