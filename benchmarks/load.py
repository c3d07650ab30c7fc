"""What an order costs and how long it takes, under load: `.venv/bin/python benchmarks/load.py --clients 4 --orders 400 --mode up`.

Starts the whole shop on this machine, lets customers in a process of their own go the whole way with each order, waits until
the shop is at rest, checks the rows, and prints the figures. See README.md beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from benchmarks.customers import STEPS
from benchmarks.figures import percentiles, spent, table
from benchmarks.load_settings import ADMIN_KEY, MOST_CLIENTS, MOST_ORDERS, PUBLISHABLE_KEY
from benchmarks.rows import Rows, rows_of
from benchmarks.system import MODES, ROOT, CannotMeasure, System, ends_cleanly, running
from services.host.demo.client import ShopClient

PRODUCTS: Final = 50
WARM_UP_ORDERS: Final = 40
REST_SECONDS: Final = 600.0
CALIBRATING_LOOKS: Final = 50
CUSTOMERS_LABEL: Final = "customers (the load)"
POLLS_LABEL: Final = "polls of the watcher, in the shop"
APART: Final = ("documents", "stripe double", CUSTOMERS_LABEL, POLLS_LABEL)
"""Counted, but not the price of an order: PDFs may lag, and the rest is not the shop's."""


def main() -> int:
    """Prints the figures; 0 when the rows add up, 1 when they contradict, 2 when nothing could be measured."""
    arguments = _arguments()
    ends_cleanly()
    try:
        with running(arguments.mode, provider=True) as system, rows_of(system.environment) as rows:
            return _measure(system, rows, arguments)
    except CannotMeasure as error:
        print(f"load: {error}", file=sys.stderr)
        return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What an order costs and how long it takes. Targets a shop of its own on 127.0.0.1.")
    parser.add_argument("--clients", type=int, default=4, help=f"customers at a time, at most {MOST_CLIENTS} (4)")
    parser.add_argument("--orders", type=int, default=400, help=f"orders that are measured, at most {MOST_ORDERS} (400)")
    parser.add_argument("--mode", choices=MODES, default="up", help="few processes, a process per role and service, or one (up)")
    parser.add_argument("--poll-seconds", type=float, default=0.25, help="how often the customers' watcher looks (0.25)")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="py-spy flame graphs of every process, into FOLDER")
    found = parser.parse_args()
    if not (1 <= found.clients <= MOST_CLIENTS and 1 <= found.orders <= MOST_ORDERS and 0.05 <= found.poll_seconds <= 10):
        parser.error(f"1 to {MOST_CLIENTS} clients, 1 to {MOST_ORDERS} orders, a look every 0.05 to 10 seconds")
    if found.profile is not None and _py_spy() is None:
        parser.error("--profile needs py-spy: `uv pip install py-spy`")
    return found


def _py_spy() -> str | None:
    """It may be installed beside this Python without being on the path."""
    return shutil.which("py-spy", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))


def _measure(system: System, rows: Rows, arguments: argparse.Namespace) -> int:
    skus = _stock_up(system)
    _rest(rows)
    with _customers(system, skus, clients=arguments.clients, poll_seconds=arguments.poll_seconds) as customers:
        warm = customers.do({"do": "place", "orders": WARM_UP_ORDERS})
        _rest(rows)
        processes = system.pids()
        lasting = {pid for pid, label in processes.items() if label != "documents"}
        told, before, began = rows.facts(), system.cpu_seconds(), time.time()
        with _profiled(processes, arguments.profile):
            run = customers.do({"do": "place", "orders": arguments.orders})
            placed_seconds = time.time() - began
            _rest(rows)
        rested_seconds = time.time() - began
        cpu, told = spent(before, system.cpu_seconds()), rows.facts() - told
        cpu[CUSTOMERS_LABEL] = run["cpu_seconds"] - warm["cpu_seconds"]
        if not lasting <= system.pids().keys():
            raise CannotMeasure("a process died meanwhile; its log says why")
        _count_polls_apart(cpu, system, customers, polls=run["polls"])
    orders = run["orders"]
    number = len(orders)
    head = (
        f"{number} orders, {arguments.clients} customers, mode {arguments.mode}: {number / placed_seconds:.1f} orders/s"
        f" from cart to validated delivery, {told / number:.1f} facts an order;"
        f" at rest (PDFs, mails) after {rested_seconds:.1f} s; {run['polls']} polls."
    )
    print(head, _latencies(orders, rows), _costs(cpu, number), sep="\n\n")
    contradictions = rows.contradictions(arguments.orders + WARM_UP_ORDERS)
    print("\nThe rows add up." if not contradictions else "\nThe rows contradict:\n  " + "\n  ".join(contradictions))
    return 1 if contradictions else 0


def _stock_up(system: System) -> list[str]:
    shop = ShopClient(system.environment.local_url, PUBLISHABLE_KEY, ADMIN_KEY)
    skus = [f"THING-{number:03}" for number in range(PRODUCTS)]
    shop.change_settings(
        {"store": {"name": "Benchmark", "address": {"name": "Benchmark", "line1": "1", "city": "Berlin", "country": "DE"}}}
    )
    shop.load_catalogue(
        sellers=[],
        products=[
            {"sku": sku, "names": {"en": f"Thing {sku}"}, "price": "12.50", "currency": "EUR", "tax_rate": "19", "weight_g": 300}
            for sku in skus
        ],
        stock=[{"sku": sku, "on_hand": MOST_ORDERS * 2} for sku in skus],
        shipping_methods=[
            {"code": "standard", "names": {"en": "Standard"}, "price": "4.90", "currency": "EUR", "tax_rate": "19", "carrier": "manual"}
            | {"pickup": False, "position": 1, "active": True}
        ],
    )
    return skus


def _rest(rows: Rows) -> None:
    """Returns when the shop has nothing left to do: told facts, drawn PDFs, sent mails. Raises CannotMeasure."""
    deadline = time.monotonic() + REST_SECONDS
    calm = 0
    while calm < 2:
        # Twice in a row: between a message taken and the fact it tells, nothing is seen here.
        left = rows.unfinished()
        calm = 0 if left else calm + 1
        if time.monotonic() > deadline:
            raise CannotMeasure(f"the shop did not come to rest: {left}")
        time.sleep(0.5)


class _Customers:
    """The customers' process, spoken with by lines of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a command and waits for its outcome. Raises CannotMeasure."""
        _pipe(self._process.stdin).write(json.dumps(command) + "\n")
        _pipe(self._process.stdin).flush()
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise CannotMeasure("the customers gave up, for the reason above")
        outcome: dict[str, Any] = json.loads(line)
        return outcome


@contextmanager
def _customers(system: System, skus: Sequence[str], *, clients: int, poll_seconds: float) -> Iterator[_Customers]:
    command = [sys.executable, "-m", "benchmarks.customers"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        asked = {"base_url": system.environment.local_url, "skus": list(skus), "clients": clients, "poll_seconds": poll_seconds}
        _pipe(process.stdin).write(json.dumps(asked) + "\n")
        try:
            yield _Customers(process)
        finally:
            _pipe(process.stdin).close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


@contextmanager
def _profiled(processes: Mapping[int, str], folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    spies = [
        subprocess.Popen(
            [
                _py_spy() or "py-spy",
                "record",
                "--gil",
                "--nonblocking",
                "--pid",
                str(pid),
                "--output",
                str(folder / f"{label.replace(' ', '-')}-{pid}.svg"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for pid, label in processes.items()
    ]
    try:
        yield
    finally:
        for spy in spies:
            spy.send_signal(signal.SIGINT)
        for spy in spies:
            spy.wait(60)


def _count_polls_apart(cpu: dict[str, float], system: System, customers: _Customers, *, polls: int) -> None:
    """Measures what a look costs the idle shop, and takes that out of every process that has a part in it."""
    before = system.cpu_seconds()
    looked = customers.do({"do": "look", "times": CALIBRATING_LOOKS})["polls"]
    cpu[POLLS_LABEL] = 0.0
    for label, seconds in spent(before, system.cpu_seconds()).items():
        if label not in APART:
            cost = seconds / looked * polls
            cpu[label] -= cost
            cpu[POLLS_LABEL] += cost


def _latencies(orders: Sequence[Mapping[str, Any]], rows: Rows) -> str:
    followed = rows.followed_at()
    after = [followed[order["id"]].timestamp() - order["webhook_at"] for order in orders]
    times = [
        *((step, [order["steps"][step] for order in orders]) for step in STEPS),
        ("webhook to the last of reservation, delivery, invoice", after),
        ("webhook until a watcher saw it and staff validated", [order["done_at"] - order["webhook_at"] for order in orders]),
    ]
    return table(("ms", "p50", "p95", "p99"), [(name, *(f"{value * 1000:.1f}" for value in percentiles(each))) for name, each in times])


def _costs(cpu: Mapping[str, float], orders: int) -> str:
    own = {label: seconds for label, seconds in cpu.items() if label not in APART}
    costs = sorted(own.items(), key=lambda item: -item[1])
    costs.append(("an order", sum(own.values())))
    costs += [(f"apart: {label}", cpu[label]) for label in APART if label in cpu]
    return table(("CPU ms per order", "ms"), [(label, f"{seconds * 1000 / orders:.1f}") for label, seconds in costs])


if __name__ == "__main__":
    sys.exit(main())
