"""Products and sellers: read by carts and lists, written as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select

from services.orders.domain.catalogue import Product, Seller, searchable
from services.orders.tables.catalogue import PRODUCTS, SELLERS
from shared.db.keyset import count_of, page_of
from shared.db.tx import Tx
from shared.db.upsert import upserts

Key = tuple[datetime, str]
"""A row's place in a list, newest first: when it was made, and its code."""

_PRODUCTS: Final = select(PRODUCTS).where(PRODUCTS.c.sku.in_(bindparam("skus", expanding=True)))
_SELLERS: Final = select(SELLERS).where(SELLERS.c.code.in_(bindparam("codes", expanding=True)))
_PUT_PRODUCTS: Final = {
    dialect: statement.returning(PRODUCTS.c.sku, PRODUCTS.c.version)
    for dialect, statement in upserts(PRODUCTS, key="sku", kept=("created_at",), raised="version").items()
}
_PUT_SELLERS: Final = {
    dialect: statement.returning(SELLERS.c.version)
    for dialect, statement in upserts(SELLERS, key="code", kept=("created_at",), raised="version").items()
}


def products(tx: Tx, skus: Collection[str]) -> dict[str, Product]:
    """The products of these skus, by sku, inactive ones too; a sku that is not there is absent."""
    return {row.sku: _product(row) for row in tx.execute(_PRODUCTS, {"skus": sorted(set(skus))})}


def sellers(tx: Tx, codes: Collection[str]) -> dict[str, Seller]:
    """The sellers of these codes, by code, inactive ones too; a code that is not there is absent."""
    return {row.code: _seller(row) for row in tx.execute(_SELLERS, {"codes": sorted(set(codes))})}


def list_products(tx: Tx, filters: Mapping[str, Any], *, after: Key | None, rows: int) -> list[tuple[Product, Key]]:
    """Products with their places, newest first.

    `filters`: `q` a text whose words must all occur in sku, a name or the barcode; `seller_id` and `type` collections; `active` a bool.
    """
    statement = page_of(_matching(filters), (PRODUCTS.c.created_at, PRODUCTS.c.sku), after=after, rows=rows)
    return [(_product(row), (row.created_at, row.sku)) for row in tx.execute(statement)]


def count_products(tx: Tx, filters: Mapping[str, Any]) -> int:
    """How many there are."""
    return count_of(tx, _matching(filters))


def list_sellers(tx: Tx, codes: Collection[str] | None, *, after: Key | None, rows: int) -> list[tuple[Seller, Key]]:
    """Sellers with their places, newest first; `codes` limits it to these."""
    statement = page_of(_sellers(codes), (SELLERS.c.created_at, SELLERS.c.code), after=after, rows=rows)
    return [(_seller(row), (row.created_at, row.code)) for row in tx.execute(statement)]


def count_sellers(tx: Tx, codes: Collection[str] | None) -> int:
    """How many there are."""
    return count_of(tx, _sellers(codes))


def put_products(tx: Tx, found: Sequence[Product]) -> set[str]:
    """Writes the products, each sku at most once among them; returns the skus that were new."""
    rows = [_product_row(product) | {"created_at": tx.now, "version": 1} for product in sorted(found, key=lambda product: product.sku)]
    return {row.sku for row in tx.execute(_PUT_PRODUCTS[tx.dialect], rows) if row.version == 1} if rows else set()


def put_seller(tx: Tx, seller: Seller) -> bool:
    """Writes the seller; returns whether it is new."""
    row = {
        "code": seller.code,
        "name": seller.name,
        "emails": list(seller.emails),
        "language": seller.language,
        "phone": seller.phone,
        "active": seller.active,
        "created_at": tx.now,
        "version": 1,
    }
    return bool(tx.execute(_PUT_SELLERS[tx.dialect], row).one().version == 1)


def _matching(filters: Mapping[str, Any]) -> Select[Any]:
    statement = select(PRODUCTS).where(
        *(PRODUCTS.c.searched.contains(word, autoescape=True) for word in searchable(filters.get("q", "")).split())
    )
    for name in ("seller_id", "type"):
        if name in filters:
            statement = statement.where(PRODUCTS.c[name].in_(filters[name]))
    return statement.where(PRODUCTS.c.active.is_(filters["active"])) if "active" in filters else statement


def _sellers(codes: Collection[str] | None) -> Select[Any]:
    return select(SELLERS) if codes is None else select(SELLERS).where(SELLERS.c.code.in_(codes))


def _product(row: Row[Any]) -> Product:
    return Product(
        sku=row.sku,
        names=row.names,
        prices={row.currency: row.price, **row.other_prices},
        currency=row.currency,
        tax_rate_bp=row.tax_rate_bp,
        tax_rates_bp=row.tax_rates_bp,
        type=row.type,
        seller_id=row.seller_id,
        weight_g=row.weight_g,
        returnable=row.returnable,
        return_period_days=row.return_period_days,
        return_actions=None if row.return_actions is None else tuple(row.return_actions),
        allow_backorder=row.allow_backorder,
        barcode=row.barcode,
        hs_code=row.hs_code,
        attributes=row.attributes,
        active=row.active,
    )


def _product_row(product: Product) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "names": dict(product.names),
        "price": product.prices[product.currency],
        "currency": product.currency,
        "other_prices": {currency: price for currency, price in product.prices.items() if currency != product.currency},
        "tax_rate_bp": product.tax_rate_bp,
        "tax_rates_bp": dict(product.tax_rates_bp),
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
        "searched": product.searched,
    }


def _seller(row: Row[Any]) -> Seller:
    return Seller(
        code=row.code,
        name=row.name,
        emails=tuple(row.emails),
        language=row.language,
        phone=row.phone,
        active=row.active,
    )
