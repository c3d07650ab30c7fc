"""Invoices: states, lines, what is settled of them, and their numbers (lifecycles.md, section 5; rules.md, Invoices)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from shared.lifecycle import Lifecycle, Record
from shared.values.money import Precision
from shared.values.pricing import TaxLine, sum_by_rate

DRAFT: Final = "draft"
POSTED: Final = "posted"
CANCELLED: Final = "cancelled"
INVOICE: Final = "invoice"
PRO_FORMA: Final = "pro_forma"
TYPES: Final = (INVOICE, PRO_FORMA, "credit_note")
PAYMENT_STATES: Final = ("not_paid", "in_payment", "partial", "paid", "reversed")

ITEM: Final = "item"
SHIPPING: Final = "shipping"


@dataclass(kw_only=True)
class Invoice(Record):
    """A document over a submission of an order. Amounts are ISO minor units. Once posted, only payments and its PDF are added."""

    LIFECYCLE: ClassVar[Lifecycle] = Lifecycle(
        "invoice",
        {
            (DRAFT, "post"): POSTED,  # I3
            (DRAFT, "cancel"): CANCELLED,  # I2
        },
    )

    type: str
    number: str | None = None
    order_id: str
    order_number: str
    customer_id: str | None
    delivery_id: str | None = None
    """The hand-over whose quantities it holds."""
    trigger_key: str
    """What it was made for, `order:<submission>`, `delivery:<id>` or `request:<n>`: one invoice per order and trigger (R-INV-01)."""
    payment_state: str = "not_paid"
    currency: str
    decimals: int
    net: int
    tax: int
    total: int
    paid: int = 0
    language: str
    prices_include_tax: bool
    tax_rounding: str
    snapshot: dict[str, Any]
    """As it was when it was posted: {seller, buyer, order, shipping_method?, tax_note?, payment?} (R-INV-08)."""
    closes: bool = False
    """Posted, and nothing of its order is left to invoice after it."""
    issued_at: datetime | None = None
    supplied_at: datetime | None = None
    due_at: datetime | None = None
    template_version: int | None = None
    pdf_sha256: str | None = None
    created_at: datetime

    @property
    def precision(self) -> Precision:
        """How its amounts are written."""
        return Precision(self.currency, self.decimals)

    @property
    def amount_due(self) -> int:
        """What is still to pay of it, minor units; its part of the money (`settle`) is never more than its total."""
        return self.total - self.paid

    @property
    def drawn_on_demand(self) -> bool:
        """Whether its paper is drawn for who asks, and not kept: only a posted document is final."""
        return self.state != POSTED

    def settle(self, paid: int, *, moving: int) -> bool:
        """Takes its part of `paid` and of `moving`, money under way. Returns whether anything changed (R-INV-10)."""
        before = (self.paid, self.payment_state)
        self.paid = min(paid, self.total)
        self.payment_state = payment_state(self.total, paid=self.paid, moving=moving)
        return before != (self.paid, self.payment_state)


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """A line of a document: goods, or the shipping (R-MON-09). Amounts are ISO minor units, rates and percents basis points."""

    id: str
    invoice_id: str
    position: int
    kind: str
    order_line_id: str | None
    sku: str | None
    description: str
    quantity: int
    unit_price: int
    discount_percent_bp: int
    discount: int
    voucher: int
    tax_rate_bp: int
    net: int
    tax: int
    total: int


def payment_state(total: int, *, paid: int, moving: int) -> str:
    """How far a document is paid (lifecycles.md, I5)."""
    if paid >= total:
        return "paid"
    if paid > 0:
        return "partial"
    return "in_payment" if moving > 0 else "not_paid"


def tax_lines(lines: Iterable[InvoiceLine]) -> tuple[TaxLine, ...]:
    """Net and tax of each rate, in the order in which the lines name them."""
    return sum_by_rate(TaxLine(line.tax_rate_bp, line.net, line.tax) for line in lines)


def issue_year(issued_at: datetime, time_zone: str) -> int:
    """The year a document is numbered in: that of its issue date where the store is (R-INV-06)."""
    return issued_at.astimezone(ZoneInfo(time_zone)).year


def invoice_number(prefix: str, year: int, sequence: int) -> str:
    """`INV/2031/00042` (api.md, section 2)."""
    return f"{prefix}/{year}/{sequence:05}"
