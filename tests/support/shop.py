"""A whole shop as its owner runs it: `cartwright up` in a process of its own, embedded or on PostgreSQL and RabbitMQ."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psutil
from sqlalchemy.engine import make_url

from shared.values.clock import rfc3339
from tests.support.brokers import Cable, virtual_host
from tests.support.databases import postgresql_database
from tests.support.eventually import eventually
from tests.support.shop_client import WEBHOOK_SECRET, Client
from tests.support.smtp_sink import SmtpSink, smtp_sink

ROOT: Final = Path(__file__).parents[2]
MODES: Final = ("embedded", "full")
UP_SECONDS: Final = 240
STORE: Final = {
    "name": "Tea & Mugs",
    "address": {"name": "Tea & Mugs", "line1": "Main 1", "city": "Berlin", "country": "DE", "postal_code": "10115"},
    "orders_emails": ["orders@shop.example"],
}
STANDARD: Final = {
    "names": {"en": "Standard", "fa": "عادی", "vi": "Thường", "ru": "Обычная"},
    "price": "4.90",
    "currency": "EUR",
    "tax_rate": "19",
    "position": 1,
    "active": True,
}


def environment_of(folder: Path, **variables: str) -> dict[str, str]:
    """What a `cartwright` command finds: this checkout, a data dir in `folder`, no settings of whoever runs the tests."""
    # Bytecode is kept, whatever the tests' own shell says: without it each process compiles for three seconds before it starts.
    ours = ("CARTWRIGHT_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PYTHONPATH": str(ROOT), "CARTWRIGHT_DATA_DIR": str(folder / "data")} | variables


def cartwright(folder: Path, *words: str, seconds: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
    """A `cartwright` command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "services.host.cli", *words],
        cwd=folder,
        env=environment_of(folder, **variables),
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def free_port() -> int:
    """A port that nobody has, of those that the system never gives to a client: a server that is down for a while finds it free again."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", 10_000 + secrets.randbelow(20_000)))
            port: int = probe.getsockname()[1]
            return port


class Shop(Client):
    """A shop in test mode. `mail` takes its mails; `mail_cable` and `broker_cable` can be cut."""

    def __init__(
        self,
        mode: str,
        folder: Path,
        variables: Mapping[str, str],
        *,
        generated_keys: bool,
        keys: Mapping[str, str],
        mail: SmtpSink,
        mail_cable: Cable,
    ) -> None:
        self.mode = mode
        self.folder = folder
        self.mail = mail
        self.mail_cable = mail_cable
        self.broker_cable: Cable | None = None
        port = free_port()
        super().__init__(port, **{"admin_key": "sk_" + secrets.token_hex(16), "publishable_key": "pk_" + secrets.token_hex(16), **keys})
        self._generated_keys = generated_keys
        given = {} if generated_keys else {"CARTWRIGHT_ADMIN_KEY": self.admin_key, "CARTWRIGHT_PUBLISHABLE_KEY": self.publishable_key}
        self.environment = environment_of(
            folder,
            **{
                "CARTWRIGHT_PORT": str(port),
                "CARTWRIGHT_TEST_MODE": "1",
                "CARTWRIGHT_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
                "CARTWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{mail_cable.port}",
                **given,
                **variables,
            },
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._latest = datetime.now(UTC)
        self._log = folder / "shop.log"

    @property
    def process_id(self) -> int:
        """Of `cartwright up`."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether `cartwright up` lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process of `cartwright up`: all of an embedded shop but its documents."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """`cartwright up`, until it says that it is up."""
        with self._log.open("ab") as log:
            before = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.host.cli", "up"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

        def decided() -> bool:
            return not self.running or self._said(before, "cartwright is up at ")

        try:
            eventually(decided, seconds=UP_SECONDS, what="cartwright up")
            assert self.running
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.log()}") from None

    def open(self) -> None:
        """Starts it for the first time and opens the shop: who it is, and how it ships."""
        self.start()
        if self._generated_keys:
            keys = keys_of(self.folder)
            self.admin_key, self.publishable_key = keys["admin_key"], keys["publishable_key"]
        self.staff("PATCH", "/settings", {"store": STORE}).ok()
        self.staff("PUT", "/shipping_methods/standard", STANDARD).ok()
        sku = self.product(on_hand=0)
        # The carts hear of the shipping method by a message.
        eventually(lambda: self._offers_shipping(sku), seconds=UP_SECONDS, what="the shipping method in the carts")

    def kill(self, *, children: bool = True) -> list[int]:
        """kill -9 of all its processes at once, as when the machine goes down, or of `cartwright up` alone; the children's pids."""
        assert self._process is not None
        others = [child.pid for child in psutil.Process(self._process.pid).children(recursive=True)] if self.running else []
        self._process.kill()
        for pid in others if children else ():
            send_signal(pid, signal.SIGKILL)
        self._process.wait(10)
        return others

    def renderers(self) -> list[int]:
        """The pids of the children in which an embedded shop draws documents."""
        assert self._process is not None
        found = []
        for child in psutil.Process(self._process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # also a zombie: it has ended and nobody has asked yet
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child.pid)
        return found

    def kill_child(self, *words: str) -> int:
        """kill -9 of the child that runs `cartwright WORDS`; returns what its pid was."""
        pid = self.child(*words)
        send_signal(pid, signal.SIGKILL)
        return pid

    def child(self, *words: str) -> int:
        """The pid of the child that runs `cartwright WORDS`, once there is one."""
        return eventually(lambda: next((pid for pid, said in self._children() if said == list(words)), 0), what=f"a child {words}")

    def answers(self) -> bool:
        """Whether it is ready for requests."""
        try:
            return self.call("GET", "/readyz").status == 200
        except OSError:
            return False

    def stop(self) -> int:
        """SIGTERM, as an owner stops it; returns the exit code. Kills what does not end, and raises TimeoutExpired."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def restart(self) -> None:
        """kill -9 of everything, and up again."""
        self.kill()
        self.start()

    def pass_time(self, *, minutes: float) -> None:
        """Business time stops so many minutes later than now, or than where it last stood."""
        self._latest = max(self._latest, datetime.now(UTC)) + timedelta(minutes=minutes)
        self.set_clock(rfc3339(self._latest))

    def stop_time(self) -> None:
        """Business time stands still from here on: what is done next is as old as `pass_time` makes it, to the minute."""
        self.pass_time(minutes=0)

    def mails_to(self, address: str) -> list[str]:
        """Subjects of the mails that the mail server took for an address."""
        return [str(mail.message["subject"]) for mail in list(self.mail.taken) if address in mail.recipients]

    def log(self) -> str:
        """The last of what it has logged."""
        return self.whole_log()[-6000:]

    def whole_log(self) -> str:
        """All that it has logged and printed."""
        return self._log.read_text(errors="replace")

    def _said(self, since: int, words: str) -> bool:
        with self._log.open("rb") as log:
            log.seek(since)
            return words.encode() in log.read()

    def _children(self) -> list[tuple[int, list[str]]]:
        assert self._process is not None
        found = []
        for child in psutil.Process(self._process.pid).children():
            try:
                line = child.cmdline()
            except psutil.Error:
                continue
            if "services.host.cli" in line:
                found.append((child.pid, line[line.index("services.host.cli") + 1 :]))
        return found

    def _offers_shipping(self, sku: str) -> bool:
        made = self.store("POST", "/carts", {"lines": [{"sku": sku, "quantity": 1}]}).ok(201)
        path = f"/carts/{made['id']}/shipping_methods"
        return bool(self.store("GET", path, token=made["order_token"]).ok()["data"])


@contextmanager
def open_shop(
    mode: str,
    *,
    generated_keys: bool = False,
    keys: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    passwords: Mapping[str, str] | None = None,
) -> Iterator[Shop]:
    """A running shop with its mail server, and in full mode a database and a broker of its own; all gone at the end.

    `generated_keys`: it makes up its keys itself; else they are given by the environment, `keys` these. `variables` are of its environment.
    `passwords`: of `database`, `broker` and `mail`, which else need none of their own.
    """
    words = passwords or {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix=f"cartwright-{mode}-", ignore_cleanup_errors=True)))
        mail = stack.enter_context(smtp_sink(login=("shop", words["mail"]) if "mail" in words else None))
        mail_cable = Cable("127.0.0.1", mail.port)
        stack.callback(mail_cable.close)
        variables = dict(variables or {})
        if "mail" in words:
            variables["CARTWRIGHT_SMTP_URL"] = f"smtp://shop:{words['mail']}@127.0.0.1:{mail_cable.port}"
        broker_cable = None
        if mode == "full":
            given = variables.get("CARTWRIGHT_DATABASE_URL")
            database = make_url(given or stack.enter_context(postgresql_database())).set(password=words.get("database"))
            variables["CARTWRIGHT_DATABASE_URL"] = database.render_as_string(hide_password=False)
            broker = urlsplit(stack.enter_context(virtual_host(password=words.get("broker"))))
            broker_cable = Cable(str(broker.hostname), broker.port or 5672)
            stack.callback(broker_cable.close)
            through = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{broker_cable.port}")
            variables["CARTWRIGHT_BROKER_URL"] = urlunsplit(through)
        shop = Shop(mode, folder, variables, generated_keys=generated_keys, keys=keys or {}, mail=mail, mail_cable=mail_cable)
        shop.broker_cable = broker_cable
        shop.open()
        try:
            yield shop
        finally:
            if shop.running:
                shop.stop()


def send_signal(pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process of the shop's, which may just have ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def keys_of(folder: Path) -> dict[str, str]:
    """The keys that were generated in a data dir."""
    found: dict[str, str] = json.loads((folder / "data" / "keys.json").read_text())
    return found
