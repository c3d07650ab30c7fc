"""When a mail that waits to be sent is no longer true (lifecycles.md, N2): which facts overtake it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from shared.language.numbers import minor_units


class Overtaking(NamedTuple):
    """Facts that make a mail untrue: of its own record or of any record of its order, told after its cause or since the order was sent."""

    facts: Mapping[str, Callable[[Mapping[str, Any]], bool]]
    """By name, and whether the payload says so."""
    scope: Literal["record", "order"] = "record"
    since: Literal["cause", "submission"] = "cause"


def _always(_payload: Mapping[str, Any]) -> bool:
    return True


def _settled(payload: Mapping[str, Any]) -> bool:
    return minor_units(payload["due"])[0] <= 0


_NO_LONGER_OPEN: Final = dict.fromkeys(("orders.order_confirmed", "orders.order_cancelled", "orders.order_reopened"), _always)

OVERTAKEN_BY: Final[Mapping[str, Overtaking]] = {
    "payment_failed": Overtaking(
        dict.fromkeys(("billing.payment_pending", "billing.payment_authorized", "billing.payment_captured"), _always)
    ),
    "payment_instructions": Overtaking(_NO_LONGER_OPEN),
    "quotation": Overtaking(_NO_LONGER_OPEN),
    # The money may have come before the reminder was told of, and its fact not have reached orders yet.
    "payment_reminder": Overtaking({**_NO_LONGER_OPEN, "billing.payment_captured": _settled}, scope="order", since="submission"),
    "invoice_reminder": Overtaking({"billing.invoice_paid": _always}),
    "ready_for_pickup": Overtaking(dict.fromkeys(("delivery.delivery_done", "delivery.delivery_cancelled"), _always)),
}
"""By template. Only what may turn untrue between its cause and its sending."""
