"""What the payment provider told."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import Count, Instant, Page, PaymentId, ProviderEventId, Shown
from shared.contracts.api.public.path import COUNTED, STRIPE, Answer, Path, Query, Subject, staff

ProviderEventState = Literal["received", "applied", "ignored", "unmatched", "failed"]


class ProviderEvent(Shown):
    """What the provider told, and what came of it. `raw` is its body."""

    id: ProviderEventId
    provider: str = Field(examples=["stripe"])
    event_id: str = Field(examples=["evt_1QZ8"])
    type: str = Field(examples=["payment_intent.succeeded"])
    state: ProviderEventState = Field(examples=["applied"])
    reason: str | None = Field(examples=[None])
    payment_id: PaymentId | None
    received_at: Instant
    applied_at: Instant | None
    deliveries: int = Field(examples=[1], description="How often it came.")
    raw: dict[str, Any] = Field(examples=[{"id": "evt_1QZ8", "type": "payment_intent.succeeded"}])


class ProviderEventPage(Shown):
    """A page of provider events."""

    data: list[ProviderEvent]
    page: Page
    count: Count


class EventTaken(Shown):
    """It is stored; a repeat has no effect."""

    received: bool = Field(examples=[True])
    state: ProviderEventState = Field(examples=["applied"])
    duplicate: bool


SUBJECT: Final = Subject(
    name="Provider events",
    says="What the payment provider told, and what came of it.",
    paths=(
        Path(
            at="GET /admin/v1/provider_events",
            name="list_provider_events",
            summary="List what the payment provider told",
            who=staff("payments.read"),
            answers={200: Answer(shape=ProviderEventPage, says="A page, newest first.")},
            paged=True,
            queries=(
                Query(name="state", one_of=get_args(ProviderEventState)),
                Query(name="type", example="payment_intent.succeeded"),
                Query(name="event_id", example="evt_1QZ8"),
                Query(name="payment_id", example="pay_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/provider_events/{event_id}",
            name="get_provider_event",
            summary="Look at what the payment provider told",
            who=staff("payments.read"),
            answers={200: Answer(shape=ProviderEvent, says="The event, as it came.")},
        ),
        Path(
            at="POST /admin/v1/provider_events/{event_id}/replay",
            name="replay_provider_event",
            summary="Apply an unmatched or failed event again",
            who=staff("ops.write"),
            answers={200: Answer(shape=ProviderEvent, says="The event, and what came of it.")},
        ),
        Path(
            at="POST /hooks/v1/stripe",
            name="hear_stripe",
            summary="Take an event of Stripe's",
            who=STRIPE,
            takes={"id": "evt_1QZ8", "type": "payment_intent.succeeded", "created": 1935411605, "data": {"object": {"id": "pi_3QZ8"}}},
            answers={200: Answer(shape=EventTaken, says="It is stored, whatever comes of it.")},
            errors=("webhook_not_configured",),
            keyed=False,
            headers={"Stripe-Signature": 't=<unix time>,v1=<hex HMAC-SHA256(secret, "<t>.<raw body>")>'},
        ),
    ),
)
