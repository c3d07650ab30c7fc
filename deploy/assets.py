"""Lay out the files that come from npm packages (fonts, swagger-ui): pinned in assets.lock.json, not in the repository, no Node needed.

`python3 -m deploy.assets` in the checkout writes what is missing; set-up calls the same function.
The lock names each package's tarball and sha512, and which file inside goes where in the checkout.
"""

import io
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from deploy.fetch import SetupFailed, fetch, on_one_line

ROOT = Path(__file__).resolve().parents[1]
LOCK = Path(__file__).with_name("assets.lock.json")
FONTS = Path("shared", "render", "fonts")

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <description>Our own fonts and no others: a document looks the same on every machine.</description>
  <dir prefix="relative">.</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="same">
    <family>sans-serif</family>
    <prefer>
      <family>Noto Sans</family>
      <family>Vazirmatn</family>
    </prefer>
  </alias>
</fontconfig>
"""
"""The cache has a place of its own, filled at set-up: a home need not be writable, nor exist, where documents are made."""


def lay_out_assets(root: Path = ROOT, lock: Path = LOCK) -> None:
    """Write every file of `lock` under `root`, and the fonts.conf that lists our fonts.

    A package is fetched only when it changed in the lock or one of its files is gone.
    Raises `SetupFailed` when a package cannot be had, is not the pinned one, or lacks a file.
    """
    for name, package in json.loads(lock.read_text()).items():
        receipt = root / ".cartwright" / "assets" / f"{name.replace('/', '+')}.json"
        targets = [root / target for target in package["files"].values()]
        if all(target.is_file() for target in targets) and receipt.is_file() and json.loads(receipt.read_text()) == package:
            continue

        tarball = fetch(package["url"], integrity=package["integrity"], report=on_one_line(f"{name} {package['version']}"))
        _unpack(tarball, package["files"], root=root, url=package["url"])
        receipt.parent.mkdir(parents=True, exist_ok=True)
        receipt.write_text(json.dumps(package))

    (root / FONTS).mkdir(parents=True, exist_ok=True)
    (root / FONTS / "fonts.conf").write_text(FONTS_CONF.format(cache=escape(str(root / ".cartwright" / "fontconfig"))))


def _unpack(tarball: bytes, files: Mapping[str, str], *, root: Path, url: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        for member, target in files.items():
            try:
                content = archive.extractfile(member)
            except KeyError:
                content = None
            if content is None:
                raise SetupFailed(f"{url} has no file {member}, which deploy/assets.lock.json asks for.")
            path = root / target
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(path.name + ".part")
            unfinished.write_bytes(content.read())
            unfinished.replace(path)


if __name__ == "__main__":
    try:
        lay_out_assets()
    except SetupFailed as problem:
        sys.exit(str(problem))
