"""Which facts need a person, and what that person has to know."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.notifications.domain.task import TaskDraft
from shared.contracts.base import Event
from shared.contracts.billing import (
    AuthorizationExpiring,
    PaymentCancelled,
    PaymentDisputed,
    PaymentFailed,
    PaymentMismatched,
    PaymentOrphaned,
    PaymentReviewed,
    ProviderEventUnmatched,
    ReconciliationMismatch,
    RefundProposed,
    ReviewRequired,
)
from shared.contracts.delivery import ParcelMoved, StockShort
from shared.contracts.notifications import MailFailed
from shared.contracts.orders import OrderLate, OrderSubmitted
from shared.values.clock import parse_rfc3339

OpensTasks = (
    OrderSubmitted
    | OrderLate
    | StockShort
    | PaymentMismatched
    | PaymentOrphaned
    | PaymentDisputed
    | PaymentCancelled
    | PaymentFailed
    | ReviewRequired
    | PaymentReviewed
    | AuthorizationExpiring
    | ProviderEventUnmatched
    | ReconciliationMismatch
    | RefundProposed
    | MailFailed
)
"""What `open_tasks` hears. A parcel's moves are read off the timeline's bundles instead (`handlers.records`)."""

ALERT: Final = "staff_alert"


def tasks_of(event: Event) -> list[TaskDraft]:
    """The tasks that a fact opens; most facts open none."""
    data: dict[str, Any]
    match event:
        case OrderSubmitted(duplicate_of=str() as other):
            return [_of_order(event.order_id, "duplicate_order", duplicate_of=other)]
        case OrderLate():
            data = {"promised_at": event.promised_at, "late_since": event.late_since, "hours": event.hours}
            return _with_call(_of_order(event.order_id, "order_late", **data))
        case StockShort():
            return _with_call(_of_order(event.order_id, "stock_short", lines=[line.model_dump() for line in event.lines]))
        case ParcelMoved():
            return _of_parcel(event)
        case MailFailed(dead=True) if event.template != ALERT:
            data = {"template": event.template, "error": event.error}
            return [_task("mail_failed", "mail_dead", ("notification", event.notification_id), event.order_id, **data)]
        case ProviderEventUnmatched():
            return [_task("payment_unmatched", None, ("provider_event", event.provider_event_id), None, type=event.type)]
        case RefundProposed():
            data = {"amount": event.amount, "currency": event.currency, "reason": event.reason}
            return [_of_order(event.order_id, "refund_proposal", **data)]
        case _:
            return _of_payment(event)


def _of_payment(event: Event) -> list[TaskDraft]:
    data: dict[str, Any]
    match event:
        case PaymentMismatched():
            data = {"failure": event.failure.model_dump(), "received": event.received.model_dump()}
            return [_about_money(event, "payment_mismatch", **data)]
        case PaymentOrphaned():
            return [_about_money(event, "payment_orphaned", captured=event.captured, reason=event.reason)]
        case PaymentCancelled(state_before="authorized") | PaymentFailed(state_before="authorized"):
            data = {"payment_id": event.payment_id, "due": event.due, "currency": event.currency}
            return [_of_order(event.order_id, "payment_due", **data)]
        case PaymentDisputed(dispute="open"):
            return [_about_money(event, "payment_disputed")]
        case ReviewRequired():
            return [_about_money(event, "payment_review")]
        case PaymentReviewed(result="failed"):
            return [_about_money(event, "payment_review", "review_failed", by=event.by)]
        case AuthorizationExpiring():
            until = parse_rfc3339(event.authorized_until)
            return [_about_money(event, "authorization_expiring", due_at=until, authorized_until=event.authorized_until)]
        case ReconciliationMismatch():
            cause = "paid_not_confirmed" if event.kind == "paid_not_confirmed" else "payment_differs"
            data = {"difference": event.kind, "ours": event.ours, "theirs": event.theirs}
            return [_task("paid_not_confirmed", cause, ("payment", event.payment_id), event.order_id, **data)]
        case _:
            return []


def _of_parcel(event: ParcelMoved) -> list[TaskDraft]:
    record = ("parcel", event.parcel_id)
    data: dict[str, Any] = {"state": event.state, "carrier": event.carrier, "tracking_number": event.tracking_number, "text": event.text}
    if event.state in ("lost", "returned_to_sender"):
        return _with_call(_task("parcel_problem", "parcel_lost", record, event.order_id, **data))
    if event.state == "failed_attempt":
        return [_task("delay_call", "failed_attempt", record, event.order_id, why="failed_attempt", **data)]
    return []


def _with_call(draft: TaskDraft) -> list[TaskDraft]:
    """And the customer wants to be told by phone (R-ORD-63). Without an order there is nobody to call."""
    if draft.order_id is None:
        return [draft]
    record = (draft.record_type, draft.record_id)
    return [draft, _task("delay_call", draft.cause, record, draft.order_id, why=draft.kind, **draft.data)]


def _about_money(event: Any, kind: str, cause: str | None = None, *, due_at: datetime | None = None, **data: Any) -> TaskDraft:
    money = {"amount": event.amount, "currency": event.currency}
    return _task(kind, cause, ("payment", event.payment_id), event.order_id, due_at=due_at, **money, **data)


def _of_order(order_id: str, kind: str, **data: Any) -> TaskDraft:
    return _task(kind, None, ("order", order_id), order_id, **data)


def _task(
    kind: str, cause: str | None, record: tuple[str, str], order_id: str | None, *, due_at: datetime | None = None, **data: Any
) -> TaskDraft:
    return TaskDraft(
        kind=kind, cause=cause or kind, record_type=record[0], record_id=record[1], order_id=order_id, data=data, due_at=due_at
    )
