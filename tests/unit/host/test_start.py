"""What a service gets from the host that starts it."""

from __future__ import annotations

from pathlib import Path

from services.host.start import start
from shared.settings import Environment


def test_adapters_know_the_secret_even_when_it_was_generated(tmp_path: Path) -> None:
    running = start(["notifications"], Environment(data_dir=tmp_path), "generated")["notifications"]

    assert running.outside.secret == running.secret == "generated"
