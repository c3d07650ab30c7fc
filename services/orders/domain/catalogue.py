"""What the shop sells, and who sells it: as carts and orders read it, never a row."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.language.digits import to_latin_digits

ProductType = Literal["goods", "service", "digital"]
ReturnAction = Literal["refund", "replacement", "voucher"]

_ONE_SPELLING: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "\u200c": None})
"""Arabic yeh and kaf as Persian ones, no half space: keyboards differ, words do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing that can be put in a cart. Prices follow `tax.prices_include_tax`; a currency without a price is not sold in (R-MON-24)."""

    sku: str
    names: Mapping[str, str]
    """By language; never empty."""
    prices: Mapping[str, int]
    """ISO minor units by currency, that of `currency` among them."""
    currency: str
    """The one that the product is chiefly priced in."""
    tax_rate_bp: int
    """The plain rate, in basis points: 2000 is 20 %."""
    tax_rates_bp: Mapping[str, int]
    """Rates of countries that differ from the plain one, by ISO 3166-1 alpha-2 (R-MON-25)."""
    type: ProductType
    seller_id: str | None
    weight_g: int
    returnable: bool
    return_period_days: int | None
    """None: as the settings say when the goods come back."""
    return_actions: tuple[ReturnAction, ...] | None
    """None: as the settings say."""
    allow_backorder: bool
    barcode: str | None
    hs_code: str | None
    attributes: Mapping[str, Any]
    active: bool

    @property
    def searched(self) -> str:
        """What a search looks through: sku, names and barcode, as `searchable` writes them."""
        return searchable("\n".join((self.sku, *self.names.values(), self.barcode or "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Whose goods they are, and where the mail about them goes."""

    code: str
    name: str
    emails: tuple[str, ...]
    language: str | None
    """None: the shop's default language."""
    phone: str | None
    active: bool


def searchable(text: str) -> str:
    """One spelling for what is stored and what is looked for: case, width, digits and Persian letters make no difference."""
    return to_latin_digits(unicodedata.normalize("NFKC", text)).casefold().translate(_ONE_SPELLING)
