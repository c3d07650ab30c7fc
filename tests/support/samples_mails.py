"""Every mail there is, as variables of its template, in each of the four languages and in each of the ways it can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.notifications.domain import mail
from services.notifications.domain.task import TaskDraft
from services.notifications.domain.task_words import title_of
from tests.support.samples_paper import BUYERS, GOODS, LINKS, PAYMENT, STORE, delivery_done, invoice, names, order_confirmed

PICKUP_CODE = "4711-08"


def order_sent(language: str = "en", **changed: Any) -> dict[str, Any]:
    """The payload of `orders.order_sent` by an offline payment over the whole."""
    buyer = BUYERS[language]
    values = {
        "number": "SO000123",
        "who": {key: buyer[key] for key in ("name", "email", "phone")} | {"language": language},
        "currency": "EUR",
        "total": "1299.00",
        "by": "payment",
        "reference": "SO000123",
        "instructions": {**PAYMENT["instructions"], "amount": "1299.00"},
        "deadline_at": PAYMENT["deadline_at"],
        "valid_until": None,
    }
    return values | changed


def invoice_overdue() -> dict[str, Any]:
    """The payload of `billing.invoice_overdue`."""
    return {
        "number": "INV/2031/00042",
        "order_number": "SO000123",
        "amount_due": "3847.84",
        "currency": "EUR",
        "due_at": "2031-05-15T21:59:59Z",
    }


def pickup_ready(language: str = "en") -> dict[str, Any]:
    """The payload of `delivery.pickup_ready`."""
    lines = [{"sku": f"OAK-00{n}", "name": name, "quantity": n + 1, "reserved": n + 1} for n, name in enumerate(GOODS[language])]
    return {"code": PICKUP_CODE, "lines": lines}


def alert_title(language: str) -> str:
    """The title of a task."""
    draft = TaskDraft(kind="stock_short", cause="stock_short", record_type="order", record_id="ord_1", order_id="ord_1", data={})
    return title_of(draft, language, number="SO000123")


def every_mail(language: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Template, which way it reads, and its variables."""
    name = BUYERS[language]["name"]
    house: Any = {"store": STORE, "links": LINKS}
    order: Any = {"number": "SO000123", "name": name, **house}
    failed = {"amount": "129.00", "currency": "EUR"}
    prepaid = {**PAYMENT["instructions"], "amount": "389.70"}
    picked = order_confirmed(language, paid=True) | {"shipping": {"method": "shop", "name": "DHL", "total": "6.10", "pickup": True}}
    seller = {"number": "SO000123", "name": None, "reason": "customer_request", "reader": "seller", **house}

    yield "order_confirmation", "unpaid", mail.order_confirmation(order_confirmed(language), **house)
    yield "order_confirmation", "paid", mail.order_confirmation(order_confirmed(language, paid=True), **house)
    yield "order_confirmation", "pickup", mail.order_confirmation(picked, **house)
    yield "new_order", "shop", mail.new_order(order_confirmed(language), **house, seller=None)
    yield "new_order", "seller", mail.new_order(order_confirmed(language), **house, seller="kiln")
    yield "payment_instructions", "whole", mail.payment_instructions(order_sent(language), **house)
    yield "payment_instructions", "prepayment", mail.payment_instructions(order_sent(language, instructions=prepaid), **house)
    yield "payment_reminder", "", mail.payment_reminder(order_sent(language) | {"amount": "1299.00"}, **house)
    yield "payment_expired", "payment", mail.payment_expired(**order, reason="payment_expired")
    yield "payment_expired", "quotation", mail.payment_expired(**order, reason="quotation_expired")
    yield "payment_failed", "", mail.payment_failed(failed, **order)
    offer = order_sent(language, valid_until="2031-05-31T21:59:59Z")
    yield "quotation", "", mail.quotation(offer, **house)
    yield "quotation", "message", mail.quotation(offer | {"message": f"{name}, <1 kg.\n5 %."}, **house)
    yield "invoice", "due", mail.invoice(invoice(language), **order)
    yield "invoice", "paid", mail.invoice(invoice(language) | {"amount_due": "0.00"}, **order)
    yield "invoice_reminder", "", mail.invoice_reminder(invoice_overdue(), name=name, **house)
    yield (
        "parcel_shipped",
        "partly",
        mail.parcel_shipped(delivery_done(), **order, names=names(language), expected_at="2031-05-06T16:00:00Z", later=False),
    )
    yield "parcel_shipped", "in full", mail.parcel_shipped(_last_one(), **order, names=names(language), expected_at=None, later=False)
    yield "parcel_shipped", "number", mail.parcel_shipped(_last_one(), **order, names=names(language), expected_at=None, later=True)
    yield "ready_for_pickup", "", mail.ready_for_pickup(pickup_ready(language), **order)
    for reason in ("customer_request", "out_of_stock", "fraud"):
        yield "order_cancelled", reason, mail.order_cancelled(**order, reason=reason, reader="customer")
    yield "order_cancelled", "seller", mail.order_cancelled(**seller)
    yield "staff_alert", "", mail.staff_alert(title=alert_title(language), number="SO000123", **house)


def _last_one() -> dict[str, Any]:
    done = delivery_done()
    return done | {"parcels": done["parcels"][:1], "remaining": []}
