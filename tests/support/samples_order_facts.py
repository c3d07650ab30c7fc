"""What the neighbours of orders would tell of an order, given as the API shows it."""

from __future__ import annotations

from typing import Any

from shared.contracts import billing, delivery


def payment(order: dict[str, Any], cls: type[billing.PaymentEvent] = billing.PaymentCreated, /, **changes: Any) -> billing.PaymentEvent:
    """A fact about the order's one card payment over its total."""
    fields: dict[str, Any] = {
        "payment_id": f"pay_{order['id'][4:]}",
        "order_id": order["id"],
        "number": order["number"],
        "submission": 1,
        "method": "card",
        "kind": "online",
        "state": "created",
        "amount": order["totals"]["total"],
        "currency": order["currency"],
        "captured": "0.00",
        "refunded": "0.00",
        "reference": order["number"],
        "authorized_total": "0.00",
        "captured_total": "0.00",
        "due": order["totals"]["total"],
    }
    return cls(**(fields | changes))


def pending(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """The provider is at it."""
    return payment(order, billing.PaymentPending, state="pending", confirms_order=False, **changes)


def authorized(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """The whole amount is promised, and that is enough."""
    fields = {"state": "authorized", "confirms_order": True, "authorized_until": "2031-05-08T12:00:00Z"} | changes
    return payment(order, billing.PaymentAuthorized, **fields)


def captured(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """The whole amount is there."""
    total = changes.get("amount", order["totals"]["total"])
    fields = {"state": "captured", "confirms_order": True, "captured": total, "captured_total": total, "due": "0.00", "released": "0.00"}
    return payment(order, billing.PaymentCaptured, **(fields | changes))


def failed(order: dict[str, Any], **changes: Any) -> billing.PaymentEvent:
    """The card was declined."""
    failure = billing.Failure(code="card_declined", message="Your card was declined.")
    return payment(order, billing.PaymentFailed, state="failed", failure=failure, **changes)


def mismatched(order: dict[str, Any]) -> billing.PaymentEvent:
    """The provider got another amount than asked."""
    failure = billing.Failure(code="amount_mismatch", message="1.00 instead")
    received = billing.Received(amount="1.00", currency="EUR")
    return payment(order, billing.PaymentMismatched, state="failed", failure=failure, received=received)


def hold_closed(order: dict[str, Any], **changes: Any) -> billing.OpenPaymentClosed:
    """Billing answers that the hold is due: nothing is open any more."""
    fields: dict[str, Any] = {
        "order_id": order["id"],
        "reservation_id": f"res_{order['id'][4:]}",
        "submission": 1,
        "attempt": 1,
        "outcome": "cancelled",
        "on_expiry": "release",
    }
    return billing.OpenPaymentClosed(**(fields | changes))


def reserved(order: dict[str, Any], *, quantity: int = 2, complete: bool = True) -> delivery.StockReserved:
    """Units of the first line are firmly the order's."""
    line = order["lines"][0]
    lines = (delivery.StockLine(line_id=line["id"], sku=line["sku"], quantity=quantity),)
    return delivery.StockReserved(
        reservation_id=f"res_{order['id'][4:]}", order_id=order["id"], submission=1, lines=lines, complete=complete
    )


def short(order: dict[str, Any], *, missing: int = 1) -> delivery.StockShort:
    """Units of the first line are not on the shelf."""
    lines = (delivery.Missing(sku=order["lines"][0]["sku"], missing=missing),)
    return delivery.StockShort(reservation_id=f"res_{order['id'][4:]}", order_id=order["id"], submission=1, lines=lines)


def delivery_fact(order: dict[str, Any], cls: type[delivery.DeliveryEvent], /, **changes: Any) -> delivery.DeliveryEvent:
    """A fact about a delivery of the order's first line; `quantity`, `reserved` and `done` are its units."""
    line = order["lines"][0]
    units = {"quantity": 2, "reserved": 2, "done": 0} | {k: changes.pop(k) for k in ("quantity", "reserved", "done") if k in changes}
    fields: dict[str, Any] = {
        "delivery_id": f"dlv_{order['id'][4:]}",
        "order_id": order["id"],
        "number": "DO000001",
        "kind": "outgoing",
        "step": "ship",
        "state": "ready",
        "lines": (delivery.DeliveryLine(delivery_line_id="dln_1", line_id=line["id"], sku=line["sku"], name=line["name"], **units),),
    }
    return cls(**(fields | changes))


def delivery_created(order: dict[str, Any], **changes: Any) -> delivery.DeliveryEvent:
    """The goods are in a chain."""
    return delivery_fact(order, delivery.DeliveryCreated, **({"state": "waiting_stock", "reserved": 0} | changes))


def delivery_ready(order: dict[str, Any], **changes: Any) -> delivery.DeliveryEvent:
    """All of it is reserved."""
    return delivery_fact(order, delivery.DeliveryReady, **changes)


def delivery_done(order: dict[str, Any], **changes: Any) -> delivery.DeliveryEvent:
    """Handed over to the carrier."""
    fields = {
        "state": "done",
        "reserved": 0,
        "done": 2,
        "last": True,
        "to_customer": True,
        "pickup": False,
        "parcels": (),
        "notify": True,
        "done_at": "2031-05-02T10:00:00Z",
    } | changes
    return delivery_fact(order, delivery.DeliveryDone, **fields)


def parcel_delivered(
    order: dict[str, Any], *, quantity: int = 2, parcel: str = "1", at: str = "2031-05-03T15:00:00Z"
) -> delivery.ParcelDelivered:
    """A parcel of the first line is at the customer's."""
    line = order["lines"][0]
    content = (delivery.ParcelLine(line_id=line["id"], sku=line["sku"], name=line["name"], quantity=quantity),)
    return delivery.ParcelDelivered(
        parcel_id=f"pcl_{order['id'][4:]}{parcel}", delivery_id=f"dlv_{order['id'][4:]}", order_id=order["id"], at=at, lines=content
    )


def parcel_moved(order: dict[str, Any], *, state: str = "in_transit") -> delivery.ParcelMoved:
    """The carrier has news."""
    return delivery.ParcelMoved(
        parcel_id=f"pcl_{order['id'][4:]}1",
        delivery_id=f"dlv_{order['id'][4:]}",
        order_id=order["id"],
        state=state,
        at="2031-05-02T10:00:00Z",
        carrier="manual",
    )


def invoice_posted(order: dict[str, Any], **changes: Any) -> billing.InvoicePosted:
    """All lines are on one invoice."""
    fields: dict[str, Any] = {
        "invoice_id": f"inv_{order['id'][4:]}",
        "order_id": order["id"],
        "number": "INV/2031/00001",
        "total": order["totals"]["total"],
        "currency": order["currency"],
        "lines": tuple(billing.InvoicedLine(line_id=line["id"], quantity=line["quantity"]) for line in order["lines"]),
    }
    return billing.InvoicePosted(**(fields | changes))


def invoice_paid(order: dict[str, Any]) -> billing.InvoicePaid:
    """The invoice is paid."""
    return billing.InvoicePaid(invoice_id=f"inv_{order['id'][4:]}", order_id=order["id"], number="INV/2031/00001", payment_state="paid")
