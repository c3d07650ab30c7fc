"""The translated texts: one gettext catalogue per language, read once per process.

A message's id is its English sentence; values stand in it as `%(name)s`, so a translation may move them. The catalogue of
English repeats the ids: it is what a translator starts from, and what a missing translation falls back to (R-LNG-01).
To add a text, write it in code or template and in the four files, in order of the ids; the test of the catalogues names what lacks.
"""

from collections.abc import Mapping
from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = ("en", "fa", "vi", "ru")
CATALOGUES: Final = Path(__file__).parent / "catalogues"
_FALLBACK: Final = "en"


def text(language: str, msgid: str, /, **values: object) -> str:
    """The text of `msgid` in `language`, its `%(name)s` places filled from `values`.

    An unknown language or a missing translation gives the English text. Raises KeyError when a place has no value: a text is
    one sentence with places, never glued from translated pieces (R-LNG-06).
    """
    return translations(language).gettext(msgid) % values


def text_n(language: str, singular: str, plural: str, /, *, count: int, **values: object) -> str:
    """The text for a count, in the plural form that `language` has for `count` (English 2, Russian 3, Persian 2, Vietnamese 1).

    `%(num)s` is `count` unless `values` names `num`, which is how a count in native digits gets in.
    """
    return translations(language).ngettext(singular, plural, count) % {"num": count, **values}


def pick(names: Mapping[str, str], language: str, default_language: str) -> str:
    """The text of a record's `names{}`: in `language`, else in the store's default, else in any; empty when there is none."""
    for wanted in (language, default_language, *names):
        if name := names.get(wanted):
            return name
    return ""


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Which way `language` is written; the value of HTML's `dir`."""
    return "rtl" if language == "fa" else "ltr"


def translations(language: str) -> GNUTranslations:
    """The catalogue of `language`; the English one for a language there is no catalogue of."""
    return _read(language if language in LANGUAGES else _FALLBACK)


@lru_cache(maxsize=len(LANGUAGES))
def _read(language: str) -> GNUTranslations:
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = GNUTranslations(compiled)
    if language != _FALLBACK:
        found.add_fallback(_read(_FALLBACK))
    return found
