"""Persian and Arabic digits in both directions: taken as 0-9 when typed, shown as ۰-۹ when the shop wants that."""

from typing import Final

PERSIAN_THOUSANDS: Final = "\u066c"
PERSIAN_DECIMAL: Final = "\u066b"
PERSIAN_PERCENT: Final = "\u066a"

_PERSIAN: Final = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC: Final = "٠١٢٣٤٥٦٧٨٩"
_TO_LATIN: Final = str.maketrans(_PERSIAN + _ARABIC, "0123456789" * 2)
_TO_PERSIAN: Final = str.maketrans("0123456789", _PERSIAN)


def to_latin_digits(text: str) -> str:
    """`text` with Persian and Arabic digits as 0-9 and all else as it was (R-LNG-05)."""
    return text.translate(_TO_LATIN)


def to_persian_digits(text: str) -> str:
    """`text` with 0-9 as ۰-۹ (R-LNG-03). For formatted amounts, counts and dates only: never for a sku, a number or an IBAN."""
    return text.translate(_TO_PERSIAN)
