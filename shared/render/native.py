"""Libpango, the one system library: found on the system, or in the folder where set-up unpacked it.

Runs on the bare standard library, since set-up asks it what is missing before anything is installed.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

LIBRARIES = (
    "libgobject-2.0.so.0",
    "libfontconfig.so.1",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
)
"""What WeasyPrint opens, by the names that it opens them with on Linux."""

UNPACKED = Path(__file__).resolve().parents[2] / ".cartwright" / "lib"
"""Where set-up puts the shared objects of a system that has none; absent in an image that has libpango itself."""

FONTS = Path(__file__).resolve().with_name("fonts")
"""Our own fonts, and the fonts.conf that lists them and no others. Laid out by deploy/assets.py; not in the repository."""


class PangoMissing(RuntimeError):
    """WeasyPrint cannot run: libraries are missing, or will not load. Says what to install."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"PDFs need {', '.join(missing)}, which cannot be loaded: {remedy()}")
        self.missing = missing


class FontsMissing(RuntimeError):
    """No font is laid out. Fontconfig without a font ends the process with a segmentation fault, so it is never asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"there are no fonts in {folder}: run ./run setup in the checkout")
        self.folder = folder


def remedy() -> str:
    """The one command that brings libpango on this system, as far as it can be told."""
    if sys.platform == "darwin":
        return "run brew install pango"
    for installer, command in (
        ("/usr/bin/apt-get", "run ./run setup, or as root apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"),
        ("/usr/bin/dnf", "as root, run dnf install pango harfbuzz"),
        ("/usr/bin/zypper", "as root, run zypper install libpango-1_0-0 libharfbuzz-subset0"),
        ("/usr/bin/pacman", "as root, run pacman -S pango harfbuzz"),
        ("/sbin/apk", "as root, run apk add pango harfbuzz-subset"),
    ):
        if Path(installer).exists():
            return command
    return "install Pango 1.44 or newer and HarfBuzz with its subset library"


def missing_libraries() -> tuple[str, ...]:
    """Those of `LIBRARIES` that neither the system has nor set-up has unpacked. Loads the others into this process.

    Once loaded, the linker hands them to whoever asks by name: LD_LIBRARY_PATH would be read only before Python starts.
    Nothing is missing on other systems than Linux, where WeasyPrint knows by itself where to look.
    """
    if not sys.platform.startswith("linux"):
        return ()
    if _not_loading(LIBRARIES):
        _preload(sorted(str(file) for file in UNPACKED.glob("*.so*")))
    return _not_loading(LIBRARIES)


@cache
def load_pango() -> None:
    """Make `import weasyprint` safe; call it before that import, in each process. Later calls do nothing.

    Points fontconfig at our fonts, and loads the unpacked libraries when the system has none.
    Raises `FontsMissing` and `PangoMissing`.
    """
    fonts_conf = FONTS / "fonts.conf"
    if not (fonts_conf.is_file() and any(FONTS.glob("*.ttf"))):
        raise FontsMissing(FONTS)
    os.environ["FONTCONFIG_FILE"] = str(fonts_conf)

    if missing := missing_libraries():
        raise PangoMissing(missing)


def fill_font_cache() -> None:
    """Have fontconfig read our fonts once and keep what it read, so that later processes find it and need not write anywhere.

    Set-up calls it last; it also shows that all loads. Raises `FontsMissing` and `PangoMissing`.
    """
    load_pango()
    if sys.platform.startswith("linux"):
        ctypes.CDLL("libfontconfig.so.1").FcInit()


def _preload(files: Sequence[str]) -> None:
    """Load `files` in whatever order their dependencies allow: those that fail are tried again as long as others succeed."""
    left = _not_loading(files)
    while left and len(left) < len(files):
        files, left = left, _not_loading(left)


def _not_loading(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not _loads(name))


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name, ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
