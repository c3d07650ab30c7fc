"""A mail: templates and variables to subject, text and HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.language.formats import Formats
from shared.render.sandbox import render_template

_ISOLATES: Final = re.compile("[\u200e\u2066-\u2069]")
_BLANK_LINES: Final = re.compile(r"[ \t]*\n([ \t]*\n)+")


class SubjectMissing(ValueError):
    """A mail's text template does not begin with its subject."""

    def __init__(self, template: str) -> None:
        super().__init__(f"{template} must begin with a line 'Subject: …' and a blank line")
        self.template = template


@dataclass(frozen=True)
class ComposedMail:
    """A mail as the customer gets it, without addresses."""

    subject: str
    """One line, without control characters."""
    text: str
    html: str


def compose(folder: Path, name: str, *, language: str, variables: Mapping[str, Any], options: Formats) -> ComposedMail:
    """The mail `name` from `<folder>/<name>.txt`, which begins with `Subject: …` and a blank line, and `<folder>/<name>.html`.

    Raises SubjectMissing, and jinja2.UndefinedError for a variable that is not there.
    """
    plain = render_template(folder, f"{name}.txt", variables=variables, language=language, formats=options)
    head, _, body = plain.lstrip().partition("\n\n")
    if not head.startswith("Subject:"):
        raise SubjectMissing(f"{name}.txt")
    # No line break may get into a header, and some programs draw isolates as boxes in a list of subjects.
    subject = _ISOLATES.sub("", " ".join(head.removeprefix("Subject:").split()))
    html = render_template(folder, f"{name}.html", variables={**variables, "subject": subject}, language=language, formats=options)
    return ComposedMail(subject=subject, text=_BLANK_LINES.sub("\n\n", body).strip() + "\n", html=html)
