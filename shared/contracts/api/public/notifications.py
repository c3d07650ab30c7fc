"""Mails, an order's timeline, and the feed of all events."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import Count, EventId, Instant, Language, NotificationId, OrderId, Page, Sha256, Shown
from shared.contracts.api.public.path import COUNTED, PDF, Answer, Path, Query, Subject, staff
from shared.contracts.base import ActorType

Template = Literal[
    "order_confirmation",
    "new_order",
    "payment_instructions",
    "payment_reminder",
    "payment_expired",
    "payment_failed",
    "quotation",
    "invoice",
    "invoice_reminder",
    "parcel_shipped",
    "ready_for_pickup",
    "order_cancelled",
    "staff_alert",
]
MailState = Literal["queued", "sending", "sent", "failed", "dead", "suppressed"]
Audience = Literal["customer", "seller", "staff"]
EntryKind = Literal[
    "state_changed", "derived_changed", "edited", "message", "mail", "call", "payment", "document", "stock", "task", "webhook", "note"
]
ServiceName = Literal["orders", "delivery", "billing", "returns", "notifications"]


class MailAttachment(Shown):
    """A file that went with it."""

    name: str = Field(examples=["INV-2031-00042.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    sha256: Sha256
    url: str = Field(examples=["/admin/v1/invoices/inv_01KAVR5Z3M8QW4T7R2N5V0C1DE/pdf"])


class RecordRef(Shown):
    """What it is about."""

    type: str = Field(examples=["order"])
    id: str = Field(examples=["ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])


class MailAttempt(Shown):
    """One try. `error` null: it went through."""

    at: Instant
    error: str | None = Field(examples=[None])


class Notification(Shown):
    """A mail, without its bodies. `reason` says why it was suppressed, or that its outcome is unknown."""

    id: NotificationId
    template: Template
    channel: Literal["email"]
    recipient: str | None = Field(examples=["sara@example.org"])
    audience: Audience
    language: Language
    state: MailState = Field(examples=["sent"])
    reason: str | None = Field(examples=[None])
    subject: str | None = Field(examples=["Your order SO000123"])
    attachments: list[MailAttachment] = Field(examples=[[]])
    transport: Literal["smtp", "kept"] | None
    message_id: str | None = Field(examples=["<ntf_01KAVR5Z3M8QW4T7R2N5V0C1DE@shop.example>"])
    order_id: OrderId | None
    record: RecordRef
    event_id: EventId
    dedupe_key: str = Field(examples=["order_confirmation:ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    attempts: list[MailAttempt]
    created_at: Instant
    sent_at: Instant | None


class NotificationWithBodies(Notification):
    """A mail as it was sent."""

    text: str | None = Field(examples=["Thank you for your order."])
    html: str | None = Field(examples=["<p>Thank you for your order.</p>"])


class NotificationPage(Shown):
    """A page of mails."""

    data: list[Notification]
    page: Page
    count: Count


class ActorShown(Shown):
    """Who did it."""

    type: ActorType = Field(examples=["system"])
    id: str = Field(default_factory=str)
    name: str = Field(examples=["Cartwright"])


class EntryRecord(Shown):
    """The record that a fact tells of."""

    type: str = Field(examples=["order"])
    id: str = Field(examples=["ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    number: str | None = Field(examples=["SO000123"])


class TimelineEntry(Shown):
    """A fact on an order's timeline."""

    position: int = Field(examples=[1])
    at: Instant
    service: ServiceName
    kind: EntryKind
    title: str = Field(examples=["Order SO000123 confirmed"])
    from_: str | None = Field(alias="from", examples=["quotation"])
    to: str | None = Field(examples=["confirmed"])
    command: str | None = Field(examples=["confirm"])
    record: EntryRecord
    actor: ActorShown
    reason: str | None = Field(examples=[None])
    visibility: Literal["internal", "customer"] = Field(examples=["customer"])
    data: dict[str, Any] = Field(examples=[{"number": "SO000123"}], description="The fact's own fields: docs/events.md.")
    event_id: EventId
    correlation_id: str = Field(examples=["req_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    causation_id: str | None = Field(examples=["evt_01KAVR5Z3M8QW4T7R2N5V0C1DE"])


class Timeline(Shown):
    """All of an order, oldest first, cause before effect."""

    data: list[TimelineEntry]


class Change(Shown):
    """The record's step that a fact tells of."""

    from_: str | None = Field(default=None, alias="from", examples=["quotation"])
    to: str = Field(examples=["confirmed"])
    command: str = Field(examples=["confirm"])
    reason: str | None = None


class FeedEvent(Shown):
    """A fact, as services tell it to each other, without secrets; docs/events.md lists each `type` and its payload."""

    id: EventId
    type: str = Field(examples=["orders.order_confirmed"])
    version: int = Field(examples=[1])
    aggregate_type: str = Field(examples=["order"])
    aggregate_id: str = Field(examples=["ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    aggregate_seq: int = Field(examples=[4])
    order_id: OrderId = Field(default_factory=str)
    occurred_at: Instant
    actor: ActorShown
    correlation_id: str = Field(examples=["req_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    causation_id: str = Field(default_factory=str, examples=["evt_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    fact: str = Field(
        examples=["orders.order_confirmed:ord_01KAVR5Z3M8QW4T7R2N5V0C1DE:1"], description="The same for two tellings of one fact."
    )
    change: Change = Field(default_factory=lambda: Change(to="", command=""))
    payload: dict[str, Any] = Field(examples=[{"number": "SO000123"}])


class FeedPosition(Shown):
    """Where the feed goes on: ask again with `after` = `next`."""

    next: EventId | None
    has_more: bool = Field(examples=[True])


class Feed(Shown):
    """Events, oldest first."""

    data: list[FeedEvent]
    page: FeedPosition


SUBJECT: Final = Subject(
    name="Notifications",
    says="What was mailed, and everything that happened.",
    paths=(
        Path(
            at="GET /admin/v1/notifications",
            name="list_notifications",
            summary="List mails",
            who=staff("notifications.read"),
            answers={200: Answer(shape=NotificationPage, says="A page, newest first, without their bodies.")},
            paged=True,
            queries=(
                Query(name="order_id", several=False, example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="template", one_of=get_args(Template)),
                Query(name="recipient", several=False, example="sara@example.org"),
                Query(name="state", one_of=get_args(MailState)),
                Query(name="audience", one_of=get_args(Audience)),
                Query(name="record_id", several=False, example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/notifications/{notification_id}",
            name="get_notification",
            summary="Look at a mail as it was sent",
            who=staff("notifications.read"),
            answers={200: Answer(shape=NotificationWithBodies, says="The mail, with its bodies.")},
        ),
        Path(
            at="POST /admin/v1/notifications/{notification_id}/resend",
            name="resend_notification",
            summary="Send a mail once more, there or elsewhere",
            who=staff("messages.write"),
            takes={"to": "sara@example.org"},
            answers={201: Answer(shape=Notification, says="The new mail, queued.", headers=("Location",))},
            errors=("illegal_transition",),
        ),
        Path(
            at="GET /admin/v1/notifications/{notification_id}/attachments/{number}",
            name="get_attachment",
            summary="Get what was attached to a mail",
            who=staff("messages.write"),
            answers={200: Answer(media_type=PDF, says="The file; its ETag is its SHA-256.", headers=("ETag", "Content-Disposition"))},
        ),
        Path(
            at="GET /admin/v1/orders/{order_id}/timeline",
            name="get_timeline",
            summary="Read an order's history over all services",
            who=staff("orders.read"),
            answers={200: Answer(shape=Timeline, says="All entries; `position` counts within the whole, also when it is filtered.")},
            queries=(Query(name="service", one_of=get_args(ServiceName)), Query(name="kind", one_of=get_args(EntryKind))),
        ),
        Path(
            at="GET /admin/v1/events",
            name="list_events",
            summary="Read all events in the order they came",
            who=staff("ops.read"),
            answers={200: Answer(shape=Feed, says="Events, oldest first, for good.")},
            queries=(
                Query(name="after", says="The last event that one has.", several=False, example="evt_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="types", says="Event types: docs/events.md.", example="orders.order_confirmed"),
                Query(name="order_id", several=False, example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="limit", says="How many; 25.", several=False, example="50", pattern="^([1-9][0-9]?|100)$"),
            ),
        ),
    ),
)
