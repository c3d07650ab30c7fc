"""Shops as README.md has them started. Nothing here knows more of Cartwright than that page says."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.support.eventually import eventually
from tests.support.modes import FULL_MODE
from tests.support.shop import Shop, environment_of, free_port, open_shop
from tests.support.shop_client import Client

ROOT: Final = Path(__file__).parents[2]
OPENING_SECONDS: Final = 200
"""A busy machine's; on an idle one it takes eight."""


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`./run WORDS` is `cartwright WORDS`: the command itself, which ends by itself."""
    command = [sys.executable, "-m", "services.host.cli", *words]
    environment = environment_of(folder, **variables)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)


@dataclass
class Demo:
    """What `./run` opens: a sample shop, and what it has said."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """All that it has printed."""
        return (self.folder / "said").read_text(errors="replace")

    @property
    def client(self) -> Client:
        """A caller with the keys that it has printed."""
        admin, publishable = (re.search(rf"^\s*{name} key\s+(\S+)$", self.said, re.M) for name in ("admin", "publishable"))
        assert admin is not None, self.said
        assert publishable is not None
        return Client(self.port, admin_key=admin[1], publishable_key=publishable[1])

    def order(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`./run order WORDS` in a second terminal."""
        return run(self.folder, "order", *words, CARTWRIGHT_PORT=str(self.port))


@contextmanager
def opened(orders: int) -> Iterator[Demo]:
    """The sample shop, with few orders, until it says how to look at it; closed as by Ctrl-C."""
    with TemporaryDirectory(prefix="cartwright-stranger-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        command = [sys.executable, "-m", "services.host.cli", "demo", "--orders", str(orders)]
        with (folder / "said").open("wb") as said:
            environment = environment_of(folder, CARTWRIGHT_PORT=str(port))
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        demo = Demo(folder, port, process)
        try:
            eventually(
                lambda: "order --language" in demo.said or process.poll() is not None, seconds=OPENING_SECONDS, what="the sample shop"
            )
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    """`./run`, with four orders in place of forty."""
    with opened(4) as demo:
        yield demo


@pytest.fixture(scope="package")
def embedded() -> Iterator[Shop]:
    """`./run up` in test mode, with nothing beside it but a mail server."""
    with open_shop("embedded", generated_keys=True) as shop:
        yield shop


@pytest.fixture(scope="package", params=[FULL_MODE])
def full(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """`./run up` with both URLs set."""
    with open_shop(str(request.param), generated_keys=True) as shop:
        yield shop


@pytest.fixture
def shop(embedded: Shop) -> Iterator[Shop]:
    """The embedded shop in real time."""
    yield embedded
    print(embedded.log())  # shown when the test has failed
    embedded.set_clock(None)
