"""Documents are drawn by children: the same bytes as here, a crash is survived, and none is left when nothing is drawn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from shared.errors import Unavailable
from shared.language.formats import Formats
from shared.render.children import DocumentChildren, DrawingFailed
from shared.render.documents import render_document
from tests.support.eventually import eventually

OPTIONS = Formats("UTC")
ROOT = Path(__file__).parents[3]
_SHOP = """
import sys, time
from pathlib import Path
from shared.language.formats import Formats
from shared.render.children import DocumentChildren
if __name__ == "__main__":
    DocumentChildren().render(Path(sys.argv[1]), "note", variables={"words": "one"}, language="en", options=Formats("UTC"))
    print("drawn", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "note.html").write_text("<html lang='en'><body><p>{{ words }}</p></body></html>")
    return tmp_path


@pytest.fixture
def children() -> Iterator[DocumentChildren]:
    made = DocumentChildren(1, idle_seconds=0.2)
    yield made
    made.close()


def _pids() -> list[int]:
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # also a zombie: it has ended and nobody has asked yet
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def test_a_child_draws_the_same_bytes(children: DocumentChildren, folder: Path) -> None:
    drawn = children.render(folder, "note", variables={"words": "twelve cups"}, language="en", options=OPTIONS)

    assert drawn == render_document(folder, "note", variables={"words": "twelve cups"}, language="en", options=OPTIONS)


def test_a_renderer_that_dies_costs_one_document(children: DocumentChildren, folder: Path) -> None:
    children.render(folder, "note", variables={"words": "one"}, language="en", options=OPTIONS)
    for pid in _pids():
        os.kill(pid, signal.SIGKILL)

    with pytest.raises(Unavailable):
        children.render(folder, "note", variables={"words": "two"}, language="en", options=OPTIONS)

    assert children.render(folder, "note", variables={"words": "three"}, language="en", options=OPTIONS).startswith(b"%PDF")


def test_a_document_that_cannot_be_drawn_says_why_and_keeps_the_child(children: DocumentChildren, folder: Path) -> None:
    with pytest.raises(DrawingFailed, match="words"):
        children.render(folder, "note", variables={}, language="en", options=OPTIONS)

    before = _pids()
    assert children.render(folder, "note", variables={"words": "now"}, language="en", options=OPTIONS).startswith(b"%PDF")
    assert _pids() == before


def test_ctrl_c_at_the_terminal_leaves_a_child_to_its_parent(folder: Path) -> None:
    children = DocumentChildren(1)
    children.render(folder, "note", variables={"words": "one"}, language="en", options=OPTIONS)
    for pid in _pids():
        os.kill(pid, signal.SIGINT)

    assert children.render(folder, "note", variables={"words": "two"}, language="en", options=OPTIONS).startswith(b"%PDF")
    children.close()


def test_no_child_is_left_when_nothing_is_drawn(children: DocumentChildren, folder: Path) -> None:
    children.render(folder, "note", variables={"words": "one"}, language="en", options=OPTIONS)

    eventually(lambda: not _pids())


def test_no_child_outlives_a_killed_parent(folder: Path) -> None:
    shop = subprocess.Popen([sys.executable, "-c", _SHOP, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert shop.stdout is not None
    assert shop.stdout.readline() == "drawn\n"
    children = psutil.Process(shop.pid).children(recursive=True)
    assert children

    shop.kill()
    shop.wait()

    eventually(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
