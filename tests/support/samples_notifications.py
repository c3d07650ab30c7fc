"""Facts as orders, billing and delivery tell them, for tests of mails and the timeline."""

from __future__ import annotations

import hashlib
from typing import Any

from shared.contracts.base import Instructions
from shared.contracts.billing import (
    Failure,
    InvoiceOverdue,
    InvoiceRendered,
    PaymentCaptured,
    PaymentFailed,
)
from shared.contracts.delivery import (
    DeliveryDone,
    DeliveryLine,
    ParcelContent,
    ParcelLine,
    PickupReady,
)
from shared.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    OrderLine,
    OrderSent,
    OrderSubmitted,
    PaymentReminderDue,
    SellerContact,
    Shipping,
    TaxLine,
    Totals,
    Who,
)
from shared.values.ids import new_id

PDF = b"%PDF-1.7 invoice"


def who(**changed: Any) -> Who:
    """Ada, who reads English and has a mail address."""
    values = {"name": "Ada Brown", "email": "ada@example.com", "phone": "+442079460000", "language": "en", "token_generation": 1}
    return Who.model_validate(values | changed)


def line(sku: str, *, name: str, total: str, seller: str | None = None, quantity: int = 1) -> OrderLine:
    """A line without tax."""
    return OrderLine(
        line_id=new_id("lin"),
        sku=sku,
        name=name,
        type="goods",
        quantity=quantity,
        unit_price=total,
        discount="0.00",
        voucher="0.00",
        net=total,
        tax="0.00",
        total=total,
        tax_rate_bp=0,
        seller_id=seller,
    )


def _content(order_id: str, **changed: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "number": "SO000123",
        "submission": 1,
        "who": who(),
        "currency": "EUR",
        "decimals": 2,
        "test": False,
        "prices_include_tax": False,
        "tax_rounding": "per_line",
        "channel": "web",
        "totals": Totals(
            items="40.00",
            discount="0.00",
            shipping="5.00",
            voucher="0.00",
            net="45.00",
            tax="0.00",
            total="45.00",
            tax_lines=(TaxLine(rate_bp=0, net="45.00", tax="0.00"),),
        ),
        "lines": (
            line("MUG-1", name="Oak mug", total="25.00", seller="kiln", quantity=2),
            line("AXE-1", name="Felling axe", total="15.00", seller="forge"),
        ),
        "shipping": Shipping(
            method="post",
            name="Post",
            price="5.00",
            tax_rate_bp=0,
            discount="0.00",
            voucher="0.00",
            net="5.00",
            tax="0.00",
            total="5.00",
            pickup=False,
            carrier="manual",
        ),
        "shipping_address": {"name": "Ada Brown", "line1": "7 Mill Road", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"},
        "customer_note": "Ring twice",
        "payment_method": "card",
        "sellers": (
            SellerContact(code="kiln", name="The Kiln", emails=("kiln@example.org",), language="en"),
            SellerContact(code="forge", name="The Forge", emails=("forge@example.org",), language="ru"),
        ),
        "created_at": "2031-05-01T11:00:00.000000Z",
        **changed,
    }


def order_created(order_id: str) -> OrderCreated:
    """A cart."""
    return OrderCreated(order_id=order_id, channel="web", language="en", currency="EUR")


def order_submitted(order_id: str, **changed: Any) -> OrderSubmitted:
    """Checked out."""
    return OrderSubmitted.model_validate(_content(order_id, **changed))


def order_confirmed(order_id: str, **changed: Any) -> OrderConfirmed:
    """Paid and binding, with a mug of the kiln and an axe of the forge."""
    values = {"confirmed_by": "auto", "confirmed_at": "2031-05-01T12:00:00.000000Z", "paid": True}
    return OrderConfirmed.model_validate(_content(order_id, **(values | changed)))


def payment_values(order_id: str, payment_id: str, *, state: str) -> dict[str, Any]:
    """What every fact about a payment of 45 euro has."""
    return {
        "payment_id": payment_id,
        "order_id": order_id,
        "number": "SO000123",
        "submission": 1,
        "method": "card",
        "kind": "online",
        "state": state,
        "amount": "45.00",
        "currency": "EUR",
        "captured": "45.00" if state == "captured" else "0.00",
        "refunded": "0.00",
        "reference": "SO000123",
        "authorized_total": "0.00",
        "captured_total": "45.00" if state == "captured" else "0.00",
        "due": "0.00" if state == "captured" else "45.00",
    }


def payment_failed(order_id: str, payment_id: str, *, state_before: str = "created") -> PaymentFailed:
    """The card was declined."""
    failure = Failure(code="card_declined", message="Your card was declined.")
    return PaymentFailed(**payment_values(order_id, payment_id, state="failed"), state_before=state_before, failure=failure)


def payment_captured(order_id: str, payment_id: str, **changed: Any) -> PaymentCaptured:
    """The money is there."""
    values = payment_values(order_id, payment_id, state="captured") | {"confirms_order": True, "released": "0.00"}
    return PaymentCaptured.model_validate(values | changed)


def invoice_rendered(order_id: str, *, content: bytes = PDF, **changed: Any) -> InvoiceRendered:
    """An invoice whose PDF has these bytes."""
    values = {
        "invoice_id": new_id("inv"),
        "order_id": order_id,
        "number": "INV/2031/00042",
        "order_number": "SO000123",
        "total": "45.00",
        "currency": "EUR",
        "decimals": 2,
        "sha256": hashlib.sha256(content).hexdigest(),
        "amount_due": "0.00",
    }
    return InvoiceRendered.model_validate(values | changed)


def delivery_done(order_id: str, **changed: Any) -> DeliveryDone:
    """A parcel with a number is on its way; an axe follows."""
    remaining = DeliveryLine(delivery_line_id=new_id("dln"), sku="AXE-1", name="Felling axe", quantity=1, reserved=0, done=0)
    shipped = DeliveryLine(delivery_line_id=new_id("dln"), sku="MUG-1", name="Oak mug", quantity=2, reserved=2, done=2)
    values = {
        "delivery_id": new_id("dlv"),
        "order_id": order_id,
        "number": "DO000123",
        "kind": "outgoing",
        "step": "ship",
        "state": "done",
        "lines": (shipped,),
        "last": True,
        "to_customer": True,
        "pickup": False,
        "parcels": (parcel(),),
        "remaining": (remaining,),
        "notify": True,
        "done_at": "2031-05-02T09:00:00.000000Z",
    }
    return DeliveryDone.model_validate(values | changed)


def parcel(**changed: Any) -> ParcelContent:
    """Two mugs by Posti, with number and link."""
    values = {
        "id": new_id("pcl"),
        "carrier": "Posti",
        "tracking_number": "JJFI0001",
        "tracking_url": "https://track.example.org/JJFI0001",
        "lines": (ParcelLine(sku="MUG-1", name="Oak mug", quantity=2),),
    }
    return ParcelContent.model_validate(values | changed)


def order_sent(order_id: str, **changed: Any) -> OrderSent:
    """An order that waits for its wire transfer."""
    values = {
        "order_id": order_id,
        "number": "SO000123",
        "submission": 1,
        "who": who(),
        "currency": "EUR",
        "decimals": 2,
        "total": "45.00",
        "by": "payment",
        "reference": "SO000123",
        "instructions": Instructions(text="Thank you.", details={"iban": "NL91ABNA0417164300"}, amount="45.00"),
        "deadline_at": "2031-05-08T12:00:00.000000Z",
    }
    return OrderSent.model_validate(values | changed)


def payment_reminder_due(order_id: str, **changed: Any) -> PaymentReminderDue:
    """The transfer was not seen yet."""
    values = {
        "order_id": order_id,
        "number": "SO000123",
        "submission": 1,
        "who": who(),
        "amount": "45.00",
        "currency": "EUR",
        "decimals": 2,
        "reference": "SO000123",
        "instructions": Instructions(details={"iban": "NL91ABNA0417164300"}, amount="45.00"),
        "deadline_at": "2031-05-08T12:00:00.000000Z",
    }
    return PaymentReminderDue.model_validate(values | changed)


def order_cancelled(order_id: str, **changed: Any) -> OrderCancelled:
    """A confirmed order that the customer does not want any more."""
    values = {
        "order_id": order_id,
        "number": "SO000123",
        "who": who(),
        "reason": "customer_request",
        "state_before": "confirmed",
        "submission": 1,
        "notify": True,
    }
    return OrderCancelled.model_validate(values | changed)


def pickup_ready(order_id: str, **changed: Any) -> PickupReady:
    """Two mugs wait at the counter."""
    done = delivery_done(order_id)
    values = done.model_dump(include={"order_id", "delivery_id", "number", "kind", "step", "lines"})
    return PickupReady.model_validate(values | {"state": "ready", "pickup": True, "code": "4711-08", "warehouse": "main"} | changed)


def invoice_overdue(order_id: str, **changed: Any) -> InvoiceOverdue:
    """Three days past its due date."""
    values = {
        "invoice_id": "inv_01J00000000000000000000001",
        "order_id": order_id,
        "number": "INV/2031/00042",
        "order_number": "SO000123",
        "days": 3,
        "due_at": "2031-05-15T21:59:59.000000Z",
        "amount_due": "45.00",
        "currency": "EUR",
        "decimals": 2,
    }
    return InvoiceOverdue.model_validate(values | changed)
