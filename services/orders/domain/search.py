"""What an order is found by, and how what people type or scan is read (R-ORD-59, R-ORD-66)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import phonenumbers

from services.orders.domain.catalogue import searchable
from services.orders.domain.order import Order
from services.orders.domain.parts import DELIVERY, INVOICE, PARCEL, PAYMENT, TRACKING, Parts

Term = tuple[str, str]
"""The id of the record that is found, the order itself or one of its own, and the text that it is found by."""

CODES: Final = ("number", "email", "external_id", "customer_reference")
"""Fields that are found as a whole; what others gave, words of it too."""
WORDS: Final = ("customer_name", "company", "customer_note", "note")
LONGEST_TERM: Final = 100
MOST_WORDS_OF_A_FIELD: Final = 100
FEWEST_PHONE_DIGITS: Final = 5
LONGEST_QUERY: Final = 200
MOST_WORDS: Final = 10
"""What `q` may have."""

_PIECES: Final = re.compile(r"[^\w]+")
_PHONE: Final = re.compile(r"[0-9+()./\-]+")


def searched(order: Order) -> dict[str, Any]:
    """The order's own fields that it is found by."""
    return {name: getattr(order, name) for name in (*CODES, *WORDS, "phone")} | {"tags": tuple(order.tags)}


def own_terms(order_id: str, values: Mapping[str, Any]) -> set[Term]:
    """Terms out of these fields; none of an order that is not there yet."""
    found: set[str] = {_term(values.get(name) or "") for name in CODES}
    for name in (*CODES[2:], *WORDS):
        found |= _words(values.get(name) or "")
    for tag in values.get("tags", ()):
        found |= {_term(tag), *_words(tag)}
    if values.get("phone"):
        found |= _phone_terms(values["phone"])
    return {(order_id, term) for term in found if term}


def told_terms(parts: Parts, *, number: str | None) -> set[Term]:
    """Terms out of what the other services told. A payment's reference that is the order's own `number` needs none."""
    told = {(record_id, text) for record_id, text in _told(parts) if text and text != number}
    return {(record_id, term) for record_id, text in told for term in (_term(text), *_term(text).split())}


def readings(text: str, *, prefix: str) -> list[list[str]]:
    """What a typed or scanned text may mean: each reading is the beginnings of terms that must all be an order's.

    `prefix` is what stands before an order's number in barcodes. A phone may be written in pieces, and a piece may be a number too.
    """
    found: list[list[str]] = []
    typed = searchable(text)
    scanned = typed.removeprefix(searchable(prefix)).strip()
    for words in dict.fromkeys((tuple(scanned.split()), tuple(typed.split()))):
        for reading in (words, _with_phones(words)):
            cut = [word[:LONGEST_TERM] for word in reading]
            if cut and cut not in found:
                found.append(cut)
    return found


def _told(parts: Parts) -> Iterator[tuple[str, str | None]]:
    for part in parts.all(PAYMENT):
        yield from ((part.record_id, number) for number in part.values["numbers"])
    for kind in (INVOICE, DELIVERY):
        yield from ((part.record_id, part.values["number"]) for part in parts.all(kind))
    for part in parts.all(DELIVERY):
        yield from part.values["tracking"].items()
    for kind in (PARCEL, TRACKING):
        yield from ((part.record_id, part.values["tracking_number"]) for part in parts.all(kind))


def _term(text: str) -> str:
    return " ".join(searchable(text).split())[:LONGEST_TERM]


def _words(text: str) -> set[str]:
    # `Müller-Lüdenscheid` is found by all of it and by either half.
    found: dict[str, None] = {}
    for word in searchable(text).split():
        found |= dict.fromkeys((word, *_PIECES.split(word)))
    return {word[:LONGEST_TERM] for word in list(found)[:MOST_WORDS_OF_A_FIELD]}


def _phone_terms(phone: str) -> set[str]:
    # With the country's code and without, so that it is found as it is written at home and abroad.
    digits = _digits(phone)
    national = phonenumbers.national_significant_number(phonenumbers.parse(phone))
    return {digits, _digits(national)}


def _with_phones(words: tuple[str, ...]) -> tuple[str, ...]:
    # `+49 (0)30 901 820` is one word.
    found: list[str] = []
    run: list[str] = []
    for word in (*words, ""):
        if _PHONE.fullmatch(word):
            run.append(word)
            continue
        digits = _digits("".join(run))
        found += [digits] if len(digits) >= FEWEST_PHONE_DIGITS else run
        run = []
        found += [word] if word else []
    return tuple(found)


def _digits(phone: str) -> str:
    # Trunk and exit zeros are not part of what is kept.
    return "".join(char for char in phone.replace("(0)", "") if char.isdigit()).lstrip("0")
