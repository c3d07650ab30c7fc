"""Fetch one file over HTTPS and believe it only for its hash. Standard library only: it runs before anything is installed."""

import base64
import hashlib
import http.client
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

ATTEMPTS = 4
TIMEOUT_SECONDS = 60
CHUNK_BYTES = 256 * 1024


class SetupFailed(Exception):
    """Set-up cannot go on. The message is one sentence for the person at the terminal: what could not be had, and what to do."""


def fetch(url: str, *, integrity: str, report: Callable[[str], None]) -> bytes:
    """The bytes at `url`, whose hash is `integrity`: algorithm, dash, base64, as npm and browsers write it.

    A machine without CA certificates cannot tell who answers; the hash tells whether the answer is right, so it is asked
    all the same. SSL_CERT_FILE and the proxy variables are honoured. `report` is told how far it has come.
    Raises `SetupFailed` when there is no answer after `ATTEMPTS`, or a wrong one.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            content = _download(url, report)
            break
        except (OSError, http.client.HTTPException) as problem:
            if attempt == ATTEMPTS or (isinstance(problem, urllib.error.HTTPError) and problem.code < 500):
                raise SetupFailed(f"{url} cannot be fetched: {reason(problem)}. Set HTTPS_PROXY if this network has a proxy.") from problem
            report(f"{reason(problem)}; once more in {attempt} s")
            time.sleep(attempt)

    algorithm, _, expected = integrity.partition("-")
    actual = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    if actual != expected:
        raise SetupFailed(f"{url} is not the file that was pinned: its {algorithm} is {actual}, not {expected}.")
    return content


def reason(problem: Exception) -> str:
    """What went wrong, in as few words as Python gives: the cause inside a URLError says more than its wrapping."""
    return str(getattr(problem, "reason", None) or problem or type(problem).__name__)


def certificate_refused(url: str) -> bool:
    """Whether this machine knows no authority that vouches for the server of `url`; False when it cannot be reached at all."""
    try:
        _read(url, ssl.create_default_context(), quiet)
    except OSError as problem:
        return isinstance(getattr(problem, "reason", None), ssl.SSLCertVerificationError)
    return False


def _download(url: str, report: Callable[[str], None]) -> bytes:
    try:
        return _read(url, ssl.create_default_context(), report)
    except urllib.error.URLError as problem:
        if not isinstance(problem.reason, ssl.SSLCertVerificationError):
            raise
    return _read(url, ssl._create_unverified_context(), report)  # the caller checks the hash


def _read(url: str, context: ssl.SSLContext, report: Callable[[str], None]) -> bytes:
    content = bytearray()
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS, context=context) as response:
        size = int(response.headers.get("Content-Length") or 0)
        while chunk := response.read(CHUNK_BYTES):
            content += chunk
            report(f"{len(content) / 1e6:.1f} MB" + (f" of {size / 1e6:.1f}" if size else ""))
    if len(content) < size:
        raise http.client.IncompleteRead(bytes(content), size - len(content))
    return bytes(content)


def quiet(_: str) -> None:
    """For those who do not want to hear how far it has come."""


def on_one_line(step: str) -> Callable[[str], None]:
    """Reports over one another on a terminal; in a log file, where that would be noise, not at all."""
    if not sys.stderr.isatty():
        return quiet

    def report(text: str) -> None:
        sys.stderr.write(f"\r\033[K  {step}: {text}")
        sys.stderr.flush()

    return report
