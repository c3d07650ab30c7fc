"""The shop of a run: its processes with a small minder of ours, its servers, its mail server and its Stripe, each through a cable."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from services.host.roster import ROSTER
from services.host.start import database_of
from services.host.up import is_ready
from shared.db.tx import Database
from shared.messaging.rabbit import dead_queue
from shared.service import queues
from shared.settings import SERVICES, Environment
from tests.chaos.keys import ADMIN_KEY, PUBLISHABLE_KEY, SECRET, STRIPE_API_KEY, WEBHOOK_SECRET
from tests.chaos.mailbox import Mailbox
from tests.chaos.servers import OwnPostgres, OwnRabbit
from tests.support.brokers import Cable
from tests.support.eventually import eventually
from tests.support.shop import cartwright, environment_of, free_port
from tests.support.smtp_sink import smtp_sink

MODES: Final = ("full", "embedded")
LAYOUTS: Final = ("few", "each")
CLI: Final = "services.host.cli"
READY_SECONDS: Final = 240
LOOK_SECONDS: Final = 0.2
LONGEST_BREATH_SECONDS: Final = 5.0
FEW: Final = (
    ("web", "all"),
    ("worker", "all"),
    ("worker", "all"),
    ("worker", "billing.documents"),
    ("relay", "all"),
    ("relay", "all"),
    ("beat", "all"),
    ("beat", "all"),
)
"""Two of each that may be two: what a dead one was at, its twin goes on with."""
_IN_FILE: Final = "SELECT queue, count(*) FROM messages GROUP BY queue UNION ALL SELECT 'dead', count(*) FROM dead HAVING count(*) > 0"


@dataclass
class Part:
    """One process of the run. `role` is what faults call it."""

    role: str
    module: str
    words: Sequence[str]
    more: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    quick_deaths: int = 0
    started: float = 0.0


class Minder:
    """Starts the parts of a shop, and starts again what has died, until it is closed."""

    def __init__(self, parts: Sequence[Part], environment: Mapping[str, str], folder: Path) -> None:
        self.parts = parts
        self.deaths: Counter[str] = Counter()
        self._environment = environment
        self._folder = folder
        self._log = (folder / "shop.log").open("ab")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._mind, name="minder", daemon=True)

    def start(self) -> None:
        """All of them, and from now on again."""
        for part in self.parts:
            self._start(part)
        self._thread.start()

    def kill(self, role: str, which: int) -> None:
        """kill -9 of one of the processes of this role, with what it has begun."""
        living = eventually(lambda: self._living(role), seconds=READY_SECONDS, what=f"a living {role}")
        _kill(living[which % len(living)].process)

    def pause(self, role: str) -> None:
        """All processes of this role stand still, without a word to anybody."""
        self._signal(role, signal.SIGSTOP)

    def go_on(self, role: str) -> None:
        """They run again."""
        self._signal(role, signal.SIGCONT)

    def close(self) -> None:
        """Ends all as an operator does; kills what does not end."""
        self._closing.set()
        self._thread.join(10)
        running = [part.process for part in self.parts if part.process is not None and part.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in running:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                _kill(process)
        self._log.close()

    def _mind(self) -> None:
        due: dict[int, float] = {}
        while not self._closing.wait(LOOK_SECONDS):
            for number, part in enumerate(self.parts):
                if part.process is None or part.process.poll() is None:
                    continue
                now = time.monotonic()
                if number not in due:
                    self.deaths[part.role] += 1
                    part.quick_deaths = part.quick_deaths + 1 if now - part.started < LONGEST_BREATH_SECONDS else 0
                    due[number] = now + min(float(part.quick_deaths), LONGEST_BREATH_SECONDS)
                if now >= due[number]:
                    del due[number]
                    self._start(part)

    def _start(self, part: Part) -> None:
        command = [sys.executable, "-m", part.module, *part.words]
        environment = {**self._environment, **part.more}
        part.started = time.monotonic()
        # A session of its own: the run's Ctrl-C is not theirs.
        part.process = subprocess.Popen(
            command, env=environment, cwd=self._folder, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def _signal(self, role: str, number: signal.Signals) -> None:
        for part in self._living(role):
            assert part.process is not None
            part.process.send_signal(number)

    def _living(self, role: str) -> list[Part]:
        return [part for part in self.parts if part.role == role and part.process is not None and part.process.poll() is None]


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    assert process is not None
    try:
        below = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    process.kill()
    for child in below:
        try:
            os.kill(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


@dataclass
class BrokenShop:
    """A shop that runs, and all by which it can be hurt. `postgres` and `rabbit` are None in the embedded mode."""

    mode: str
    environment: Environment
    minder: Minder
    mailbox: Mailbox
    mail: Cable
    stripe: Cable
    stripe_file: Path
    postgres: OwnPostgres | None
    rabbit: OwnRabbit | None
    broker: Cable | None
    folder: Path

    def databases(self) -> dict[str, Database]:
        """The five, past the shop. Whoever asks for them disposes of them."""
        return {service: database_of(service, self.environment, pool_size=2) for service in SERVICES}

    def waiting(self) -> dict[str, int]:
        """Messages that lie in a queue of the broker's, dead ones too, by queue."""
        if self.rabbit is not None:
            return self.rabbit.waiting([name for queue in queues(ROSTER) for name in (queue, dead_queue(queue))])
        with closing(sqlite3.connect(f"file:{self.folder / 'data' / 'bus.db'}?mode=ro", uri=True)) as bus:
            return dict(bus.execute(_IN_FILE))

    def is_ready(self) -> bool:
        """Whether the gateway answers and finds all services."""
        return is_ready(self.environment)


@contextmanager
def broken_shop(folder: Path, *, mode: str, layout: str, seed: int) -> Iterator[BrokenShop]:
    """A shop in this folder, ready; one that was there before goes on. Raises CannotBreak, AssertionError."""
    folder.chmod(0o755)
    with ExitStack() as stack:
        mailbox = Mailbox(path=folder / "mails.jsonl")
        stack.enter_context(smtp_sink(mailbox))
        mail = Cable("127.0.0.1", mailbox.port)
        stack.callback(mail.close)
        stripe_port, port = free_port(), free_port()
        stripe = Cable("127.0.0.1", stripe_port)
        stack.callback(stripe.close)
        variables = {
            "CARTWRIGHT_PORT": str(port),
            "CARTWRIGHT_SECRET": SECRET,
            "CARTWRIGHT_ADMIN_KEY": ADMIN_KEY,
            "CARTWRIGHT_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
            "CARTWRIGHT_STRIPE_API_KEY": STRIPE_API_KEY,
            "CARTWRIGHT_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "CARTWRIGHT_STRIPE_API_BASE": f"http://127.0.0.1:{stripe.port}",
            "CARTWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "CARTWRIGHT_LOG_LEVEL": "WARNING",
        }
        postgres, rabbit, broker = None, None, None
        if mode == "full":
            postgres, rabbit = OwnPostgres(folder), OwnRabbit(folder)
            stack.callback(postgres.end, signal.SIGINT)
            postgres.create()
            stack.callback(rabbit.close)
            rabbit.start()
            broker = Cable("127.0.0.1", rabbit.port)
            stack.callback(broker.close)
            variables["CARTWRIGHT_DATABASE_URL"] = postgres.url
            variables["CARTWRIGHT_BROKER_URL"] = f"amqp://guest:guest@127.0.0.1:{broker.port}/%2F"
            done = cartwright(folder, "migrate", seconds=READY_SECONDS, **variables)
            assert done.returncode == 0, done.stderr[-2000:]
        own = environment_of(folder, **variables)
        given = {name.removeprefix("CARTWRIGHT_").lower(): value for name, value in own.items() if name.startswith("CARTWRIGHT_")}
        environment = Environment.model_validate({"database_url": None, "broker_url": None, **given})
        file = folder / "stripe.db"
        webhook = f"http://127.0.0.1:{port}/hooks/v1/stripe"
        double = Part("stripe", "tests.chaos.stripe", (str(stripe_port), str(file), webhook, str(seed)))
        minder = Minder([double, *_parts(mode, layout)], own, folder)
        stack.callback(minder.close)
        minder.start()
        shop = BrokenShop(mode, environment, minder, mailbox, mail, stripe, file, postgres, rabbit, broker, folder)
        try:
            eventually(shop.is_ready, seconds=READY_SECONDS, what="the shop")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{(folder / 'shop.log').read_text(errors='replace')[-3000:]}") from None
        yield shop


def _parts(mode: str, layout: str) -> list[Part]:
    if mode == "embedded":
        return [Part("up", CLI, ("up",))]
    if layout == "few":
        return [Part("documents" if "billing.documents" in words else words[0], CLI, words) for words in FEW]
    ports = {service: str(free_port()) for service in SERVICES}
    urls = {f"CARTWRIGHT_{service.upper()}_URL": f"http://127.0.0.1:{port}" for service, port in ports.items()}
    return [
        Part("web", CLI, ("web", "gateway"), urls),
        *(Part("web", CLI, ("web", service), {"CARTWRIGHT_PORT": port}) for service, port in ports.items()),
        *(Part(role, CLI, (role, service)) for role in ("worker", "relay", "beat") for service in SERVICES),
        Part("documents", CLI, ("worker", "billing.documents")),
    ]
