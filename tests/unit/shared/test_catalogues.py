"""Every text that code and templates ask for stands in all four catalogues, and nothing else does (R-LNG-01)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from shared.language.catalogue import CATALOGUES, LANGUAGES, direction, pick, text, text_n

ROOT = Path(__file__).parents[3]
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**/templates/**.txt", "jinja2.ext:babel_extract"), ("**.py", "python")]
ASKED_BY = {"_": None, "gettext": None, "ngettext": (1, 2), "text": (2,), "text_n": (2, 3)}
PLACE = re.compile(r"%\((\w+)\)s")


def asked_for() -> set[str | tuple[str, ...]]:
    found = (
        message
        for folder in ("services", "shared")
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, method_map=METHODS, options_map={}, keywords=ASKED_BY)
    )
    return {message if isinstance(message, str) else tuple(message) for message in found}


def catalogue(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def test_texts_are_found_in_templates() -> None:
    assert {"Amount due", "Pay now"} <= asked_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_holds_what_is_asked_for_and_nothing_unused(language: str) -> None:
    held = {message.id if isinstance(message.id, str) else tuple(message.id) for message in messages(language)}

    assert asked_for() - held == set(), "missing"
    assert held - asked_for() == set(), "unused"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_empty_fuzzy_or_with_other_places_than_its_text(language: str) -> None:
    number_of_forms = catalogue(language).num_plurals
    for message in messages(language):
        forms = (message.string,) if isinstance(message.id, str) else message.string
        source = message.id if isinstance(message.id, str) else message.id[1]
        places = set(PLACE.findall(source))

        assert not message.fuzzy, message.id
        assert len(forms) == (1 if isinstance(message.id, str) else number_of_forms), message.id
        for position, form in enumerate(forms):
            # "One parcel" may leave its count out where one is the only number of the form.
            optional = {"num"} if position == 0 and number_of_forms == 2 else set()
            assert form.strip(), message.id
            assert places - optional <= set(PLACE.findall(form)) <= places, message.id
            assert "%" not in PLACE.sub("", form), message.id


def test_trade_words_are_those_of_the_trade() -> None:
    """R-LNG-07."""
    assert text("fa", "Pro forma invoice") == "پیش‌فاکتور"
    assert [text(language, "Order: %(number)s", number=1).split(":")[0] for language in LANGUAGES] == [
        "Order",
        "سفارش",
        "Đơn hàng",
        "Заказ",
    ]
    assert text("ru", "Invoice %(number)s", number="1") == "Счёт-фактура 1"
    assert text("vi", "Invoice %(number)s", number="1") == "Hóa đơn 1"


@pytest.mark.parametrize("language", [*LANGUAGES, "de"])
def test_missing_text_falls_back_to_english(language: str) -> None:
    """R-LNG-01."""
    missing = "A text nobody has translated for %(name)s"

    assert text(language, missing, name="Ada") == "A text nobody has translated for Ada"


def test_unknown_language_is_answered_in_english() -> None:
    assert text("de", "Amount due") == "Amount due"


@pytest.mark.parametrize(
    ("language", "number", "expected"),
    [
        ("en", 1, "A parcel of order X is on its way"),
        ("en", 2, "2 parcels of order X are on their way"),
        ("ru", 1, "1 посылка по заказу X в пути"),
        ("ru", 3, "3 посылки по заказу X в пути"),
        ("ru", 11, "11 посылок по заказу X в пути"),
        ("ru", 21, "21 посылка по заказу X в пути"),
        ("vi", 1, "1 kiện hàng của đơn hàng X đang được giao"),
        ("fa", 1, "یک بسته از سفارش X در راه است"),
        ("fa", 5, "5 بسته از سفارش X در راه است"),
    ],
)
def test_plural_takes_the_form_of_the_language(language: str, number: int, expected: str) -> None:
    """R-LNG-06."""
    singular, plural = "A parcel of order %(number)s is on its way", "%(num)s parcels of order %(number)s are on their way"

    assert text_n(language, singular, plural, count=number, number="X") == expected


def test_count_may_come_in_native_digits() -> None:
    singular, plural = "A parcel of order %(number)s is on its way", "%(num)s parcels of order %(number)s are on their way"

    assert text_n("fa", singular, plural, count=2, num="۲", number="X") == "۲ بسته از سفارش X در راه است"


def test_names_are_shown_in_the_records_language_else_the_stores_else_any() -> None:
    names = {"en": "Mug", "ru": "Кружка", "vi": ""}

    assert pick(names, "ru", "en") == "Кружка"
    assert pick(names, "fa", "en") == "Mug"
    assert pick(names, "vi", "ru") == "Кружка"
    assert pick({"vi": "Cốc"}, "fa", "en") == "Cốc"
    assert pick({}, "fa", "en") == ""


def test_persian_alone_runs_from_right_to_left() -> None:
    """R-LNG-02."""
    assert [direction(language) for language in LANGUAGES] == ["ltr", "rtl", "ltr", "ltr"]
