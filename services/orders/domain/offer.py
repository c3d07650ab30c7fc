"""What the shop offers at this moment: the products, methods and stock that an order is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.orders.domain.catalogue import Product
from services.orders.domain.order import Line, Order
from services.orders.domain.shipping import ShippingMethod
from shared.values.pricing import Taxed, price_for_customer, tax_rate_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`available` is a copy of what delivery told last: a sku that is not in it has never been counted, which is 0."""

    products: Mapping[str, Product]
    methods: Mapping[str, ShippingMethod]
    available: Mapping[str, int]
    allow_zero_price: bool
    default_language: str

    def price_of(self, product: Product, order: Order) -> int | None:
        """The unit price for this order's customer; None where it has no price in the currency, or none but 0 (R-ORD-06, R-MON-24)."""
        listed = product.prices.get(order.currency)
        if listed is None or (listed == 0 and not self.allow_zero_price):
            return None
        return price_for_customer(
            order.precision.round(listed),
            plain_rate_bp=product.tax_rate_bp,
            prices_include_tax=order.prices_include_tax,
            tax_exempt=order.tax_exempt,
            precision=order.precision,
        )

    def with_method(self, method: ShippingMethod) -> Offer:
        """The same with one more shipping method."""
        return replace(self, methods={**self.methods, method.code: method})

    def sellable(self, line: Line, order: Order) -> bool:
        """Whether the line can be bought today; staff's price stands in for the catalogue's."""
        product = self.products.get(line.sku)
        return product is not None and product.active and (order.staff_priced or self.price_of(product, order) is not None)


def tax_rate_of_product(product: Product, order: Order) -> int:
    """Basis points (R-MON-25)."""
    return tax_rate_for(
        Taxed(product.type),
        plain_rate_bp=product.tax_rate_bp,
        rates_by_country=product.tax_rates_bp,
        shipping_country=order.shipping_country,
        billing_country=order.billing_country,
        tax_exempt=order.tax_exempt,
    )


def tax_rate_of_shipping(method: ShippingMethod, order: Order) -> int:
    """Basis points (R-MON-25)."""
    return tax_rate_for(
        Taxed.SHIPPING,
        plain_rate_bp=method.tax_rate_bp,
        rates_by_country=method.tax_rates_bp,
        shipping_country=order.shipping_country,
        billing_country=order.billing_country,
        tax_exempt=order.tax_exempt,
    )
