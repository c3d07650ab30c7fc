"""What the neighbours of orders would tell of an order that is paid without a provider, worked at, or in trouble."""

from __future__ import annotations

from typing import Any

from shared.contracts import billing, delivery
from shared.contracts.base import Instructions
from tests.support.samples_order_facts import captured, delivery_fact, payment

DEADLINE = "2031-05-04T12:00:00Z"
REMINDER = "2031-05-03T12:00:00Z"


def awaited(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """A transfer over the total is awaited."""
    instructions = Instructions(text="Please transfer", details={"iban": "DE02"}, amount=order["totals"]["total"])
    fields: dict[str, Any] = {
        "payment_id": f"pay_wire{order['id'][8:]}",
        "method": "wire",
        "kind": "offline",
        "state": "pending",
        "confirms_order": False,
        "instructions": instructions,
        "reference": f"{order['number']}-1",
    }
    return payment(order, billing.PaymentPending, **(fields | changes))


def recorded(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """The transfer has come."""
    fields = {"payment_id": f"pay_wire{order['id'][8:]}", "method": "wire", "kind": "offline", "reference": f"{order['number']}-1"}
    return captured(order, **(fields | changes))


def withdrawn(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """The transfer is not awaited any more."""
    fields = {"payment_id": f"pay_wire{order['id'][8:]}", "method": "wire", "kind": "offline", "state": "cancelled"}
    return payment(order, billing.PaymentCancelled, **(fields | changes))


def _news(order: dict[str, Any]) -> dict[str, Any]:
    return {"payment_id": f"pay_{order['id'][4:]}", "order_id": order["id"], "amount": order["totals"]["total"], "currency": "EUR"}


def disputed(order: dict[str, Any], dispute: str = "open", **changes: Any) -> billing.PaymentDisputed:
    """The customer's bank, over the whole payment unless `amount` says less."""
    return billing.PaymentDisputed(**_news(order) | changes, dispute=dispute)


def reviewed(order: dict[str, Any], result: str) -> billing.PaymentReviewed:
    """A person looked at the payment."""
    return billing.PaymentReviewed(**_news(order), result=result, by="Ada")


def review_required(order: dict[str, Any]) -> billing.ReviewRequired:
    """A person has to look at the payment."""
    return billing.ReviewRequired(**_news(order))


def resolved(order: dict[str, Any], action: str = "ignore") -> billing.PaymentResolved:
    """A person decided about money that did not fit."""
    return billing.PaymentResolved(**_news(order), action=action, note="a typing error of the bank")


def expired(order: dict[str, Any]) -> billing.AuthorizationExpired:
    """The promise is over."""
    return billing.AuthorizationExpired(**_news(order), authorized_until="2031-05-08T12:00:00Z")


def started(order: dict[str, Any], **changes: Any) -> delivery.DeliveryEvent:
    """Somebody packs it."""
    return delivery_fact(order, delivery.DeliveryStarted, **changes)


def pickup_ready(order: dict[str, Any], **changes: Any) -> delivery.DeliveryEvent:
    """It waits at the counter."""
    return delivery_fact(order, delivery.PickupReady, **({"pickup": True, "code": "4711"} | changes))


def backordered(order: dict[str, Any], **changes: Any) -> delivery.DeliveryEvent:
    """What was not handed over waits in a delivery of its own."""
    fields = {"backorder_id": "dlv_second", "backorder_number": "DO000002", "state": "done"}
    return delivery_fact(order, delivery.DeliveryBackordered, **(fields | changes))


def units_cancelled(order: dict[str, Any], *, quantity: int = 1, reason: str = "shortage") -> delivery.UnitsCancelled:
    """Units of the first line that nobody will get."""
    line = order["lines"][0]
    lines = (delivery.StockLine(line_id=line["id"], sku=line["sku"], quantity=quantity),)
    return delivery.UnitsCancelled(delivery_id=f"dlv_{order['id'][4:]}", order_id=order["id"], reason=reason, lines=lines)
