"""What the provider tells about a payment, in our words: from an event it sends, or from its answer to a call of ours.

Source: the table of api.md section 11, 13.7, 13.8, 13.17.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from services.billing.domain.intent import Intent


class MalformedEvent(ValueError):
    """The body is no event of the provider's: nothing of it can be stored."""


class NewsKind(StrEnum):
    """What news says of its payment."""

    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class ProviderNews:
    """One piece of news about one payment."""

    event_id: str | None
    """None: read in an answer, not told by an event."""
    type: str
    created: int
    """Unix seconds of the provider's clock: the age by which news is compared. 0, when the event names none: older than all other."""
    livemode: bool
    kind: NewsKind
    intent_ref: str | None
    payment_id_hint: str | None = None
    """Our payment's id, as the intent's metadata name it: for the payment whose intent we do not know yet."""
    amount: int | None = None
    """In Stripe's unit; to be compared with what was asked. None for failed and cancelled news, which move no money."""
    currency: str | None = None
    """Upper case."""
    failure_code: str | None = None
    failure_message: str | None = None
    latest_charge: str | None = None
    dispute: str | None = None
    """open, won or lost."""
    reason_if_ignored: str | None = None
    defect: str | None = None
    """What the event lacks to be applied (13.17): it is stored as failed, with this as the reason."""


_EVENTS: dict[str, tuple[NewsKind, str | None]] = {
    "payment_intent.processing": (NewsKind.PROCESSING, None),
    "payment_intent.amount_capturable_updated": (NewsKind.AUTHORIZED, "amount_capturable"),
    "payment_intent.succeeded": (NewsKind.SUCCEEDED, "amount_received"),
    "payment_intent.payment_failed": (NewsKind.FAILED, None),
    "payment_intent.canceled": (NewsKind.CANCELLED, None),
}
"""What an event means, and the field that names its amount before `amount` does."""

_STATUSES: dict[str, str] = {
    "processing": "payment_intent.processing",
    "requires_capture": "payment_intent.amount_capturable_updated",
    "succeeded": "payment_intent.succeeded",
    "canceled": "payment_intent.canceled",
}
"""The event that a status in an answer counts like (13.8)."""

_DISPUTE_OPENED = "charge.dispute.created"
_DISPUTES: dict[str, dict[str, str]] = {
    _DISPUTE_OPENED: {},
    # A warning that is closed, and an inquiry that came to nothing, cost the shop nothing.
    "charge.dispute.closed": {"won": "won", "warning_closed": "won", "prevented": "won", "lost": "lost"},
}
"""What a dispute's event means, by the dispute's status."""

_MOVES_MONEY = frozenset({NewsKind.PROCESSING, NewsKind.AUTHORIZED, NewsKind.SUCCEEDED})


def parse_event(event: object) -> ProviderNews:
    """The news in an event, given as the decoded JSON of its raw body.

    An event of a type that changes no payment is `ignored`, with the reason; one that names no amount or currency to compare
    has a `defect`. Raises `MalformedEvent` when it is no event at all: no object, no id, no type, nothing it is about.
    """
    if not isinstance(event, dict):
        raise MalformedEvent("the body is not a JSON object")
    event_id, event_type = _text(event.get("id")), _text(event.get("type"))
    if event_id is None:
        raise MalformedEvent("the event has no id")
    if event_type is None:
        raise MalformedEvent(f"the event {event_id} has no type")
    about = event["data"].get("object") if isinstance(event.get("data"), dict) else None
    if not isinstance(about, dict):
        raise MalformedEvent(f"the event {event_id} has no data.object")

    news = ProviderNews(
        event_id=event_id,
        type=event_type,
        created=_whole_number(event.get("created")) or 0,
        livemode=event.get("livemode") is True,
        kind=NewsKind.IGNORED,
        intent_ref=_intent_ref(event_type, about),
    )
    return _read(news, about)


def news_from_intent(intent: Intent, *, answered_unix: int) -> ProviderNews:
    """The news in the provider's answer to a call of ours: its status counts like an event (13.8).

    `answered_unix`: when the answer came, in real time; an intent's own `created` is when it was born, not when its status came about.
    """
    event_type = _STATUSES.get(intent.status)
    if intent.status == "requires_payment_method" and intent.last_error is not None:
        event_type = "payment_intent.payment_failed"

    news = ProviderNews(
        event_id=None,
        type=event_type or f"payment_intent.{intent.status}",
        created=answered_unix,
        livemode=intent.livemode,
        kind=NewsKind.IGNORED,
        intent_ref=intent.ref,
    )
    if event_type is None:
        return replace(
            news,
            payment_id_hint=_text(intent.metadata.get("payment_id")),
            reason_if_ignored=f"an intent in status {intent.status} changes no payment",
        )
    error = intent.last_error
    return _read(
        news,
        {
            "amount": intent.amount,
            "amount_capturable": intent.amount_capturable,
            "amount_received": intent.amount_received,
            "currency": intent.currency,
            "latest_charge": intent.latest_charge,
            "last_payment_error": {"code": error.code, "message": error.message} if error else None,
            "metadata": dict(intent.metadata),
        },
    )


def _read(news: ProviderNews, about: dict[str, Any]) -> ProviderNews:
    if news.type in _DISPUTES:
        return _read_dispute(news, about)
    if news.type not in _EVENTS:
        return replace(news, payment_id_hint=_payment_id(about), reason_if_ignored=f"an event {news.type} changes no payment")

    kind, amount_field = _EVENTS[news.type]
    news = replace(news, kind=kind, payment_id_hint=_payment_id(about), latest_charge=_reference(about.get("latest_charge")))
    if kind is NewsKind.FAILED:
        code, message = _failure(about.get("last_payment_error"))
        return replace(news, failure_code=code, failure_message=message)
    if kind not in _MOVES_MONEY:
        return news

    named = about.get(amount_field) if amount_field else None
    amount = _whole_number(about.get("amount") if named is None else named)
    currency = _text(about.get("currency"))
    if amount is None:
        return replace(news, currency=currency and currency.upper(), defect=f"the event {news.type} names no whole amount")
    if currency is None:
        return replace(news, amount=amount, defect=f"the event {news.type} names no currency")
    return replace(news, amount=amount, currency=currency.upper())


def _read_dispute(news: ProviderNews, about: dict[str, Any]) -> ProviderNews:
    news = replace(news, kind=NewsKind.DISPUTED, payment_id_hint=_payment_id(about))
    status = _text(about.get("status"))
    dispute = "open" if news.type == _DISPUTE_OPENED else _DISPUTES[news.type].get(status or "")
    if dispute is None:
        return replace(news, defect=f"the event {news.type} says of the dispute neither won nor lost: {status}")
    amount, currency = _whole_number(about.get("amount")), _text(about.get("currency"))
    return replace(news, dispute=dispute, amount=amount, currency=currency and currency.upper())


def _intent_ref(event_type: str, about: dict[str, Any]) -> str | None:
    """Charges, refunds and disputes name the intent they belong to (13.17)."""
    return _text(about.get("id")) if event_type.startswith("payment_intent.") else _reference(about.get("payment_intent"))


def _payment_id(about: dict[str, Any]) -> str | None:
    metadata = about.get("metadata")
    return _text(metadata.get("payment_id")) if isinstance(metadata, dict) else None


def _failure(error: object) -> tuple[str, str]:
    said = error if isinstance(error, dict) else {}
    code = _text(said.get("code")) or _text(said.get("decline_code")) or "declined"
    return code, _text(said.get("message")) or "the provider declined the payment"


def _reference(value: object) -> str | None:
    """An object's id, whether the provider names the object or encloses it."""
    return _text(value.get("id")) if isinstance(value, dict) else _text(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole_number(value: object) -> int | None:
    # JSON's true is an int to Python, and an amount in a fraction of the smallest unit is none.
    return value if isinstance(value, int) and not isinstance(value, bool) else None
