"""Payments, methods and provider events as api.md, section 7 shows them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.billing.domain.method import Method, text_in, unavailable_at_all
from services.billing.domain.payment import Payment
from services.billing.domain.provider_event import ProviderEvent
from shared.language.catalogue import pick
from shared.values.clock import rfc3339


def payment_view(payment: Payment) -> dict[str, Any]:
    """A payment for anybody who may see it."""
    write = payment.precision.format
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "method": payment.method,
        "kind": payment.kind,
        "provider": payment.provider,
        "reference": payment.reference,
        "livemode": payment.livemode,
        "state": payment.state,
        "amount": write(payment.amount),
        "currency": payment.currency,
        "captured": write(payment.captured),
        "released": write(payment.released),
        "refunded": write(payment.refunded),
        "refundable": write(payment.captured - payment.refunded),
        "capture": payment.capture,
        "authorized_until": _at(payment.authorized_until),
        "orphaned": payment.orphaned,
        "review": payment.review,
        "dispute": payment.dispute,
        "failure": payment.failure,
        "received": payment.received,
        "provider_ref": payment.provider_ref,
        "receipt_number": payment.receipt_number,
        "paid_at": _at(payment.paid_at),
        "created_at": rfc3339(payment.created_at),
        "captured_at": _at(payment.captured_at),
    }


def customer_payment_view(payment: Payment) -> dict[str, Any]:
    """For the order's customer: with how it is paid, as long as an offline payment waits for its money."""
    if payment.instructions is None or not payment.payable:
        return payment_view(payment)
    instructions = {
        **payment.instructions,
        "reference": payment.reference,
        "amount": payment.precision.format(payment.amount),
        "currency": payment.currency,
        "deadline_at": _at(payment.deadline_at),
    }
    return payment_view(payment) | {"instructions": instructions}


def staff_payment_view(payment: Payment, dashboard: str | None) -> dict[str, Any]:
    """For staff, with the payment's page in the provider's `dashboard`."""
    url = None
    if payment.provider_ref is not None and dashboard is not None:
        url = f"{dashboard}/{'' if payment.livemode else 'test/'}payments/{payment.provider_ref}"
    return payment_view(payment) | {
        "provider_url": url,
        "bank": payment.bank,
        "note": payment.note,
        "reviewed_by": payment.reviewed_by,
        "reviewed_at": _at(payment.reviewed_at),
        "resolution": payment.resolution,
    }


def payable_view(payment: Payment, *, client_secret: str | None, publishable_key: str | None) -> dict[str, Any]:
    """For the customer who is about to pay: what the browser needs, as long as there is something to pay."""
    if not payment.payable or payment.offline:
        return customer_payment_view(payment)
    return payment_view(payment) | {"client_secret": client_secret, "publishable_key": publishable_key}


def method_view(method: Method, providers: Collection[str]) -> dict[str, Any]:
    """A method for staff."""
    reason = unavailable_at_all(method, providers)
    return {
        "code": method.code,
        "names": method.names,
        "kind": method.kind,
        "provider": method.provider,
        "active": method.active,
        "staff_only": method.staff_only,
        "available": reason is None,
        "unavailable_reason": reason,
        "position": method.position,
        "instructions": method.instructions,
        "details": method.details,
        "confirm_on": method.confirm_on,
        "hold_minutes": method.hold_minutes,
        "reminder_minutes": method.reminder_minutes,
        "on_expiry": method.on_expiry,
        "capture": method.capture,
        "review": method.review,
        "refund_support": method.refund_support,
        "capture_support": method.capture_support,
        "countries": method.countries,
        "currencies": method.currencies,
        "min_amount": method.min_amount,
        "max_amount": method.max_amount,
    }


def offered_method_view(method: Method, *, reason: str | None, language: str, default_language: str) -> dict[str, Any]:
    """A method for the customer of a cart. `reason`: why it cannot be used for it."""
    view: dict[str, Any] = {
        "code": method.code,
        "name": pick(method.names, language, default_language),
        "kind": method.kind,
        "available": reason is None,
    }
    if text := text_in(method.instructions, language, default_language):
        view["instructions"] = text
    return view if reason is None else view | {"reason": reason}


def provider_event_view(event: ProviderEvent) -> dict[str, Any]:
    """An event of the provider for staff."""
    return {
        "id": event.id,
        "provider": event.provider,
        "event_id": event.event_id,
        "type": event.type,
        "state": event.state,
        "reason": event.reason,
        "payment_id": event.payment_id,
        "received_at": rfc3339(event.received_at),
        "applied_at": _at(event.applied_at),
        "deliveries": event.deliveries,
        "raw": event.raw,
    }


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)
