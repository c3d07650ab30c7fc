"""Whatever is done to an order, and however its facts arrive: money, stock, invoices and history are right after every step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machine.run import machine, run
from tests.support.databases import Databases

EXAMPLES = {"sqlite": 12, "postgresql": 3}


@pytest.mark.timeout(600)
def test_no_sequence_of_commands_and_facts_breaks_the_shop(databases: Databases, backend: str, tmp_path: Path) -> None:
    with machine(backend, databases, tmp_path) as found:
        run(found, examples=EXAMPLES[backend], steps=25, same_each_time=True)
