"""How each fact reads on an order's timeline: one table, event type to words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

Kind = Literal[
    "state_changed",
    "derived_changed",
    "edited",
    "message",
    "mail",
    "call",
    "payment",
    "document",
    "stock",
    "task",
    "webhook",
    "note",
]
KINDS: Final = (
    "state_changed",
    "derived_changed",
    "edited",
    "message",
    "mail",
    "call",
    "payment",
    "document",
    "stock",
    "task",
    "webhook",
    "note",
)
INTERNAL: Final = "internal"
CUSTOMER: Final = "customer"


class Wording(NamedTuple):
    """One row of the table. `title` takes its values from the payload's required fields."""

    kind: Kind
    title: str
    visibility: Literal["internal", "customer"] = "internal"
    number: str | None = None
    """The payload's field with the record's number, if people know it by one."""
    moved: tuple[str, str] | None = None
    """Fields with the states before and after, of facts that tell of no record's own step."""


WORDINGS: Final[Mapping[str, Wording]] = {
    "orders.order_created": Wording("state_changed", "Cart created in channel {channel}"),
    "orders.order_updated": Wording("edited", "Cart edited, total {total} {currency}"),
    "orders.order_submitted": Wording("state_changed", "Order {number} submitted", CUSTOMER, "number"),
    "orders.order_confirmed": Wording("state_changed", "Order {number} confirmed", CUSTOMER, "number"),
    "orders.order_reopened": Wording("state_changed", "Order reopened for editing", INTERNAL, "number"),
    "orders.order_cancelled": Wording("state_changed", "Order cancelled: {reason}", CUSTOMER, "number"),
    "orders.order_sent": Wording("state_changed", "Order {number} sent to the customer, total {total} {currency}", CUSTOMER, "number"),
    "orders.order_held": Wording("state_changed", "Order held: {reason}", INTERNAL, "number"),
    "orders.order_released": Wording("state_changed", "Order released", INTERNAL, "number"),
    "orders.order_late": Wording("derived_changed", "Order {number} is late since {late_since}", INTERNAL, "number"),
    "orders.payment_reminder_due": Wording("payment", "Reminder of {amount} {currency} is due", INTERNAL, "number"),
    "orders.order_status_changed": Wording("derived_changed", "Status set to {status}", INTERNAL, moved=("status_before", "status")),
    "orders.order_completed": Wording("derived_changed", "Order completed", CUSTOMER),
    "orders.settings_changed": Wording("note", "Settings of the shop changed"),
    "delivery.stock_held": Wording("stock", "Stock held until {expires_at}"),
    "delivery.stock_released": Wording("stock", "Stock released: {reason}"),
    "delivery.hold_due": Wording("stock", "The time of the stock hold is over"),
    "delivery.hold_expired": Wording("stock", "The stock hold ended without money"),
    "delivery.stock_reserved": Wording("stock", "Stock reserved"),
    "delivery.stock_short": Wording("stock", "Stock is short"),
    "delivery.stock_changed": Wording("stock", "Stock of {sku}: {available} available"),
    "delivery.shipping_method_changed": Wording("note", "Shipping method {code} changed"),
    "delivery.delivery_created": Wording("state_changed", "Delivery {number} created", INTERNAL, "number"),
    "delivery.delivery_ready": Wording("state_changed", "Delivery {number} is ready", INTERNAL, "number"),
    "delivery.delivery_started": Wording("state_changed", "Delivery {number} started", INTERNAL, "number"),
    "delivery.delivery_backordered": Wording("state_changed", "The rest of {number} waits in {backorder_number}", INTERNAL, "number"),
    "delivery.units_cancelled": Wording("stock", "Units will not be delivered: {reason}"),
    "delivery.pickup_ready": Wording("state_changed", "Delivery {number} can be fetched", CUSTOMER, "number"),
    "delivery.delivery_cancelled": Wording("state_changed", "Delivery {number} cancelled", INTERNAL, "number"),
    "delivery.delivery_done": Wording("state_changed", "Delivery {number} handed over", CUSTOMER, "number"),
    "delivery.parcel_packed": Wording("state_changed", "Parcel packed"),
    "delivery.parcel_moved": Wording("state_changed", "Parcel: {state}", CUSTOMER),
    "delivery.tracking_changed": Wording("state_changed", "Parcel: carrier or number changed", CUSTOMER),
    "delivery.parcel_delivered": Wording("state_changed", "Parcel delivered", CUSTOMER),
    "billing.payment_created": Wording("payment", "Payment of {amount} {currency} opened by {method}"),
    "billing.payment_cancelled": Wording("payment", "Payment of {amount} {currency} withdrawn"),
    "billing.payment_pending": Wording("payment", "Payment of {amount} {currency} is being processed", CUSTOMER),
    "billing.payment_authorized": Wording("payment", "Payment of {amount} {currency} authorised", CUSTOMER),
    "billing.payment_captured": Wording("payment", "Payment of {captured} {currency} captured", CUSTOMER),
    "billing.payment_failed": Wording("payment", "Payment of {amount} {currency} failed: {failure[message]}", CUSTOMER),
    "billing.payment_mismatched": Wording(
        "payment", "Payment of {amount} {currency} does not match: {received[amount]} {received[currency]} received"
    ),
    "billing.payment_orphaned": Wording("payment", "Payment of {amount} {currency} came without an order to pay: {reason}"),
    "billing.review_required": Wording("payment", "Payment of {amount} {currency} has to be checked"),
    "billing.payment_reviewed": Wording("payment", "Payment of {amount} {currency} checked: {result}"),
    "billing.payment_disputed": Wording("payment", "Dispute of the payment of {amount} {currency}: {dispute}"),
    "billing.payment_resolved": Wording("payment", "Payment of {amount} {currency} resolved: {action}"),
    "billing.authorization_expiring": Wording("payment", "Authorisation of {amount} {currency} expires at {authorized_until}"),
    "billing.authorization_expired": Wording("payment", "Authorisation of {amount} {currency} expired"),
    "billing.due_changed": Wording("payment", "Still due: {due} {currency}", INTERNAL, "number"),
    "billing.refund_proposed": Wording("payment", "Refund of {amount} {currency} proposed: {reason}", INTERNAL, "number"),
    "billing.reconciliation_mismatch": Wording("payment", "Difference with the provider: {kind}"),
    "billing.open_payment_closed": Wording("payment", "Open payment at the end of the stock hold: {outcome}"),
    "billing.provider_event_unmatched": Wording("payment", "The provider told {type} of an unknown payment"),
    "billing.invoice_posted": Wording("document", "Invoice {number} posted, total {total} {currency}", INTERNAL, "number"),
    "billing.invoice_cancelled": Wording("document", "Draft of an invoice cancelled"),
    "billing.invoice_rendered": Wording("document", "Invoice {number} drawn", CUSTOMER, "number"),
    "billing.invoice_paid": Wording("document", "Invoice {number} is paid", INTERNAL, "number"),
    "billing.invoice_overdue": Wording("document", "Invoice {number} is overdue by {days} days", INTERNAL, "number"),
    "notifications.mail_sent": Wording("mail", "Mail {template} sent to {recipient}"),
    "notifications.mail_failed": Wording("mail", "Mail {template} to {recipient} failed: {error}"),
    "notifications.task_opened": Wording("task", "Task opened: {title}"),
    "notifications.task_closed": Wording("task", "Task closed: {title}"),
}
"""Every fact that services tell each other; a contract test keeps it whole."""

_CODES: Final = ("action", "channel", "dispute", "kind", "method", "outcome", "reason", "result", "state", "status", "template")
"""Fields whose values are codes: a title shows them with blanks."""
_SECRET: Final = ("token", "token_generation", "secret", "password")


def entry_of(envelope: Mapping[str, Any], position: int) -> dict[str, Any]:
    """The TimelineEntry of a fact (api.md, section 5)."""
    type_ = envelope["type"]
    payload = envelope["payload"]
    change = envelope.get("change") or {}
    wording = WORDINGS[type_]
    before, after = wording.moved or ("", "")
    return {
        "position": position,
        "at": envelope["occurred_at"],
        "service": type_.partition(".")[0],
        "kind": wording.kind,
        "title": wording.title.format_map({key: _plain(key, value) for key, value in payload.items()}),
        "from": change.get("from", payload.get(before)),
        "to": change.get("to", payload.get(after)),
        "command": change.get("command"),
        "record": {
            "type": envelope["aggregate_type"],
            "id": envelope["aggregate_id"],
            "number": payload.get(wording.number) if wording.number else None,
        },
        "actor": envelope["actor"],
        "reason": change.get("reason", payload.get("reason")),
        "visibility": wording.visibility,
        "data": without_secrets(payload),
        "event_id": envelope["id"],
        "correlation_id": envelope["correlation_id"],
        "causation_id": envelope.get("causation_id"),
    }


def without_secrets(value: Any) -> Any:
    """A payload without what opens an account or an order, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_secrets(part) for key, part in value.items() if not key.endswith(_SECRET)}
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return value


def _plain(key: str, value: Any) -> Any:
    return value.replace("_", " ") if key in _CODES and isinstance(value, str) else value
