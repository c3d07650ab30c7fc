"""A product as the API takes and gives it (api.md, section 5): money and percents are texts, by the decimals that the shop uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from services.orders.domain.catalogue import Product, ProductType, ReturnAction
from shared.contracts.shop_settings import Language
from shared.errors import ErrorItem, SeveralInvalid
from shared.values.free_json import FreeJson
from shared.values.ids import CODE_PATTERN
from shared.values.money import AMOUNT_PATTERN, PERCENT_PATTERN, Precision, format_percent, parse_percent

CODE: Final = f"^{CODE_PATTERN.pattern}$"
LARGEST_RATE_BP: Final = 10_000
LARGEST_WEIGHT_G: Final = 1_000_000_000
LONGEST_RETURN_DAYS: Final = 36_500

Code = Annotated[str, Field(pattern=CODE)]
Amount = Annotated[str, Field(max_length=40, json_schema_extra={"pattern": AMOUNT_PATTERN})]
Percent = Annotated[str, Field(max_length=10, json_schema_extra={"pattern": PERCENT_PATTERN})]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class ProductBody(BaseModel):
    """A whole product: what is left out has its default, whatever was there before."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    sku: Code | None = None
    names: dict[Language, Annotated[str, Field(min_length=1, max_length=300)]] = Field(min_length=1)
    price: Amount
    currency: Currency
    prices: dict[Currency, Amount] | None = None
    tax_rate: Percent
    tax_rates: dict[Country, Percent] | None = None
    type: ProductType = "goods"
    seller_id: Code | None = None
    weight_g: int = Field(default=0, ge=0, le=LARGEST_WEIGHT_G)
    returnable: bool | None = None
    return_period_days: int | None = Field(default=None, ge=0, le=LONGEST_RETURN_DAYS)
    return_actions: list[ReturnAction] | None = None
    allow_backorder: bool = False
    barcode: str | None = Field(default=None, min_length=1, max_length=64)
    hs_code: str | None = Field(default=None, pattern=r"^[0-9.]{4,16}$")
    attributes: FreeJson = {}
    active: bool = True


def product_of(body: ProductBody, sku: str, decimals: Mapping[str, int]) -> Product:
    """The product of a body. `decimals` is `store.currency_decimals`.

    Raises SeveralInvalid with every amount and percent that is malformed or too fine (R-MON-23).
    """
    failures: list[ErrorItem] = []
    prices = {body.currency: _minor(body.price, body.currency, decimals, pointer="/price", failures=failures)}
    for currency, text in (body.prices or {}).items():
        pointer = f"/prices/{currency}"
        minor = _minor(text, currency, decimals, pointer=pointer, failures=failures)
        if prices.setdefault(currency, minor) != minor:
            failures.append(ErrorItem(pointer, "validation_failed", f"differs from price, which is in {currency} too"))
    rate = _basis_points(body.tax_rate, pointer="/tax_rate", failures=failures)
    rates = {
        country: _basis_points(text, pointer=f"/tax_rates/{country}", failures=failures) for country, text in (body.tax_rates or {}).items()
    }
    if failures:
        raise SeveralInvalid.of(failures)
    return Product(
        sku=sku,
        names={str(language): name for language, name in body.names.items()},
        prices=prices,
        currency=body.currency,
        tax_rate_bp=rate,
        tax_rates_bp=rates,
        type=body.type,
        seller_id=body.seller_id,
        weight_g=body.weight_g,
        returnable=body.type != "digital" if body.returnable is None else body.returnable,
        return_period_days=body.return_period_days,
        return_actions=None if body.return_actions is None else tuple(dict.fromkeys(body.return_actions)),
        allow_backorder=body.allow_backorder,
        barcode=body.barcode,
        hs_code=body.hs_code,
        attributes=body.attributes,
        active=body.active,
    )


def product_view(product: Product, decimals: Mapping[str, int]) -> dict[str, Any]:
    """The product as it is answered. `decimals` is `store.currency_decimals`."""
    prices = {currency: Precision.of(currency, decimals).format(minor) for currency, minor in product.prices.items()}
    return {
        "sku": product.sku,
        "names": dict(product.names),
        "price": prices.pop(product.currency),
        "currency": product.currency,
        "prices": prices,
        "tax_rate": format_percent(product.tax_rate_bp),
        "tax_rates": {country: format_percent(rate) for country, rate in product.tax_rates_bp.items()},
        "type": product.type,
        "seller_id": product.seller_id,
        "weight_g": product.weight_g,
        "returnable": product.returnable,
        "return_period_days": product.return_period_days,
        "return_actions": None if product.return_actions is None else list(product.return_actions),
        "allow_backorder": product.allow_backorder,
        "barcode": product.barcode,
        "hs_code": product.hs_code,
        "attributes": dict(product.attributes),
        "active": product.active,
    }


def _minor(text: str, currency: str, decimals: Mapping[str, int], *, pointer: str, failures: list[ErrorItem]) -> int:
    try:
        return Precision.of(currency, decimals).parse(text)
    except ValueError as error:
        failures.append(_failure(pointer, error))
        return 0


def _basis_points(text: str, *, pointer: str, failures: list[ErrorItem]) -> int:
    try:
        rate = parse_percent(text)
    except ValueError as error:
        failures.append(_failure(pointer, error))
        return 0
    if rate > LARGEST_RATE_BP:
        failures.append(ErrorItem(pointer, "validation_failed", "is more than 100 percent"))
    return rate


def _failure(pointer: str, error: ValueError) -> ErrorItem:
    return ErrorItem(pointer, getattr(error, "code", "validation_failed"), str(error))
