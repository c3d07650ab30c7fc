"""A whole shop with two of each: what is promised of many processes is asked of two."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.servers import OwnPostgres
from tests.support.eventually import eventually
from tests.support.shop import UP_SECONDS, Shop, free_port, open_shop
from tests.support.shop_client import Cart, Client

SECONDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "embedded": (("web", "all"),),
    "full": (("web", "all"), ("worker", "all"), ("relay", "--beat", "all")),
}
"""What runs a second time, by mode: embedded, all but web is in the one process."""


@dataclass(frozen=True)
class Doubled:
    """A shop, and the port of its second web process."""

    shop: Shop
    other: Client

    @property
    def doors(self) -> tuple[Client, Client]:
        """Both web processes."""
        return self.shop, self.other

    def elsewhere(self, cart: Cart) -> Cart:
        """The same cart, as its owner reaches it through the second web process."""
        return replace(cart, client=self.other)


@contextmanager
def doubled_shop(mode: str) -> Iterator[Doubled]:
    """A running shop with its second processes, all gone at the end."""
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(mode, variables=stack.enter_context(_own_database()) if mode == "full" else None))
        other = Client(free_port(), admin_key=shop.admin_key, publishable_key=shop.publishable_key)
        for words in SECONDS[mode]:
            stack.enter_context(_second(shop, other.port, words))
        eventually(lambda: _answers(other), seconds=UP_SECONDS, what="the second web process")
        yield Doubled(shop, other)


@contextmanager
def _own_database() -> Iterator[dict[str, str]]:
    """A server of its own: two of each take more connections than the tests' server has for all."""
    with TemporaryDirectory(prefix="cartwright-postgresql-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user walks through
        server = OwnPostgres(Path(folder))
        server.create()
        try:
            yield {"CARTWRIGHT_DATABASE_URL": server.url}
        finally:
            server.end(signal.SIGINT)


@contextmanager
def _second(shop: Shop, port: int, words: tuple[str, ...]) -> Iterator[None]:
    with (shop.folder / f"second-{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.host.cli", *words],
            cwd=shop.folder,
            env={**shop.environment, "CARTWRIGHT_PORT": str(port)},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _answers(client: Client) -> bool:
    with suppress(OSError):
        return client.call("GET", "/readyz").status == 200
    return False
