"""Products and sellers."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Count,
    Country,
    Currency,
    FreeObject,
    Language,
    Money,
    Page,
    Percent,
    ProductType,
    Shown,
    Sku,
    Texts,
)
from shared.contracts.api.public.path import COUNTED, Answer, Path, Query, Subject, flag, staff


class Product(Shown):
    """What is sold. `price` is in `currency`; `prices` in others; `tax_rates` for countries other than `tax_rate` says."""

    sku: Sku
    names: Texts
    price: Money
    currency: Currency
    prices: dict[Currency, Money] = Field(examples=[{"USD": "13.90"}])
    tax_rate: Percent
    tax_rates: dict[Country, Percent] = Field(examples=[{"AT": "20"}])
    type: ProductType
    seller_id: Code | None = Field(examples=[None])
    weight_g: int = Field(examples=[300])
    returnable: bool = Field(examples=[True])
    return_period_days: int | None = Field(examples=[None])
    return_actions: list[Literal["refund", "replacement", "voucher"]] | None = Field(examples=[None])
    allow_backorder: bool
    barcode: str | None = Field(examples=["4006381333931"])
    hs_code: str | None = Field(examples=["6912.00"])
    attributes: FreeObject
    active: bool = Field(examples=[True])


class ProductPage(Shown):
    """A page of products."""

    data: list[Product]
    page: Page
    count: Count


class RefusedItem(Shown):
    """What is wrong with one item of many; the others were taken. `sku` is null when the item has none."""

    index: int = Field(examples=[3])
    sku: str | None = Field(examples=["mug-red"])
    code: str = Field(examples=["money_precision"])
    message: str = Field(examples=["price: has more than 2 decimals"])


class ProductsTaken(Shown):
    """What became of many products."""

    created: int = Field(examples=[2])
    updated: int = Field(examples=[0])
    errors: list[RefusedItem]


class Seller(Shown):
    """Whose goods they are, and where to tell of orders."""

    code: Code = Field(examples=["potters"])
    name: str = Field(examples=["The Potters"])
    emails: list[str] = Field(examples=[["orders@potters.example"]])
    language: Language | None
    phone: str | None = Field(examples=[None])
    active: bool = Field(examples=[True])


class SellerPage(Shown):
    """A page of sellers."""

    data: list[Seller]
    page: Page
    count: Count


_PRODUCT: Final = {"names": {"en": "Blue mug"}, "price": "12.50", "currency": "EUR", "tax_rate": "19", "weight_g": 300}
_MADE_OR_REPLACED: Final = "It was there and is now this one."

SUBJECT: Final = Subject(
    name="Catalogue",
    says="What is sold, and by whom.",
    paths=(
        Path(
            at="GET /admin/v1/products",
            name="list_products",
            summary="List products",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=ProductPage, says="A page, newest first.")},
            paged=True,
            queries=(
                Query(name="q", says="In the sku, a name or the barcode.", several=False, example="mug"),
                Query(name="seller_id", example="potters"),
                Query(name="type", one_of=get_args(ProductType)),
                flag("active", "Whether it can be bought."),
                COUNTED,
            ),
        ),
        Path(
            at="PUT /admin/v1/products",
            name="put_products",
            summary="Make or replace up to 1000 products",
            who=staff("catalogue.write"),
            takes={"data": [{"sku": "mug-blue", **_PRODUCT}]},
            answers={200: Answer(shape=ProductsTaken, says="How many were taken, and what is wrong with the others.")},
        ),
        Path(
            at="PUT /admin/v1/products/{sku}",
            name="put_product",
            summary="Make or replace a product",
            who=staff("catalogue.write"),
            takes=_PRODUCT,
            answers={
                200: Answer(shape=Product, says=_MADE_OR_REPLACED),
                201: Answer(shape=Product, says="It is new.", headers=("Location",)),
            },
            errors=("money_precision",),
        ),
        Path(
            at="GET /admin/v1/products/{sku}",
            name="get_product",
            summary="Look at a product",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=Product, says="The product.")},
        ),
        Path(
            at="GET /admin/v1/sellers",
            name="list_sellers",
            summary="List sellers",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=SellerPage, says="A page, newest first.")},
            paged=True,
            queries=(COUNTED,),
        ),
        Path(
            at="PUT /admin/v1/sellers/{code}",
            name="put_seller",
            summary="Make or replace a seller",
            who=staff("catalogue.write"),
            takes={"name": "The Potters", "emails": ["orders@potters.example"]},
            answers={
                200: Answer(shape=Seller, says=_MADE_OR_REPLACED),
                201: Answer(shape=Seller, says="It is new.", headers=("Location",)),
            },
        ),
        Path(
            at="GET /admin/v1/sellers/{code}",
            name="get_seller",
            summary="Look at a seller",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=Seller, says="The seller.")},
        ),
    ),
)
