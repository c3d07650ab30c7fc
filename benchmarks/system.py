"""The shop under test: started in full mode on a database and a virtual host of its own, which are dropped afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil
import psycopg
from sqlalchemy.engine import make_url

from benchmarks.load_settings import ADMIN_KEY, PUBLISHABLE_KEY, SECRET, STRIPE_API_KEY, WEBHOOK_SECRET
from services.host.up import is_ready
from shared.settings import SERVICES, Environment

MODES: Final = ("up", "processes", "embedded")
HERE: Final = ("127.0.0.1", "localhost", "")
LAST_LINES: Final = 20
READY_SECONDS: Final = 120.0
ROOT: Final = Path(__file__).resolve().parent.parent
CLI: Final = "services.host.cli"


class CannotMeasure(Exception):
    """One sentence why there are no figures."""


@dataclass(frozen=True)
class System:
    """A running shop: its environment, and the processes that were started for it."""

    mode: str
    environment: Environment
    processes: Sequence[subprocess.Popen[bytes]]
    double: subprocess.Popen[bytes] | None
    log: Path

    def cpu_seconds(self) -> dict[str, float]:
        """CPU so far, by label: each process with what it has begun and reaped, the double, PostgreSQL, RabbitMQ."""
        found: dict[str, float] = {}
        if self.double is not None:
            found["stripe double"] = _tree_cpu(psutil.Process(self.double.pid))
        for process in self._python():
            label = label_of(process.cmdline())
            found[label] = found.get(label, 0.0) + _own_cpu(process)
        if self.mode != "embedded":
            found["PostgreSQL"] = _server_cpu("postgres", self.environment.database_url, 5432)
            found["RabbitMQ"] = _server_cpu("beam.smp", self.environment.broker_url, 5672)
        return found

    def pids(self) -> dict[int, str]:
        """The shop's processes with their labels: what a profiler may look into, and what must not have died meanwhile."""
        return {process.pid: label_of(process.cmdline()) for process in self._python()}

    def _python(self) -> list[psutil.Process]:
        tops = [psutil.Process(started.pid) for started in self.processes]
        return [process for top in tops for process in (top, *top.children(recursive=True))]


def label_of(words: Sequence[str]) -> str:
    """What a process is called in the figures: its words on the command line; a renderer of PDFs counts as documents."""
    if CLI not in words or words[words.index(CLI) + 1 :] == ["worker", "billing.documents"]:
        return "documents"
    return " ".join(word for word in words[words.index(CLI) + 1 :] if word != "all")


def ends_cleanly() -> None:
    """From now on SIGTERM unwinds the program, so that what a run has made is dropped."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))


@contextmanager
def running(mode: str, *, provider: bool, test_mode: bool = False, database_url: str | None = None) -> Iterator[System]:
    """The shop, ready, in a folder of its own; with a `provider` to pay at, or without. Raises CannotMeasure.

    `test_mode`: it can be played with, and its own simulator is the provider. `database_url`: a database that is there and stays.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cartwright-benchmark-")))
        variables = _variables(folder)
        if test_mode:
            variables = {name: value for name, value in variables.items() if "_STRIPE_" not in name} | {"CARTWRIGHT_TEST_MODE": "1"}
        if mode != "embedded":
            variables |= {
                "CARTWRIGHT_DATABASE_URL": database_url or stack.enter_context(empty_database(local_url("CARTWRIGHT_DATABASE_URL"))),
                "CARTWRIGHT_BROKER_URL": stack.enter_context(_virtual_host(local_url("CARTWRIGHT_BROKER_URL"))),
            }
        given = {name.removeprefix("CARTWRIGHT_").lower(): value for name, value in variables.items() if name.startswith("CARTWRIGHT_")}
        # Said or not, these are the run's own: pydantic would look for what is not said in this process's environment.
        environment = Environment.model_validate({"database_url": None, "broker_url": None, **given})
        log = folder / "log"
        output = stack.enter_context(log.open("wb"))

        def start(module: str, *words: str, **more: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", module, *words]
            process = subprocess.Popen(command, env=variables | more, cwd=folder, stdout=output, stderr=output)
            stack.callback(_stop, process)
            return process

        double = None
        if provider:
            port = urlsplit(environment.stripe_api_base).port
            double = start("benchmarks.stripe_double", str(port), str(folder / "stripe-double.db"))
        if mode == "processes":
            _migrate(variables, folder, log)
            processes = _one_each(start)
        else:
            processes = [start(CLI, "up")]
        _await_ready(environment, processes, log)
        try:
            yield System(mode, environment, processes, double, log)
        except CannotMeasure:
            # The folder goes, and the log with it.
            print("\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:]), file=sys.stderr)
            raise


def _variables(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTWRIGHT_")}
    return kept | {
        # What the caller has there stays: a profiler's hooks.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "CARTWRIGHT_HOST": "127.0.0.1",
        "CARTWRIGHT_PORT": str(_free_port()),
        "CARTWRIGHT_DATA_DIR": str(folder / "data"),
        "CARTWRIGHT_SECRET": SECRET,
        "CARTWRIGHT_ADMIN_KEY": ADMIN_KEY,
        "CARTWRIGHT_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "CARTWRIGHT_STRIPE_API_KEY": STRIPE_API_KEY,
        "CARTWRIGHT_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CARTWRIGHT_STRIPE_API_BASE": f"http://127.0.0.1:{_free_port()}",
        "CARTWRIGHT_LOG_LEVEL": "WARNING",
    }


def local_url(variable: str) -> str:
    """Where a server on this machine is, as the variable says. Raises CannotMeasure."""
    url = os.environ.get(variable)
    if url is None:
        raise CannotMeasure(f"{variable} is not set: this mode needs PostgreSQL and RabbitMQ on this machine")
    if (make_url(url).host or "") not in HERE:
        raise CannotMeasure(f"{variable} is not on this machine: a load test only ever aims at 127.0.0.1")
    return url


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The URL of a new database on the server, dropped afterwards. Raises CannotMeasure."""
    name = f"cartwright_benchmark_{secrets.token_hex(6)}"
    url = make_url(server)
    admin = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    try:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
    except psycopg.OperationalError as error:
        raise CannotMeasure(f"PostgreSQL does not answer: {str(error).splitlines()[0]}") from None
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def _virtual_host(broker: str) -> Iterator[str]:
    name = f"cartwright-benchmark-{secrets.token_hex(6)}"
    url = make_url(broker)
    _rabbitmqctl("add_vhost", name)
    try:
        _rabbitmqctl("set_permissions", "-p", name, url.username or "guest", ".*", ".*", ".*")
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _rabbitmqctl("delete_vhost", name)


def _rabbitmqctl(*words: str) -> None:
    program = shutil.which("rabbitmqctl") or "/usr/sbin/rabbitmqctl"
    try:
        subprocess.run([program, "-q", *words], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise CannotMeasure(f"rabbitmqctl {words[0]}: {said.strip().splitlines()[0]}") from None


def _migrate(variables: Mapping[str, str], folder: Path, log: Path) -> None:
    done = subprocess.run([sys.executable, "-m", CLI, "migrate"], env=variables, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        log.write_text(done.stderr)
        raise CannotMeasure(f"migrate ended with {done.returncode}: {done.stderr.strip().splitlines()[-1]}")


def _one_each(start: Callable[..., subprocess.Popen[bytes]]) -> list[subprocess.Popen[bytes]]:
    """A process per role and service."""
    ports = {service: str(_free_port()) for service in SERVICES}
    urls = {f"CARTWRIGHT_{service.upper()}_URL": f"http://127.0.0.1:{port}" for service, port in ports.items()}
    return [
        start(CLI, "web", "gateway", **urls),
        *(start(CLI, "web", service, CARTWRIGHT_PORT=port) for service, port in ports.items()),
        *(start(CLI, role, service) for role in ("worker", "relay", "beat") for service in SERVICES),
        start(CLI, "worker", "billing.documents"),
    ]


def _await_ready(environment: Environment, processes: Sequence[subprocess.Popen[bytes]], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(environment):
        ended = next((process for process in processes if process.poll() is not None), None)
        if ended is not None or time.monotonic() > deadline:
            last = (log.read_text().strip().splitlines() or ["nothing in its log"])[-1]
            raise CannotMeasure(f"the shop did not get ready: {last}")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        for left in psutil.Process(process.pid).children(recursive=True):
            left.kill()
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _server_cpu(name: str, url: str | None, usual_port: int) -> float:
    """CPU of the server of this name that listens where the URL says, or of all of this name where that cannot be seen."""
    found = [process for process in psutil.process_iter(["name", "ppid"]) if process.info["name"] == name]
    pids = {process.pid for process in found}
    tops = [process for process in found if process.info["ppid"] not in pids]
    port = (make_url(url).port if url else None) or usual_port
    listening = [process for process in tops if port in _ports(process)]
    return sum(_tree_cpu(process) for process in listening or tops)


def _ports(process: psutil.Process) -> set[int]:
    try:
        return {one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
    except psutil.Error:  # another user's
        return set()


def _tree_cpu(process: psutil.Process) -> float:
    return sum(_own_cpu(one) for one in (process, *process.children(recursive=True)))


def _own_cpu(process: psutil.Process) -> float:
    """User and system seconds, with those of children that have ended."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
