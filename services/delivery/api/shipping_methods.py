"""Shipping methods."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints, field_validator, model_validator
from starlette.responses import Response

from services.delivery.actions.shipping_methods import set_shipping_method
from services.delivery.api.body import Body, Code, code_in_path
from services.delivery.store import shipping_methods
from shared.contracts.shop_settings import Language
from shared.db.settings_copy import shop_settings
from shared.errors import ErrorItem, Invalid, NotFound, SeveralInvalid
from shared.values.money import ISO_DECIMALS, Precision, format_percent, parse_percent
from shared.web.door import read, write
from shared.web.listing import listing

router = APIRouter(prefix="/admin/v1/shipping_methods")

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]


class LeadDays(Body):
    """Working days from confirmation to the customer."""

    min: Annotated[int, Field(ge=0, le=365)]
    max: Annotated[int, Field(ge=0, le=365)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is more than max")
        return self


class ShippingMethod(Body):
    """A ShippingMethod of api.md, section 6, as far as this version has it."""

    code: Code | None = None
    names: Annotated[dict[Language, Name], Field(min_length=1)]
    price: str
    currency: str
    prices: dict[str, str] = Field(default_factory=dict)
    tax_rate: str
    tax_rates: dict[Country, str] = Field(default_factory=dict)
    free_over: str | None = None
    carrier: Literal["manual"] = "manual"
    pickup: bool = False
    warehouse: Code | None = None
    """Where a pickup's customers come to."""
    countries: list[Country] | None = None
    max_weight_g: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    lead_days: LeadDays | None = None
    cut_off: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """Time of the store's day; what is confirmed later counts from the next working day."""
    position: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    active: bool = True

    @field_validator("tax_rate")
    @classmethod
    def _rate(cls, text: str) -> str:
        return format_percent(parse_percent(text))

    @field_validator("tax_rates")
    @classmethod
    def _rates(cls, rates: dict[str, str]) -> dict[str, str]:
        return {country: format_percent(parse_percent(text)) for country, text in rates.items()}


@router.put("/{code}")
def put_shipping_method(request: Request, code: str, body: ShippingMethod) -> Response:
    """Sets a method as a whole (settings.write)."""
    with write(request, "settings.write") as door:
        code_in_path(code, name="code")
        if body.code not in (None, code):
            raise Invalid("is another one in the path", pointer="/code")
        if body.warehouse is not None and not body.pickup:
            raise Invalid("is of methods for picking up", pointer="/warehouse")
        decimals = shop_settings(door.tx).store.currency_decimals
        return door.answer(set_shipping_method(door.tx, code, _values(code, body, decimals)))


@router.get("")
def list_shipping_methods(request: Request) -> Response:
    """By position (catalogue.read)."""
    with read(request, "catalogue.read") as door:
        asked = listing(request, key=(int, str))
        after = None if asked.after is None else (asked.after[0], asked.after[1])
        found = shipping_methods.list_methods(door.tx, after=after, limit=asked.rows)
        return door.answer(
            asked.page(
                found,
                lambda method: method.values,
                lambda method: (str(method.position), method.code),
                count=lambda: shipping_methods.count_methods(door.tx),
            )
        )


@router.get("/{code}")
def get_shipping_method(request: Request, code: str) -> Response:
    """One method (catalogue.read)."""
    with read(request, "catalogue.read") as door:
        found = shipping_methods.get(door.tx, code)
        if found is None:
            raise NotFound(f"there is no shipping method {code}")
        return door.answer(found)


@router.delete("/{code}")
def archive_shipping_method(request: Request, code: str) -> Response:
    """Nobody can choose it any more; orders that have it keep it (settings.write)."""
    with write(request, "settings.write") as door:
        found = shipping_methods.get(door.tx, code)
        if found is None:
            raise NotFound(f"there is no shipping method {code}")
        set_shipping_method(door.tx, code, found | {"active": False})
        return door.nothing()


def _values(code: str, body: ShippingMethod, decimals: dict[str, int]) -> dict[str, Any]:
    """The method as it is kept and told: amounts with exactly the decimals of their currency (R-MON-23)."""
    failures: list[ErrorItem] = []

    def money(text: str, currency: str, pointer: str) -> str:
        try:
            precision = Precision.of(currency, decimals)
            return precision.format(precision.parse(text))
        except ValueError as error:
            place = "/currency" if currency not in ISO_DECIMALS and pointer != f"/prices/{currency}" else pointer
            failures.append(ErrorItem(place, getattr(error, "code", "validation_failed"), str(error)))
            return text

    values = body.model_dump(exclude_none=True)
    values["code"] = code
    values["price"] = money(body.price, body.currency, "/price")
    values["prices"] = {currency: money(text, currency, f"/prices/{currency}") for currency, text in body.prices.items()}
    if body.free_over is not None:
        values["free_over"] = money(body.free_over, body.currency, "/free_over")
    if failures:
        raise SeveralInvalid(f"{failures[0].pointer}: {failures[0].message}", failures)
    return values
