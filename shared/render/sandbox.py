"""Where templates run: Jinja's immutable sandbox with our filters and texts, reading from one folder.

A template sees the variables it is given, `language`, `formats` and `direction`, and nothing of Python: no attribute that
begins with `_`, no call that changes a value (R-DOC-03). A variable that is not there raises, so a wrong template of ours is
found by its test and never prints a gap.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.language.catalogue import direction, translations
from shared.language.formats import Formats
from shared.render.filters import FILTERS


@lru_cache(maxsize=16)
def sandbox(folder: Path) -> ImmutableSandboxedEnvironment:
    """The sandbox that loads templates from `folder`, once per process; `.html` is escaped, `.txt` is not."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(("html",), default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        _gettext, _ngettext, newstyle=True
    )
    environment.filters.update(FILTERS)
    return environment


def render_template(folder: Path, template: str, *, variables: Mapping[str, Any], language: str, formats: Formats) -> str:
    """The text of `template` in `folder` with `variables`. Raises jinja2.UndefinedError for a variable that is not there."""
    return (
        sandbox(folder)
        .get_template(template)
        .render({**variables, "language": language, "direction": direction(language), "formats": formats})
    )


@pass_context
def _gettext(context: Context, msgid: str) -> str:
    return translations(context["language"]).gettext(msgid)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, number: int) -> str:
    return translations(context["language"]).ngettext(singular, plural, number)
