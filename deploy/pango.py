"""Unpack libpango and what it needs from the system's own package archive, without root and without installing anything.

For Debian and its children: apt says which packages this machine lacks, checks their signatures, and dpkg-deb unpacks them.
"""

import os
import runpy
import shutil
import subprocess
from pathlib import Path

from deploy.fetch import SetupFailed

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def provide_pango(root: Path) -> str:
    """Make WeasyPrint's libraries loadable for the checkout at `root`; the answer says in a few words where they are.

    Raises `SetupFailed`, with the command for this system, when they are missing and cannot be unpacked.
    """
    native = runpy.run_path(str(root / "shared" / "render" / "native.py"))  # by path: the package may need what is not installed yet
    missing = native["missing_libraries"]()
    if not missing:
        return "there already"
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SetupFailed(f"PDFs need {', '.join(missing)}: {native['remedy']()}.")

    work = root / ".cartwright" / "apt"
    shutil.rmtree(work, ignore_errors=True)
    try:
        names = _unpack_packages(work, into=native["UNPACKED"])
    except subprocess.CalledProcessError as problem:
        said = " ".join(problem.stderr.split()) or f"{problem.cmd[0]} ended with {problem.returncode}"
        raise SetupFailed(
            f"libpango cannot be taken from this system's archive (apt said: {said}); "
            f"as root, apt-get install {' '.join(PACKAGES)} brings it."
        ) from problem
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return f"unpacked {len(names)} packages"


def _unpack_packages(work: Path, *, into: Path) -> list[str]:
    """First with the lists that the machine has; where it has none, or they name files that are gone, with fresh ones of our own."""
    downloads = work / "downloads"
    downloads.mkdir(parents=True)
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "cache" / "archives" / "partial").mkdir(parents=True)
    private_cache = ["-o", f"Dir::Cache={work}/cache", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"]
    private_lists = [*private_cache, "-o", f"Dir::State::lists={work}/lists"]
    try:
        names = _download(private_cache, downloads)
    except subprocess.CalledProcessError:
        # Its own verdict does not count: one dead source of the machine's many fails it, and the download tells what matters.
        subprocess.run(["apt-get", *private_lists, "-qq", "update"], capture_output=True, check=False, env=_english())
        names = _download(private_lists, downloads)

    tree = work / "tree"
    for package in sorted(downloads.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(tree)])
    _collect(tree, into)
    return names


def _download(options: list[str], downloads: Path) -> list[str]:
    """The names of the packages that are missing here, dependencies included, each now in `downloads`."""
    plan = _run(["apt-get", *options, "-qq", "--print-uris", "--yes", "--no-install-recommends", "install", *PACKAGES])
    names = [line.split()[1].split("_")[0] for line in plan.splitlines() if line.startswith("'")]
    _run(["apt-get", *options, "-qq", "download", *(names or PACKAGES)], folder=downloads)
    return names


def _collect(tree: Path, into: Path) -> None:
    """Move the shared objects to one flat folder; it appears whole or not at all."""
    unfinished = into.with_name(into.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for file in tree.rglob("*.so*"):
        if file.is_file() and not file.is_symlink():
            file.rename(unfinished / file.name)
    shutil.rmtree(into, ignore_errors=True)
    unfinished.rename(into)


def _run(command: list[str], *, folder: Path | None = None) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=_english()).stdout


def _english() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
