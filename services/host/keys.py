"""Secret and bootstrap keys: given by the environment, else generated once and kept in the data dir."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from shared.errors import SettingInvalid
from shared.settings import SERVICES, Environment


@dataclass(frozen=True)
class Keys:
    """`secret` signs tokens and hops; the two keys are what a new shop is opened with."""

    secret: str
    admin_key: str
    publishable_key: str
    made_now: bool = False


def make_keys(environment: Environment) -> Keys:
    """The keys, generated now if there are none: `up`, `demo` and `migrate` do this, under a file lock.

    Raises SettingInvalid when the data dir cannot be written.
    """
    path = _path(environment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = _kept(path)
            made_now = not kept
            fresh = {
                "secret": secrets.token_urlsafe(32),
                "admin_key": "sk_" + secrets.token_urlsafe(32),
                "publishable_key": "pk_" + secrets.token_urlsafe(24),
            }
            if set(fresh) - set(kept):
                kept = fresh | kept
                partial = path.with_suffix(".new")
                partial.touch(mode=0o600)
                partial.write_text(json.dumps(kept, indent=1))
                os.replace(partial, path)
    except OSError as error:
        raise SettingInvalid(f"CARTWRIGHT_DATA_DIR: {path.parent} cannot be written: {error.strerror}") from None
    return replace(_keys(environment, kept), made_now=made_now)


def show_new_keys(keys: Keys) -> None:
    """Prints generated keys, the one time that they are new (api.md, section 1)."""
    if keys.made_now:
        print(
            f"keys of this shop, kept in the data dir:\n  admin key        {keys.admin_key}\n  publishable key  {keys.publishable_key}",
            flush=True,
        )


def read_keys(environment: Environment) -> Keys:
    """The keys that are there. Raises SettingInvalid: a process never makes up a secret of its own."""
    if any(environment.service_url(service) for service in SERVICES) and environment.secret is None:
        raise SettingInvalid("CARTWRIGHT_SECRET is not set, but services run apart: all must share one secret")
    return _keys(environment, _kept(_path(environment)))


def _keys(environment: Environment, kept: dict[str, str]) -> Keys:
    given = {"secret": environment.secret, "admin_key": environment.admin_key, "publishable_key": environment.publishable_key}
    found = kept | {name: value for name, value in given.items() if value}
    if "secret" not in found:
        raise SettingInvalid("CARTWRIGHT_SECRET is not set and the data dir holds none: run `cartwright migrate` first")
    return Keys(found["secret"], found.get("admin_key", ""), found.get("publishable_key", ""))


def _kept(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except ValueError:
        raise SettingInvalid(f"{path} is no JSON: restore it, or give the keys by CARTWRIGHT_SECRET and CARTWRIGHT_ADMIN_KEY") from None
    return kept


def _path(environment: Environment) -> Path:
    return environment.data_dir.absolute() / "keys.json"
