"""Who orders in a shop of some age: invented people in the shop's four languages, of whom some come again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.orders.domain.catalogue import searchable

Names = tuple[tuple[str, str], ...]
"""As people write them, and as their e-mail address does."""
FIRST: Final[dict[str, Names]] = {
    "en": (
        *((name, name.lower()) for name in ("Harriet", "Johanna", "Oliver", "Amelia", "George", "Sophie", "Martin", "Clara", "Felix")),
        ("Jürgen", "juergen"),
        ("Zoë", "zoe"),
        ("François", "francois"),
    ),
    "fa": (
        ("مریم", "maryam"),
        ("سحر", "sahar"),
        ("رضا", "reza"),
        ("علی", "ali"),
        ("زهرا", "zahra"),
        ("حسین", "hossein"),
        ("نگار", "negar"),
        ("کاوه", "kaveh"),
    ),
    "vi": (
        ("Nguyễn", "nguyen"),
        ("Trần", "tran"),
        ("Lê", "le"),
        ("Phạm", "pham"),
        ("Huỳnh", "huynh"),
        ("Bùi", "bui"),
        ("Đặng", "dang"),
        ("Võ", "vo"),
    ),
    "ru": (
        ("Анна", "anna"),
        ("Иван", "ivan"),
        ("Мария", "maria"),
        ("Сергей", "sergey"),
        ("Елена", "elena"),
        ("Дмитрий", "dmitry"),
        ("Ольга", "olga"),
        ("Павел", "pavel"),
    ),
}
LAST: Final[dict[str, Names]] = {
    "en": (
        *((name, name.lower()) for name in ("Pemberton", "Brandt", "Smith", "Taylor", "Wagner", "Fischer", "Dubois", "Moreau", "Clarke")),
        ("Müller", "mueller"),
        ("Lüdenscheid", "luedenscheid"),
        ("O'Neill", "oneill"),
    ),
    "fa": (
        ("احمدی", "ahmadi"),
        ("محسنی", "mohseni"),
        ("کریمی", "karimi"),
        ("رضایی", "rezaei"),
        ("موسوی", "mousavi"),
        ("یزدانی", "yazdani"),
        ("تهرانی", "tehrani"),
        ("شیرازی", "shirazi"),
    ),
    "vi": (
        ("Hoa", "hoa"),
        ("Lan", "lan"),
        ("Yến", "yen"),
        ("Sơn", "son"),
        ("Hùng", "hung"),
        ("Dũng", "dung"),
        ("Thảo", "thao"),
        ("Hạnh", "hanh"),
    ),
    "ru": (
        ("Иванова", "ivanova"),
        ("Петров", "petrov"),
        ("Соколова", "sokolova"),
        ("Кузнецов", "kuznetsov"),
        ("Попова", "popova"),
        ("Волков", "volkov"),
        ("Зайцева", "zaitseva"),
        ("Орлов", "orlov"),
    ),
}
SYLLABLES: Final[dict[str, tuple[str, ...]]] = {
    "en": ("ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "ze"),
    "fa": ("با", "دی", "کی", "لو", "مو", "نا", "پی", "ری", "سو", "تو", "وا", "زی"),
    "vi": ("ba", "đe", "ki", "lô", "mư", "na", "pê", "ri", "sơ", "tu", "va", "xê"),
    "ru": ("ба", "де", "ки", "ло", "му", "на", "пе", "ри", "со", "ту", "ва", "зе"),
}
"""Of which two or three end most last names: a first name is common, a last one seldom."""


@dataclass(frozen=True, slots=True)
class Person:
    """The `number`th of a language. `term` is how a word is found."""

    first: str
    first_term: str
    last: str
    last_term: str
    email: str
    number: int


def person(language: str, number: int, *, signed_in: bool) -> Person:
    """The same for the same number."""
    firsts, lasts, syllables = FIRST[language], LAST[language], SYLLABLES[language]
    first, latin_first = firsts[number % len(firsts)]
    last, latin_last = lasts[number // len(firsts) % len(lasts)]
    if number % 10:
        # Every tenth has one of the common last names.
        last += "".join(syllables[number // 12**place % 12] for place in range(3))
    host = "example.com" if signed_in else "example.org"
    return Person(first, searchable(first), last, searchable(last), f"{latin_first}.{latin_last}{number}@{host}", number)
