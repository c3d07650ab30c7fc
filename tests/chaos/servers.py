"""A PostgreSQL and a RabbitMQ of our own: ordinary processes of Debian's packages on free ports, in a folder, that may be killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pika
import psutil
import psycopg

from tests.support.eventually import eventually
from tests.support.shop import free_port

START_SECONDS: Final = 180
"""A broker that shares two cores with a test suite needs half a minute."""
STOP_SECONDS: Final = 60
POSTGRESQL: Final = Path("/usr/lib/postgresql")
RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin")
NODE: Final = "chaos@localhost"
LONGEST_CALL_SECONDS: Final = 60


class CannotBreak(Exception):
    """One sentence why there is no run: something that it needs is not on this machine."""


def programs() -> Path:
    """Where PostgreSQL's programs are, the newest; RabbitMQ's are always at one place. Raises CannotBreak when some are not there."""
    versions = sorted((path for path in POSTGRESQL.glob("*/bin") if (path / "postgres").exists()), key=lambda path: int(path.parent.name))
    if not versions:
        raise CannotBreak(f"{POSTGRESQL}/*/bin/postgres is not there: `apt-get install postgresql`")
    if not (RABBITMQ / "rabbitmq-server").exists():
        raise CannotBreak(f"{RABBITMQ}/rabbitmq-server is not there: `apt-get install rabbitmq-server`")
    return versions[-1]


class OwnServer(ABC):
    """A server process that is ours to start, stop and kill."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.port = free_port()
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers. Raises AssertionError with the last of its log."""
        with self._log.open("ab") as log:
            self._process = self._launch(log.fileno())

        def answers() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"{self.name} ended with {self._process.returncode}"
            return self._answers()

        try:
            eventually(answers, seconds=START_SECONDS, what=self.name)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._log.read_text(errors='replace')[-2000:]}") from None

    def end(self, number: signal.Signals) -> None:
        """Sends the signal to the server itself and waits until it is gone."""
        if self._process is None or self._process.poll() is not None:
            return
        for pid in self._pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_SECONDS)

    def restart(self, number: signal.Signals) -> None:
        """Ends it by this signal, and starts it on what it has left."""
        self.end(number)
        self.start()

    @abstractmethod
    def _launch(self, log: int) -> subprocess.Popen[bytes]: ...

    @abstractmethod
    def _answers(self) -> bool: ...

    def _pids(self) -> Sequence[int]:
        assert self._process is not None
        return [self._process.pid]


class OwnPostgres(OwnServer):
    """PostgreSQL. It may lose what a power cut would take, never what a kill would: it writes to the system and does not sync."""

    def __init__(self, folder: Path) -> None:
        super().__init__("PostgreSQL", folder / "postgresql.log")
        self._data = folder / "postgresql"
        self._programs = programs()

    @property
    def url(self) -> str:
        """Of the run's database, as SQLAlchemy has it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/cartwright"

    def create(self) -> None:
        """Makes the cluster, starts it, and makes the database; a folder that has one is only started."""
        fresh = not self._data.exists()
        if fresh:
            self._data.mkdir(mode=0o700)
            if _is_root():
                shutil.chown(self._data, "postgres", "postgres")
            words = ["-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            _run([str(self._programs / "initdb"), *words], as_postgres=True)
        # Left behind by a run that was killed: a new server may not mistake another process of its number for the old one.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self.start()
        if fresh:
            with psycopg.connect(self._admin, autocommit=True) as connection:
                connection.execute("CREATE DATABASE cartwright")

    def terminate_backends(self, most: int) -> int:
        """Ends up to so many connections of the shop, wherever they are; how many there were."""
        with psycopg.connect(self._admin, autocommit=True) as connection:
            found = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = 'cartwright' AND pid <> pg_backend_pid() ORDER BY state = 'idle', random() LIMIT %s",
                (most,),
            ).fetchall()
        return len(found)

    @property
    def _admin(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _launch(self, log: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "400",
            "shared_buffers": "128MB",
            "tcp_keepalives_idle": "10",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), *words]
        return subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True, **_user())

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self._admin, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


class OwnRabbit(OwnServer):
    """RabbitMQ with a node, a cookie and a port mapper of its own, so that nothing of the machine's broker is touched."""

    def __init__(self, folder: Path) -> None:
        super().__init__("RabbitMQ", folder / "rabbitmq.log")
        home = folder / "rabbitmq"
        home.mkdir(exist_ok=True)
        (home / "enabled_plugins").write_text("[].\n")
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text("chaos")
            cookie.chmod(0o400)
        self._home = home
        self._environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            # An idle Erlang else looks for work so eagerly that the others get less.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def close_connections(self) -> None:
        """The broker itself closes them all, with a word, as an operator does. One too busy to be asked keeps them."""
        command = [str(RABBITMQ / "rabbitmqctl"), "-n", NODE, "-q", "close_all_connections", "chaos"]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, env=self._environment, cwd=self._home, capture_output=True, timeout=LONGEST_CALL_SECONDS, check=False)

    def waiting(self, queues: Sequence[str]) -> dict[str, int]:
        """Messages that lie in these queues, where there are any."""
        connection = pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"))
        try:
            channel = connection.channel()
            counted = {queue: channel.queue_declare(queue, passive=True).method.message_count for queue in queues}
        finally:
            connection.close()
        return {queue: number for queue, number in counted.items() if number}

    def close(self) -> None:
        """Ends the node and its port mapper."""
        self.end(signal.SIGTERM)
        subprocess.run(
            ["epmd", "-port", self._environment["ERL_EPMD_PORT"], "-kill"], env=self._environment, capture_output=True, check=False
        )

    def _launch(self, log: int) -> subprocess.Popen[bytes]:
        program = str(RABBITMQ / "rabbitmq-server")
        return subprocess.Popen([program], env=self._environment, cwd=self._home, stdout=log, stderr=log, start_new_session=True)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 2).close()
        except OSError:
            return False
        return True

    def _pids(self) -> Sequence[int]:
        # The script waits for the Erlang machine, which does all the work, and ends with it.
        assert self._process is not None
        below = psutil.Process(self._process.pid).children(recursive=True)
        return [child.pid for child in below if _named(child) == "beam.smp"] or [self._process.pid]


def _named(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return ""


def _is_root() -> bool:
    return os.geteuid() == 0


def _user() -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if _is_root() else {}


def _run(command: Sequence[str], *, as_postgres: bool) -> None:
    options = _user() if as_postgres else {}
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **options)
    if done.returncode:
        raise CannotBreak(f"{Path(command[0]).name}: {done.stderr.strip().splitlines()[-1]}")
