"""Payments and the provider's events for staff."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.adapters.outside import BillingOutside
from services.billing.api.views import provider_event_view, staff_payment_view
from services.billing.domain.payment import Payment
from services.billing.domain.provider_event import ProviderEvent
from services.billing.store import payments as store
from services.billing.store import provider_events as events_store
from shared.web.door import json_response, read, running
from shared.web.listing import choices_of, listing

router = APIRouter(prefix="/admin/v1")

CHOICES: Final = {
    "review": ("none", "required", "passed", "failed"),
    "dispute": ("none", "open", "won", "lost"),
    "orphaned": ("true", "false"),
}


@router.get("/payments")
def list_payments(request: Request) -> Response:
    """Newest first; `order_id`, `state`, `method`, `provider_ref`, `receipt_number`, `review`, `dispute`, `orphaned`; `q` is a number of
    the payment, its order or its receipt."""
    asked = listing(request, (*store.LIST.filters, "q"), key=(str,))
    for name, allowed in {"state": Payment.LIFECYCLE.states, **CHOICES}.items():
        choices_of(asked.filters, name, allowed)
    outside: BillingOutside = running(request).outside
    with read(request, "payments.read") as door:
        found = store.list_payments(door.tx, asked.filters, after=asked.after, rows=asked.rows)
        return json_response(
            asked.page(
                found,
                lambda payment: staff_payment_view(payment, outside.dashboard),
                lambda payment: (payment.id,),
                count=lambda: store.count_payments(door.tx, asked.filters),
            )
        )


@router.get("/payments/{payment_id}")
def get_payment(request: Request, payment_id: str) -> Response:
    """One payment."""
    outside: BillingOutside = running(request).outside
    with read(request, "payments.read") as door:
        return json_response(staff_payment_view(store.ROWS.get(door.tx, payment_id), outside.dashboard))


@router.get("/provider_events")
def list_provider_events(request: Request) -> Response:
    """Newest first; `state`, `type`, `event_id`, `payment_id`."""
    asked = listing(request, events_store.LIST.filters, key=(str,))
    choices_of(asked.filters, "state", ProviderEvent.LIFECYCLE.states)
    with read(request, "payments.read") as door:
        found = events_store.list_events(door.tx, asked.filters, after=asked.after, rows=asked.rows)
        return json_response(
            asked.page(
                found,
                provider_event_view,
                lambda event: (event.id,),
                count=lambda: events_store.LIST.count(door.tx, asked.filters),
            )
        )
