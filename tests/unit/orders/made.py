"""Orders, lines and words of other services, with as few values as a rule needs."""

from __future__ import annotations

from typing import Any

from services.orders.domain.order import Line, Order, Purchase
from services.orders.domain.parts import Part, Parts
from tests.support.driver import NOON


def order(**values: Any) -> Order:
    """A confirmed order of 100.00 EUR that is invoiced as it is confirmed."""
    given: dict[str, Any] = {
        "id": "ord_1",
        "state": "confirmed",
        "channel": "web",
        "language": "en",
        "test": False,
        "currency": "EUR",
        "decimals": 2,
        "prices_include_tax": False,
        "tax_rounding": "per_line",
        "prepayment_percent": 100,
        "created_at": NOON,
        "last_activity_at": NOON,
        "total": 10000,
        "invoice_trigger": "on_confirm",
    }
    return Order(**given | values)


def line(name: str = "lin_1", quantity: int = 4, **values: Any) -> Line:
    """Goods at 25.00 each; its sku is its name in capitals."""
    given: dict[str, Any] = {
        "id": name,
        "order_id": "ord_1",
        "position": 0,
        "sku": name.upper(),
        "name": name,
        "type": "goods",
        "quantity": quantity,
        "unit_price": 2500,
        "list_price": 2500,
        "rate_bp": 0,
        "net": 2500 * quantity,
        "total": 2500 * quantity,
        "seller_id": None,
        "returnable": True,
        "return_period_days": None,
        "weight_g": 100,
        "allow_backorder": False,
        "attributes": {},
        "barcode": None,
    }
    return Line(**given | values)


def purchase(*lines: Line, **values: Any) -> Purchase:
    """Such an order with these lines."""
    return Purchase(order(**values), lines)


def part(kind: str, name: str = "r", seq: int = 1, **values: Any) -> Part:
    return Part(kind, name, seq, values)


def units(kind: str, name: str = "r", seq: int = 1, *, more: dict[str, Any] | None = None, **quantities: int) -> Part:
    """A word that names units by line."""
    return Part(kind, name, seq, {"units": quantities, **(more or {})})


def delivery(name: str = "dlv_1", state: str = "done", *, last: bool = True, pickup: bool = False, **quantities: int) -> Part:
    return Part("delivery", name, 1, {"state": state, "last": last, "pickup": pickup, "units": quantities})


def payment(state: str = "captured", name: str = "pay_1", **values: Any) -> Part:
    """Of a card, over the whole order; what is captured is all of it."""
    given: dict[str, Any] = {
        "submission": 1,
        "method": "card",
        "kind": "online",
        "state": state,
        "amount": 10000,
        "captured": 10000 if state == "captured" else 0,
        "refunded": 0,
        "orphaned": False,
        "mismatched": False,
        "confirms": True,
        "reference": "SO1",
        "instructions": None,
        "deadline_at": None,
        "numbers": [],
    }
    return Part("payment", name, 1, given | values)


def parts(*some: Part) -> Parts:
    return Parts.of(some)
