"""What of a confirmed order is paid, as far as its confirmation tells."""

from __future__ import annotations

from fractions import Fraction

from shared.contracts.orders import OrderConfirmed
from shared.values.money import Precision


def order_standing(event: OrderConfirmed) -> dict[str, str]:
    """`paid` and `outstanding` for the customer's eyes.

    Confirmed by itself means that the prepayment is captured or authorised (lifecycles.md, O6): only the rest is outstanding.
    Confirmed by staff and not paid: all of it is.
    """
    precision = Precision(event.currency, event.decimals)
    total = precision.parse(event.totals.total)
    if event.paid:
        return {"paid": event.totals.total, "outstanding": precision.format(0)}
    secured = precision.round(Fraction(total * event.prepayment_percent, 100)) if event.confirmed_by == "auto" else 0
    return {"paid": precision.format(0), "outstanding": precision.format(total - secured)}
