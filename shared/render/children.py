"""Documents drawn in child processes: a crash of the renderer costs a PDF, not the shop, and an idle shop does not carry it.

Plain processes and pipes: concurrent.futures wants semaphores, which a machine without a writable /dev/shm does not give.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from shared.errors import Unavailable
from shared.language.formats import Formats

IDLE_SECONDS: Final = 60
DRAWN_PER_CHILD: Final = 1000
"""A child is replaced after so many documents: what the libraries leak goes with it."""
_STOP_SECONDS: Final = 5


class DrawingFailed(RuntimeError):
    """The document cannot be drawn as it is: a bug of its template or its variables. The text is the child's traceback."""


class DocumentChildren:
    """Up to `processes` children, started at the first document and ended after a minute without one."""

    def __init__(self, processes: int = 2, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(processes)
        self._idle_seconds = idle_seconds
        self._guard = threading.Lock()
        self._free: list[_Child] = []
        self._drawing = 0
        self._idle: threading.Timer | None = None

    def render(self, folder: Path, template: str, *, variables: Mapping[str, Any], language: str, options: Formats) -> bytes:
        """As `render_document`, in a child. Raises DrawingFailed, and Unavailable when the child died over it: it may be tried again."""
        with self._places:
            child = self._borrow()
            try:
                drawn = child.draw(folder, template, variables, language, options)
            except (EOFError, OSError) as error:
                child.end()
                self._give_back(None)
                raise Unavailable(f"the renderer died over a document of {template}") from error
            self._give_back(child)
        if isinstance(drawn, DrawingFailed):
            raise drawn
        return drawn

    def close(self) -> None:
        """Ends the children."""
        with self._guard:
            if self._idle is not None:
                self._idle.cancel()
        self._end_free()

    def _borrow(self) -> _Child:
        with self._guard:
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
            self._drawing += 1
            if self._free:
                return self._free.pop()
        return _Child()

    def _give_back(self, child: _Child | None) -> None:
        if child is not None and child.drawn >= DRAWN_PER_CHILD:
            child.end()
            child = None
        with self._guard:
            self._drawing -= 1
            if child is not None:
                self._free.append(child)
            if self._drawing == 0:
                self._idle = threading.Timer(self._idle_seconds, self._end_free)
                self._idle.daemon = True
                self._idle.start()

    def _end_free(self) -> None:
        with self._guard:
            ended, self._free = self._free, []
        for child in ended:
            child.end()


class _Child:
    """One process that draws one document after the other, as long as its pipe is open."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="documents", daemon=True)
        self._process.start()
        theirs.close()
        self.drawn = 0

    def draw(self, *document: Any) -> bytes | DrawingFailed:
        """The bytes, or why there are none. Raises EOFError or OSError when the child is dead."""
        self._pipe.send(document)
        answer: bytes | DrawingFailed = self._pipe.recv()
        self.drawn += 1
        return answer

    def end(self) -> None:
        """Closes its pipe, on which it ends."""
        self._pipe.close()
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()


def _serve(pipe: Connection) -> None:
    # Ctrl-C at a terminal goes to every process of it; a child ends when its parent closes the pipe, or is gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from shared.render.documents import render_document

    with suppress(EOFError, OSError):
        while True:
            folder, template, variables, language, options = pipe.recv()
            try:
                answer: bytes | DrawingFailed = render_document(folder, template, variables=variables, language=language, options=options)
            except Exception as error:
                # As text: not every exception finds its way back through a pipe.
                answer = DrawingFailed("".join(traceback.format_exception(error)))
            pipe.send(answer)
