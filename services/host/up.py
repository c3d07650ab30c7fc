"""`cartwright up`: keys, migrations, topology, and then everything."""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable

from services.host.keys import Keys, make_keys, show_new_keys
from shared.errors import SettingInvalid
from shared.observe.logging import configure_logging
from shared.settings import SERVICES, Environment


def with_keys(environment: Environment, keys: Keys) -> Environment:
    """The environment with the generated keys in it, for what stores them hashed."""
    return environment.model_copy(
        update={"secret": keys.secret, "admin_key": keys.admin_key or None, "publishable_key": keys.publishable_key or None}
    )


def prepare(environment: Environment) -> Keys:
    """What must be there before any process starts. Raises SettingInvalid, Unavailable."""
    from services.host.start import apply_topology, migrate_all

    keys = make_keys(environment)
    migrate_all(with_keys(environment, keys), SERVICES)
    apply_topology(environment)
    return keys


def check_port(environment: Environment) -> None:
    """Raises SettingInvalid when the gateway could not listen, before anything is started."""
    family = socket.AF_INET6 if ":" in environment.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((environment.host, environment.port))
        except OSError as error:
            raise SettingInvalid(
                f"CARTWRIGHT_PORT: cannot listen at {environment.host}:{environment.port}: {error.strerror}; choose another port"
            ) from None


def up(environment: Environment, *, ready: Callable[[], None] | None = None) -> None:
    """Everything until a signal ends it: embedded in this process, or as children on the given servers.

    Raises SettingInvalid (port taken, data dir not writable or in use), Unavailable (database or broker away).
    """
    configure_logging("up", level=environment.log_level)
    check_port(environment)
    keys = prepare(environment)
    show_new_keys(keys)
    if environment.embedded:
        from services.host.embedded import run_embedded

        run_embedded(environment, keys.secret, ready=ready)
        return
    from services.host.full import run_children

    # The children find the same settings, whatever folder or .env file they came from.
    os.environ["CARTWRIGHT_DATA_DIR"] = str(environment.data_dir.absolute())
    run_children(ready=ready, is_ready=lambda: is_ready(environment))


def is_ready(environment: Environment) -> bool:
    """Whether the gateway answers and all services are there."""
    try:
        with urllib.request.urlopen(f"{environment.local_url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
