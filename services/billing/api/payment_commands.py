"""What staff do with a payment: capture, void, read again at the provider, review, resolve (P11 to P15)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.billing.actions import capturing, closing, reviewing
from services.billing.actions import provider_events as events
from services.billing.adapters.stripe import ProviderRefused
from services.billing.api.outside_work import job_context
from services.billing.api.views import provider_event_view, staff_payment_view
from services.billing.domain.payment import CANCELLED
from services.billing.errors import CaptureRefused
from services.billing.jobs.capturing import take_money
from services.billing.jobs.closing import void_payment
from services.billing.jobs.syncing import read_again
from services.billing.store import payments as store
from services.billing.store import provider_events as events_store
from shared.web.caller import Caller
from shared.web.door import json_response, read, running, write

router = APIRouter(prefix="/admin/v1")

Note = Annotated[str, Field(min_length=1, max_length=2000)]


class Body(BaseModel):
    """A command's body: unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Capture(Body):
    """How much of the authorized money is taken; all of it, when not said."""

    amount: str | None = None


class Review(Body):
    """What a person found."""

    result: Literal["passed", "failed"]
    receipt_number: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    note: Note | None = None


class Resolve(Body):
    """What becomes of money that did not fit."""

    action: Literal["accept", "refund", "ignore"]
    note: Note


@router.post("/payments/{payment_id}/capture")
def capture_payment(request: Request, payment_id: str, body: Capture | None = None) -> Response:
    """Takes authorized money at the provider; what is not taken is released. A repeat after a 503 goes on."""
    with write(request, "payments.capture") as door:
        capturing.ask_for_capture(door.tx, payment_id, None if body is None else body.amount)
        caller = door.caller
    try:
        take_money(payment_id, job_context(request, caller, "billing.capture_payment"))
    except ProviderRefused as refusal:
        raise CaptureRefused(str(refusal), refusal.code) from refusal
    return _answer(request, payment_id)


@router.post("/payments/{payment_id}/void")
def void(request: Request, payment_id: str) -> Response:
    """Gives authorized money back, or withdraws what is open. No refund arises (R-PAY-22)."""
    with write(request, "payments.capture") as door:
        payment = closing.payment_to_void(door.tx, payment_id)
        caller = door.caller
    if payment.state != CANCELLED:
        void_payment(payment, job_context(request, caller, "billing.void_payment"))
    return _answer(request, payment_id)


@router.post("/payments/{payment_id}/sync")
def sync(request: Request, payment_id: str) -> Response:
    """Reads the payment again at the provider, and applies what it says (R-PAY-09)."""
    with read(request, "payments.capture") as door:
        caller: Caller = door.caller
    read_again(payment_id, job_context(request, caller, "billing.sync_payment"))
    return _answer(request, payment_id)


@router.post("/payments/{payment_id}/review")
def review(request: Request, payment_id: str, body: Review) -> Response:
    """Somebody has looked: goods may leave, or the order is held (R-PAY-17)."""
    with write(request, "payments.record") as door:
        payment = reviewing.review_payment(
            door.tx, payment_id, result=body.result, receipt_number=body.receipt_number, note=body.note, by=door.caller.actor.name
        )
        return door.answer(staff_payment_view(payment, running(request).outside.dashboard))


@router.post("/payments/{payment_id}/resolve")
def resolve(request: Request, payment_id: str, body: Resolve) -> Response:
    """Somebody decided about a mismatch or about money that belongs to no order."""
    with write(request, "payments.record") as door:
        payment = reviewing.resolve_payment(door.tx, payment_id, action=body.action, note=body.note, by=door.caller.actor.name)
        return door.answer(staff_payment_view(payment, running(request).outside.dashboard))


@router.get("/provider_events/{event_id}")
def get_provider_event(request: Request, event_id: str) -> Response:
    """One event of the provider, as it came."""
    with read(request, "payments.read") as door:
        return json_response(provider_event_view(events_store.ROWS.get(door.tx, event_id)))


@router.post("/provider_events/{event_id}/replay")
def replay_provider_event(request: Request, event_id: str) -> Response:
    """Applies an unmatched or failed event again; another one stays as it is (R-PAY-01)."""
    with write(request, "ops.write") as door:
        return door.answer(provider_event_view(events.replay_event(door.tx, event_id)))


def _answer(request: Request, payment_id: str) -> Response:
    with running(request).db.read() as tx:
        return json_response(staff_payment_view(store.ROWS.get(tx, payment_id), running(request).outside.dashboard))
