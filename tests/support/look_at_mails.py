"""Every mail in every language, drawn on contact sheets for people to look at, and hashed for tests to watch.

`PYTHONPATH=. .venv/bin/python -m tests.support.look_at_mails FOLDER` draws with Chromium; `--renew` writes the hashes anew.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

import orjson

from services.notifications.actions.compose_mail import TEMPLATES
from shared.language.catalogue import LANGUAGES
from shared.language.formats import Formats
from shared.render.mails import ComposedMail, compose
from tests.support.samples_mails import every_mail

HASHES: Final = Path(__file__).parents[1] / "unit" / "notifications" / "mail_hashes.json"
_ON_A_SHEET: Final = 8
_SHEET: Final = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; font: 12px sans-serif } .sheet { display: grid; grid-template-columns: repeat(4, 480px); gap: 6px }
iframe { width: 478px; height: 880px; border: 1px solid #999 } .mail { overflow: hidden }
</style><div class="sheet">%s</div>"""


def mails(language: str) -> Iterator[tuple[str, ComposedMail]]:
    """Each mail by template and way; Persian with the digits and the calendar of the country."""
    native = language == "fa"
    formats = Formats("Europe/Amsterdam", native_digits=native, jalali_dates=native)
    for name, way, variables in every_mail(language):
        yield f"{name} {way}".strip(), compose(TEMPLATES, name, language=language, variables=variables, options=formats)


def hashes_of(language: str) -> dict[str, str]:
    """SHA-256 over subject, text and HTML."""
    return {key: hashlib.sha256("\0".join((made.subject, made.text, made.html)).encode()).hexdigest()[:16] for key, made in mails(language)}


def kept_hashes() -> dict[str, dict[str, str]]:
    """By language, as they were when somebody looked."""
    kept: dict[str, dict[str, str]] = orjson.loads(HASHES.read_bytes())
    return kept


def renew() -> None:
    """Writes the hashes of the mails as they are."""
    hashes: dict[str, Any] = {language: hashes_of(language) for language in LANGUAGES}
    HASHES.write_bytes(orjson.dumps(hashes, option=orjson.OPT_INDENT_2) + b"\n")


def draw(folder: Path) -> None:
    """Contact sheets as PNG, one language after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        cells = [
            f'<div class="mail"><b>{escape(key)}</b><div>{escape(made.subject)}</div><iframe srcdoc="{escape(made.html)}"></iframe></div>'
            for key, made in mails(language)
        ]
        for start in range(0, len(cells), _ON_A_SHEET):
            sheet = folder / f"{language}-{start // _ON_A_SHEET + 1}.html"
            sheet.write_text(_SHEET % "".join(cells[start : start + _ON_A_SHEET]))
            shot = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1950,1860"]
            subprocess.run(["chromium", *shot, f"--screenshot={sheet.with_suffix('.png')}", sheet.as_uri()], check=True, timeout=120)


if __name__ == "__main__":
    if sys.argv[1:] == ["--renew"]:
        renew()
    else:
        draw(Path(sys.argv[1]).resolve())
