"""Set up a checkout: uv, `.venv` from uv.lock, fonts, libpango. What `./run` and `./test` have in common.

Standard library only, no root, nothing outside the checkout but uv's cache. Each step leaves a stamp of what it was made from,
so a second start does none of them; `./run setup` looks at everything again. Steps may be interrupted anywhere and repeated.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from deploy.assets import FONTS, lay_out_assets
from deploy.fetch import SetupFailed, certificate_refused, fetch, on_one_line
from deploy.pango import provide_pango

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".cartwright"
VENV = ROOT / ".venv"
STAMPS = VENV / "set-up"
"""Within .venv, so that they go when it goes."""

SOURCES = (
    "uv.lock",
    "pyproject.toml",
    "deploy/assets.lock.json",
    "deploy/assets.py",
    "deploy/pango.py",
    "deploy/setup.py",
    "shared/render/native.py",
)
"""When one of these changes, the next start sets up again."""

UV_VERSION = "0.13.9"
"""The range of uv_build in pyproject.toml must hold this version: uv then builds with what it has inside, and fetches nothing."""

UV_WHEELS = {
    "x86_64": (
        "https://files.pythonhosted.org/packages/3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f/"
        "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "sha256-1/RZ/k/SR9gwNRx1aG05lqzjxvP3KOsOhaMLetoM7xk=",
    ),
    "aarch64": (
        "https://files.pythonhosted.org/packages/fe/2f/51a5de367c602592c018a42a23d57fba5f2689fe6c3bf025dcf043b39c61/"
        "uv-0.13.9-py3-none-manylinux_2_28_aarch64.whl",
        "sha256-7LYCjXnclvvq//5civYqcJlIfrwFpwHnZxTuvP/QY3U=",
    ),
}
"""By machine: the wheel on PyPI, and its hash."""


PACKAGES_HOST = "files.pythonhosted.org"
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")


def set_up(*, dev: bool = False, again: bool = False) -> None:
    """Bring the checkout into working order; with `dev`, with what the tests and linters need.

    Does nothing when the stamps say that all is there, unless `again`. Of two set-ups of one checkout the second waits.
    Raises `SetupFailed`.
    """
    if not again and _complete(dev=dev):
        return
    try:
        STATE.mkdir(exist_ok=True)
        lock = (STATE / "lock").open("w")
    except OSError as problem:
        raise SetupFailed(f"set-up keeps .venv and .cartwright in {ROOT}, where it may not write: {problem.strerror}.") from problem
    with lock, _alone(lock.fileno()):
        if not again and _complete(dev=dev):
            return
        started = time.monotonic()
        try:
            _steps(dev=dev)
        except OSError as problem:
            raise SetupFailed(f"set-up stopped: {problem}.") from problem
        _say(f"set up in {time.monotonic() - started:.0f} s")


def _steps(*, dev: bool) -> None:
    with _step(f"uv {UV_VERSION}"):
        uv = _provide_uv()
    with _step("Python packages, from uv.lock"):
        _sync(uv, dev=dev)
    with _step("fonts and the API page, from deploy/assets.lock.json"):
        lay_out_assets()
    with _step("libpango"):
        _say(f"    {provide_pango(ROOT)}")
        _fill_font_cache()
    STAMPS.mkdir(exist_ok=True)
    for name in ("runtime", "dev") if dev else ("runtime",):
        unfinished = STAMPS / f"{name}.part"
        unfinished.write_text(_fingerprint())
        unfinished.replace(STAMPS / name)


def _complete(*, dev: bool) -> bool:
    stamp = STAMPS / ("dev" if dev else "runtime")
    made = (stamp, VENV / "bin" / "cartwright", VENV / "bin" / "python", STATE / "assets", ROOT / FONTS / "fonts.conf")
    return all(path.exists() for path in made) and stamp.read_text() == _fingerprint()


def _fingerprint() -> str:
    """What the checkout was set up from: its folder (scripts in .venv name it), the Python, and the files that the steps read."""
    hashes = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in SOURCES}
    return json.dumps({"root": str(ROOT), "python": _python(), **hashes}, indent=1)


def _provide_uv() -> Path:
    if platform.system() != "Linux" or platform.machine() not in UV_WHEELS:
        found = shutil.which("uv")
        if found is None:
            raise SetupFailed(f"there is no uv pinned for {platform.system()} on {platform.machine()}: install uv {UV_VERSION} yourself.")
        return Path(found)

    uv = STATE / f"uv-{UV_VERSION}" / "uv"
    if uv.is_file():
        return uv
    url, integrity = UV_WHEELS[platform.machine()]
    wheel = fetch(url, integrity=integrity, report=on_one_line(f"uv {UV_VERSION}"))
    uv.parent.mkdir(parents=True, exist_ok=True)
    unfinished = uv.with_name("uv.part")
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        unfinished.write_bytes(archive.read(f"uv-{UV_VERSION}.data/scripts/uv"))
    unfinished.chmod(0o755)
    unfinished.replace(uv)
    return uv


def _sync(uv: Path, *, dev: bool) -> None:
    if _moved():
        shutil.rmtree(VENV, ignore_errors=True)
    command = [str(uv), "sync", "--frozen", "--python", _python()]
    command += ["--group", "dev"] if dev else ["--no-dev", "--inexact"]  # inexact: what ./test brought stays

    if subprocess.run(command, cwd=ROOT, env=_uv_environment(), check=False).returncode != 0:
        raise SetupFailed("the Python packages could not be installed; uv says why, just above.")
    # Compiled once here, whatever the environment says of bytecode: a start then takes half the time.
    python = str(VENV / "bin" / "python")
    subprocess.run([python, "-m", "compileall", "-q", str(ROOT / "services"), str(ROOT / "shared")], check=False)


def _fill_font_cache() -> None:
    command = [str(VENV / "bin" / "python"), "-c", "from shared.render.native import fill_font_cache; fill_font_cache()"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise SetupFailed(f"PDFs cannot be made here: {(finished.stderr.strip().splitlines() or ['the process was killed'])[-1]}")


def _moved() -> bool:
    """Whether `.venv` was made for a checkout that lay elsewhere: its scripts name a Python that may be gone."""
    stamp = STAMPS / "runtime"
    return stamp.is_file() and json.loads(stamp.read_text())["root"] != str(ROOT)


def _python() -> str:
    """The Python that runs this, when it is one of ours; else the range, and uv finds one or says that there is none."""
    if (3, 11) <= sys.version_info < (3, 14):
        return str(getattr(sys, "_base_executable", sys.executable))
    return ">=3.11,<3.14"


def _uv_environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}
    environment.setdefault("UV_PYTHON_DOWNLOADS", "never")
    environment.setdefault("UV_COMPILE_BYTECODE", "true")
    if any(Path(bundle).exists() for bundle in CA_BUNDLES):
        environment.setdefault("UV_SYSTEM_CERTS", "true")  # a company's own authority is known to the system, not to uv
    if certificate_refused(f"https://{PACKAGES_HOST}/"):
        environment.setdefault("UV_INSECURE_HOST", PACKAGES_HOST)  # as in fetch(): uv checks the hashes of uv.lock
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        environment.setdefault("UV_CACHE_DIR", str(STATE / "cache" / "uv"))
    return environment


@contextmanager
def _alone(descriptor: int) -> Iterator[None]:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("another set-up of this checkout is running: waiting for it")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield


@contextmanager
def _step(name: str) -> Iterator[None]:
    _say(f"- {name}")
    yield
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
