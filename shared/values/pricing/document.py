"""What goes into the pricing of a document, and what comes out. Amounts are ISO minor units, rates and percents basis points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

BASIS_SCALE = 10_000
"""A line's basis is counted in ten-thousandths of a minor unit: a discount percent has four decimals as a fraction, so this is exact."""

ALL_OF_IT = 10_000
"""100 % in basis points."""


class TaxRounding(StrEnum):
    """Where tax is rounded: on each line, or on the sum of each rate (R-MON-04 to R-MON-07)."""

    PER_LINE = "per_line"
    GLOBAL = "global"


class DiscountKind(StrEnum):
    """Percent and amount lower the price before tax; a voucher pays a part of the total, with tax (R-MON-11)."""

    PERCENT = "percent"
    AMOUNT = "amount"
    VOUCHER = "voucher"


class AppliesTo(StrEnum):
    """What an order discount lowers. A voucher comes off the total, whatever stands here."""

    ITEMS = "items"
    SHIPPING = "shipping"
    ALL = "all"


class FigureOutOfRange(ValueError):
    """A price, quantity, percent, rate or discount that no document can have."""

    code: ClassVar[str] = "validation_failed"

    def __init__(self, name: str, value: int) -> None:
        super().__init__(f"{name} cannot be {value}")
        self.name, self.value = name, value


class KeyNotUnique(ValueError):
    """Two lines, or two discounts, of one document have the same key."""

    code: ClassVar[str] = "validation_failed"

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} stands twice in one document")
        self.key = key


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line to price, or the shipping (quantity 1, no discount percent). `unit_price` is net or gross, as the document's prices are.

    `key` is the caller's, unique in the document. Raises FigureOutOfRange.
    """

    key: str
    unit_price: int
    quantity: int
    discount_bp: int
    rate_bp: int

    def __post_init__(self) -> None:
        if self.unit_price < 0:
            raise FigureOutOfRange("unit_price", self.unit_price)
        if self.quantity < 0:
            raise FigureOutOfRange("quantity", self.quantity)
        if not 0 <= self.discount_bp <= ALL_OF_IT:
            raise FigureOutOfRange("discount_percent", self.discount_bp)
        if self.rate_bp < 0:
            raise FigureOutOfRange("tax_rate", self.rate_bp)

    @property
    def basis(self) -> int:
        """Unit price × quantity less the discount percent, exact, in ten-thousandths of a minor unit. Source: R-MON-03."""
        return self.unit_price * self.quantity * (ALL_OF_IT - self.discount_bp)


@dataclass(frozen=True, slots=True)
class OrderDiscount:
    """A discount on the whole document, in the order it is applied in (R-MON-11, R-MON-12).

    `value` is basis points of a percent, else minor units; what is finer than the document's precision is left out.
    `shares`, by line key, freezes what each line once got: a removed line took its own share with it and the others keep
    theirs (R-MON-20). Without it the discount is given out anew. Raises FigureOutOfRange.
    """

    key: str
    kind: DiscountKind
    value: int
    applies_to: AppliesTo
    shares: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        if self.value < 0 or (self.kind is DiscountKind.PERCENT and self.value > ALL_OF_IT):
            raise FigureOutOfRange("discount", self.value)
        if self.shares and min(self.shares.values()) < 0:
            raise FigureOutOfRange("discount share", min(self.shares.values()))


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its figures after order discounts and vouchers; net + tax = total.

    `discount` is its share of the order discounts, in the price basis; `voucher` its share of the vouchers, with tax.
    """

    key: str
    rate_bp: int
    quantity: int
    discount: int
    voucher: int
    net: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class AppliedDiscount:
    """What an order discount came to, and how much of it each line bears; lines that bear nothing are left out."""

    key: str
    amount: int
    shares: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TaxLine:
    """Net and tax of one rate: of a document, of a part of it, or of what is left of it."""

    rate_bp: int
    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def sum_by_rate(parts: Iterable[TaxLine]) -> tuple[TaxLine, ...]:
    """`parts` added up to one tax line for each rate, in the order in which the rates first appear."""
    sums: dict[int, TaxLine] = {}
    for part in parts:
        before = sums.get(part.rate_bp, TaxLine(part.rate_bp, 0, 0))
        sums[part.rate_bp] = TaxLine(part.rate_bp, before.net + part.net, before.tax + part.tax)
    return tuple(sums.values())


@dataclass(frozen=True, slots=True)
class Totals:
    """The document's sums; net + tax = total.

    Before vouchers: items + shipping - discount = net, or total when prices include tax. `voucher` has already come off net, tax
    and total. `tax_lines` are in the order in which the lines first name a rate, shipping last.
    """

    items: int
    discount: int
    shipping: int
    voucher: int
    net: int
    tax: int
    total: int
    tax_lines: tuple[TaxLine, ...]


@dataclass(frozen=True, slots=True)
class PricedDocument:
    """A priced cart, order, invoice or quotation: one engine for all of them (R-MON-14)."""

    lines: tuple[PricedLine, ...]
    shipping: PricedLine | None
    discounts: tuple[AppliedDiscount, ...]
    totals: Totals

    @property
    def items_after_discounts(self) -> int:
        """Items less their share of the order discounts, before vouchers, as priced: what free shipping looks at (R-DLV-20)."""
        return self.totals.items - sum(line.discount for line in self.lines)
