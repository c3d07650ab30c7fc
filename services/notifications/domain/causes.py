"""What ends the cause of a task: one table, cause to facts. A fact that came before its task counts as well as one that comes after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from shared.language.numbers import minor_units

Envelope = Mapping[str, Any]
Test = Callable[[Envelope], bool]


def _always(_fact: Envelope) -> bool:
    return True


def _never(_fact: Envelope) -> bool:
    return False


class End(NamedTuple):
    """A fact that ends a cause, told of the task's own record or of any record of its order.

    `seldom` tells apart what ordinary orders never tell. Only that is looked up at once, when it is recorded: an ordinary order
    must not cost a statement more. What every order tells is found by the task's own timer.
    """

    fact: str
    of: Literal["record", "order"] = "record"
    when: Test = _always
    seldom: Test = _always


def _payload(field: str, *values: Any) -> Test:
    return lambda fact: fact["payload"].get(field) in values


def _nothing_due(fact: Envelope) -> bool:
    return minor_units(fact["payload"]["due"])[0] <= 0


def _handed_over_in_full(fact: Envelope) -> bool:
    payload = fact["payload"]
    return payload.get("last", True) and payload["kind"] == "outgoing" and not payload.get("remaining")


def _no_first_fact(fact: Envelope) -> bool:
    # The first fact of a reservation that has all its goods ends no shortage.
    return bool(fact["aggregate_seq"] > 1)


def _later_payment(fact: Envelope) -> bool:
    # An order's first payment has the order's number as its reference.
    return bool(fact["payload"]["reference"] != fact["payload"].get("number"))


_CANCELLED: Final = End("orders.order_cancelled", "order")
_HANDED_OVER: Final = End("delivery.delivery_done", "order", _handed_over_in_full, _never)
_REVIEW_PASSED: Final = End("billing.payment_reviewed", when=_payload("result", "passed"))
_RESOLVED: Final = End("billing.payment_resolved")

ENDED_BY: Final[Mapping[str, tuple[End, ...]]] = {
    "duplicate_order": (_CANCELLED, End("orders.order_reopened", "order")),
    "order_late": (_CANCELLED, _HANDED_OVER),
    "stock_short": (
        _CANCELLED,
        End("delivery.stock_reserved", "order", _payload("complete", True), _no_first_fact),
        End("delivery.units_cancelled", "order"),
        _HANDED_OVER,
    ),
    "parcel_lost": (End("delivery.parcel_delivered", seldom=_never),),
    "failed_attempt": (
        End("delivery.parcel_moved", when=_payload("state", "out_for_delivery", "delivered", "returned_to_sender", "lost"), seldom=_never),
    ),
    "payment_mismatch": (
        _RESOLVED,
        End("billing.payment_captured", when=_payload("state_before", "failed"), seldom=_payload("state_before", "failed")),
    ),
    "payment_orphaned": (_RESOLVED,),
    "payment_disputed": (End("billing.payment_disputed", when=_payload("dispute", "won", "lost")),),
    "payment_due": (
        _CANCELLED,
        End("orders.order_released", "order"),
        End("billing.due_changed", "order", _payload("held", False)),
        End("billing.payment_captured", "order", _nothing_due, _later_payment),
    ),
    "payment_review": (_CANCELLED, _REVIEW_PASSED),
    "review_failed": (_CANCELLED, _REVIEW_PASSED),
    "authorization_expiring": (
        End("billing.payment_captured", seldom=_payload("state_before", "authorized")),
        End("billing.payment_cancelled"),
        End("billing.payment_failed"),
        End("billing.authorization_expired"),
    ),
    "paid_not_confirmed": (_CANCELLED, End("orders.order_confirmed", "order", seldom=_never)),
    "payment_differs": (_RESOLVED,),
    "payment_unmatched": (),
    "refund_proposal": (),
    "mail_dead": (),
}
"""Every cause there is. One without an end is closed by hand."""


def ends(fact: Envelope, cause: str, *, record_id: str, order_id: str | None) -> bool:
    """Whether the fact ends this cause of this record or order."""
    return any(
        end.fact == fact["type"]
        and (fact["aggregate_id"] == record_id if end.of == "record" else order_id is not None and fact.get("order_id") == order_id)
        and end.when(fact)
        for end in ENDED_BY[cause]
    )


def may_end_one(fact: Envelope) -> bool:
    """Whether it is worth a look for a task that this fact ends."""
    return any(end.when(fact) and end.seldom(fact) for end in _BY_FACT.get(fact["type"], ()))


def facts_that_end(cause: str) -> tuple[str, ...]:
    """Names of the facts that may end a cause."""
    return tuple(end.fact for end in ENDED_BY[cause])


_BY_FACT: Final[dict[str, list[End]]] = {}
for _ends in ENDED_BY.values():
    for _end in _ends:
        _BY_FACT.setdefault(_end.fact, []).append(_end)
