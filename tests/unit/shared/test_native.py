"""A document can be made on a machine that was only set up: our fonts, libpango found or unpacked, nothing in the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.render import native

RENDER = """
from shared.render.native import load_pango
load_pango()
from weasyprint import HTML
text = "Invoice, H\\u00f3a \\u0111\\u01a1n, \\u0421\\u0447\\u0451\\u0442, \\u0641\\u0627\\u06a9\\u062a\\u0648\\u0631"
pdf = HTML(string=f"<p style='font-family: sans-serif'>{text}").write_pdf(uncompressed_pdf=True)
import sys
sys.stdout.buffer.write(pdf)
"""


def test_pdf_in_four_languages_is_made_with_our_fonts_in_an_empty_environment(tmp_path: Path) -> None:
    finished = subprocess.run([sys.executable, "-c", RENDER], cwd=tmp_path, env={}, capture_output=True, timeout=60, check=False)

    assert (finished.returncode, finished.stderr.decode()) == (0, "")
    assert finished.stdout.startswith(b"%PDF-")
    assert b"Noto-Sans" in finished.stdout
    assert b"Vazirmatn" in finished.stdout


def test_fonts_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    native.load_pango.cache_clear()

    native.load_pango()

    assert os.environ["FONTCONFIG_FILE"] == str(native.FONTS / "fonts.conf")


def test_without_fonts_it_says_what_to_run_instead_of_crashing_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "FONTS", tmp_path)
    native.load_pango.cache_clear()

    with pytest.raises(native.FontsMissing, match=r"no fonts in .*: run \./run setup"):
        native.load_pango()


def test_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "LIBRARIES", ("libc.so.6", "libcartwright-none.so.0"))
    monkeypatch.setattr(native, "UNPACKED", tmp_path)
    native.load_pango.cache_clear()

    with pytest.raises(native.PangoMissing, match=r"PDFs need libcartwright-none\.so\.0, which cannot be loaded: .+") as caught:
        native.load_pango()

    assert caught.value.missing == ("libcartwright-none.so.0",)
