"""E-mail addresses, phones and addresses as people type them, made comparable: digits 0-9, E.164, a host in small letters."""

from __future__ import annotations

import re
from typing import Any, Final

import phonenumbers

from shared.language.digits import to_latin_digits
from shared.values.address import Address

_EMAIL: Final = re.compile(r"[^@\s,;<>\x00-\x1f\x7f]{1,64}@[^@\s,;<>\x00-\x1f\x7f]{1,255}")


def clean_email(text: str) -> str:
    """The address, its host in small letters. Raises ValueError for what no mail can be sent to."""
    text = text.strip()
    if _EMAIL.fullmatch(text) is None:
        raise ValueError("is no e-mail address")
    local, _, host = text.partition("@")
    return f"{local}@{host.lower()}"


def clean_phone(text: str, shop_country: str | None) -> str:
    """The phone in E.164, its country the shop's when none is given; Persian and Arabic digits count (R-CAL-02).

    Raises ValueError for a number that cannot exist, and for one without + where the shop has no country.
    """
    try:
        number = phonenumbers.parse(to_latin_digits(text), shop_country)
    except phonenumbers.NumberParseException:
        raise ValueError("is no phone number; begin with + and the country's code") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("is no phone number that can be called")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def kept_address(address: Address) -> dict[str, Any]:
    """The address as an order keeps it: digits of phone and postal code as 0-9 (R-LNG-05)."""
    kept = address.model_dump()
    for field in ("phone", "postal_code"):
        if kept[field] is not None:
            kept[field] = to_latin_digits(kept[field])
    return kept
