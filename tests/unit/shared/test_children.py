"""Documents are drawn by children: the same bytes as here, a crash is survived, and none is left when nothing is drawn."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shared.errors import Unavailable
from shared.language.formats import Formats
from shared.render.children import DocumentChildren
from shared.render.documents import render_document
from tests.support.eventually import eventually

OPTIONS = Formats("UTC")


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
    return [child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


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
