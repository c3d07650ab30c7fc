"""Documents drawn in child processes: a crash of the renderer costs a PDF, not the shop, and an idle shop does not carry it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Final

from shared.errors import Unavailable
from shared.language.formats import Formats

IDLE_SECONDS: Final = 60
DRAWN_PER_CHILD: Final = 1000
"""A child is replaced after so many documents: what the libraries leak goes with it."""


class DocumentChildren:
    """Up to `processes` children, started at the first document and ended after a minute without one."""

    def __init__(self, processes: int = 2, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._processes = processes
        self._idle_seconds = idle_seconds
        self._guard = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._drawing = 0
        self._idle: threading.Timer | None = None

    def render(self, folder: Path, template: str, *, variables: Mapping[str, Any], language: str, options: Formats) -> bytes:
        """As `render_document`, in a child. Raises Unavailable when the child died over it: the same document may be tried again."""
        pool = self._borrow()
        try:
            return pool.submit(_draw, folder, template, variables, language, options).result()
        except BrokenProcessPool as error:
            self._drop(pool)
            raise Unavailable(f"the renderer died over a document of {template}") from error
        finally:
            self._give_back()

    def close(self) -> None:
        """Ends the children."""
        with self._guard:
            if self._idle is not None:
                self._idle.cancel()
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _borrow(self) -> ProcessPoolExecutor:
        with self._guard:
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(
                    self._processes, mp_context=context, initializer=_warm, max_tasks_per_child=DRAWN_PER_CHILD
                )
            self._drawing += 1
            return self._pool

    def _give_back(self) -> None:
        with self._guard:
            self._drawing -= 1
            if self._drawing == 0:
                self._idle = threading.Timer(self._idle_seconds, self._end_if_idle)
                self._idle.daemon = True
                self._idle.start()

    def _end_if_idle(self) -> None:
        with self._guard:
            if self._drawing:
                return
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._guard:
            if self._pool is pool:
                self._pool = None


def _warm() -> None:
    # Ctrl-C at a terminal goes to every process of it; a child ends when its parent ends it, with its document drawn.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    import shared.render.documents  # noqa: F401


def _end_with_parent() -> None:
    # It holds both ends of the pipe that it waits on: nothing else would tell it that its parent was killed.
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _draw(folder: Path, template: str, variables: Mapping[str, Any], language: str, options: Formats) -> bytes:
    from shared.render.documents import render_document

    return render_document(folder, template, variables=variables, language=language, options=options)
