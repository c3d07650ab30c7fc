"""What stands behind `./run`, `./test` and `./prove`: set up, then become the program that was asked for."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from deploy.fetch import SetupFailed
from deploy.setup import ROOT, VENV, set_up

TEST_SERVERS = {
    "CARTWRIGHT_TEST_DATABASE_URL": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    "CARTWRIGHT_TEST_BROKER_URL": "amqp://guest:guest@127.0.0.1:5672//",
}
"""Where tests look for PostgreSQL and RabbitMQ unless told otherwise; what needs them is left out when nobody answers."""

PROOFS = {
    "chaos": "tests.chaos",
    "machine": "tests.machine",
    "guards": "tests.guards",
    "age": "benchmarks.age",
}
"""The long proofs and their modules; each says with `--help` what it takes."""


def run(words: Sequence[str]) -> NoReturn:
    """`./run`: the demo. `./run setup`: set-up alone, looking at everything again. `./run WORDS`: `cartwright WORDS`."""
    _set_up_or_exit("./run", again=list(words) == ["setup"])
    if list(words) == ["setup"]:
        sys.exit(0)
    _become(str(VENV / "bin" / "cartwright"), *(words or ["demo"]))


def test(words: Sequence[str]) -> NoReturn:
    """`./test`: the whole suite, three processes. `./test WORDS`: pytest with just these words.

    Three on two cores: much of it waits. What goes together into one of them stands in `tests/support/turns.py`.
    """
    _set_up_or_exit("./test", dev=True)
    for name, url in TEST_SERVERS.items():
        os.environ.setdefault(name, url)
    os.chdir(ROOT)
    _become(str(VENV / "bin" / "python"), "-m", "pytest", *(words or ["-n", "3"]))


def prove(words: Sequence[str]) -> NoReturn:
    """`./prove NAME WORDS`: one of the proofs that take too long for every change."""
    if not words or words[0] not in PROOFS:
        sys.exit(f"./prove NAME …, with NAME one of: {', '.join(sorted(PROOFS))}")
    _set_up_or_exit("./prove", dev=True)
    os.chdir(ROOT)
    _become(str(VENV / "bin" / "python"), "-m", PROOFS[words[0]], *words[1:])


def _set_up_or_exit(door: str, *, dev: bool = False, again: bool = False) -> None:
    try:
        set_up(dev=dev, again=again)
    except SetupFailed as problem:
        sys.exit(f"{door}: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


def _become(program: str, *words: str) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(program, [program, *words])
