"""Two minutes of `./prove chaos`, in both modes beside each other: most of it is waiting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.servers import CannotBreak, programs
from tests.support.shop import ROOT

LONGEST_SECONDS: Final = 1500
"""Of a machine that has a lot else to do."""
RUNS: Final = (
    ("--mode", "full", "--orders", "32", "--faults", "12", "--rate", "1.5", "--seed", "5"),
    ("--mode", "embedded", "--orders", "20", "--faults", "5", "--rate", "1", "--seed", "5"),
)


def _here() -> bool:
    """In CI the servers' programs must be there."""
    try:
        programs()
    except CannotBreak:
        if os.environ.get("CI") == "true":
            raise
        return False
    return True


@pytest.mark.skipif(not _here(), reason="PostgreSQL's or RabbitMQ's programs are not on this machine")
@pytest.mark.timeout(LONGEST_SECONDS)
def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    """R-MSG-01 to R-MSG-06, R-ORD-02, R-PAY-01, R-INV-01, R-INV-05, R-NOT-01, R-NOT-02, R-OPS-03."""
    # Not in pytest's own folder: PostgreSQL's user could not walk to it.
    running = []
    for words in RUNS:
        output = tmp_path / f"{words[1]}.txt"
        command = [sys.executable, "-m", "tests.chaos", *words]
        with output.open("wb") as file:
            running.append((output, subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=file, stderr=subprocess.STDOUT)))
    try:
        codes = [process.wait() for _, process in running]
    finally:
        for _, process in running:
            if process.poll() is None:
                process.terminate()
                process.wait()
    told = "\n\n".join(output.read_text(errors="replace") for output, _ in running)
    assert codes == [0, 0], told


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
