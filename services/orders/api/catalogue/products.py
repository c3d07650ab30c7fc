"""Routes of products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from services.orders.api.catalogue.product_body import ProductBody, product_of, product_view
from services.orders.domain.catalogue import Product, ProductType
from services.orders.errors import CodeDiffers, MalformedCode
from services.orders.store import catalogue as store
from shared.db.settings_copy import shop_settings
from shared.errors import ErrorItem, Invalid, NotFound, SeveralInvalid, field_failures
from shared.values.clock import parse_rfc3339, rfc3339
from shared.values.ids import CODE_PATTERN
from shared.web.caller import Caller
from shared.web.door import read, write
from shared.web.listing import Reader, flag, listing, read_filters, some_of, texts

router = APIRouter()

LARGEST_BULK: Final = 1000
FILTERS: Final[Mapping[str, Reader]] = {"q": str, "seller_id": texts, "type": some_of(*get_args(ProductType)), "active": flag}


class ProductsBody(BaseModel):
    """`PUT /admin/v1/products`: whole products, each with its sku. Each is taken or refused for itself."""

    model_config = ConfigDict(strict=True, extra="forbid")

    data: list[Any] = Field(max_length=LARGEST_BULK)


@router.put("/products/{sku}")
def put_product(request: Request, sku: str, body: ProductBody) -> Response:
    """Makes or replaces one product."""
    with write(request, "catalogue.write") as door:
        if CODE_PATTERN.fullmatch(sku) is None:
            raise MalformedCode("sku", sku)
        if body.sku is not None and body.sku != sku:
            raise CodeDiffers("sku", sku, body.sku)
        decimals = shop_settings(door.tx).store.currency_decimals
        product = product_of(body, sku, decimals)
        created = store.put_products(door.tx, [product])
        view = product_view(product, decimals)
        return door.created(view, f"/admin/v1/products/{sku}") if created else door.answer(view)


@router.put("/products")
def put_many_products(request: Request, body: ProductsBody) -> Response:
    """Makes or replaces up to 1,000 products. What is wrong with one stops only that one and is named by its place."""
    with write(request, "catalogue.write") as door:
        decimals = shop_settings(door.tx).store.currency_decimals
        products: dict[str, Product] = {}
        errors: list[dict[str, Any]] = []
        for index, item in enumerate(body.data):
            try:
                product = _product_of_item(item, decimals, known=products)
            except Invalid as error:
                sku = item.get("sku") if isinstance(item, dict) else None
                errors += [_item_error(index, sku, failure) for failure in error.items()]
            else:
                products[product.sku] = product
        created = store.put_products(door.tx, list(products.values()))
        return door.answer({"created": len(created), "updated": len(products) - len(created), "errors": errors})


@router.get("/products")
def get_products(request: Request) -> Response:
    """Products, newest first. A seller sees their own."""
    with read(request, "catalogue.read") as door:
        asked = listing(request, FILTERS, key=(parse_rfc3339, str))
        filters = read_filters(asked.filters, FILTERS)
        if door.caller.seller is not None:
            filters["seller_id"] = {door.caller.seller} & set(filters.get("seller_id", [door.caller.seller]))
        decimals = shop_settings(door.tx).store.currency_decimals
        rows = store.list_products(door.tx, filters, after=asked.after, rows=asked.rows)
        return door.answer(
            asked.page(
                rows,
                lambda row: product_view(row[0], decimals),
                lambda row: (rfc3339(row[1][0]), row[1][1]),
                count=lambda: store.count_products(door.tx, filters),
            )
        )


@router.get("/products/{sku}")
def get_product(request: Request, sku: str) -> Response:
    """One product. A seller sees their own."""
    with read(request, "catalogue.read") as door:
        product = store.products(door.tx, [sku]).get(sku) if CODE_PATTERN.fullmatch(sku) else None
        if product is None or not _shown_to(door.caller, product):
            raise NotFound(f"there is no product {sku}")
        return door.answer(product_view(product, shop_settings(door.tx).store.currency_decimals))


def _shown_to(caller: Caller, product: Product) -> bool:
    return caller.seller is None or caller.seller == product.seller_id


def _product_of_item(item: Any, decimals: Mapping[str, int], *, known: Mapping[str, Product]) -> Product:
    try:
        body = ProductBody.model_validate(item)
    except ValidationError as error:
        raise SeveralInvalid.of(field_failures(error.errors())) from None
    if body.sku is None:
        raise Invalid("is missing", pointer="/sku")
    if body.sku in known:
        raise Invalid("stands in this request already", pointer="/sku")
    return product_of(body, body.sku, decimals)


def _item_error(index: int, sku: Any, failure: ErrorItem) -> dict[str, Any]:
    message = f"{failure.pointer.removeprefix('/')}: {failure.message}" if failure.pointer else failure.message
    return {"index": index, "sku": sku if isinstance(sku, str) else None, "code": failure.code, "message": message}
