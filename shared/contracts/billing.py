"""Facts told by billing."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.contracts.base import Amount, Event, Model


class Failure(Model):
    """Why a payment failed: our code or the provider's, and its sentence."""

    code: str
    message: str


class Received(Model):
    """What a mismatching provider event said, in its own currency's minor units as a decimal."""

    amount: str
    currency: str


class PaymentEvent(Event):
    """Base of the facts about one payment; each carries the payment's whole standing, so that order does not matter."""

    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    payment_id: str
    order_id: str
    number: str | None = None
    """The order's number."""
    submission: int
    method: str
    kind: Literal["online", "offline"]
    state: str
    state_before: str | None = None
    amount: Amount
    currency: str
    captured: Amount
    refunded: Amount
    orphaned: bool = False
    review: str = "none"
    reference: str
    authorized_total: Amount
    """Authorised and not captured, over all payments of the order."""
    captured_total: Amount
    """Captured over all payments of the order, without orphaned ones."""
    due: Amount
    """What is still to pay of the order."""


class PaymentCreated(PaymentEvent):
    """A payment is open for this amount."""

    name = "billing.payment_created"


class PaymentCancelled(PaymentEvent):
    """Withdrawn before money came."""

    name = "billing.payment_cancelled"


class PaymentPending(PaymentEvent):
    """The provider is at it."""

    name = "billing.payment_pending"
    confirms_order: bool


class PaymentAuthorized(PaymentEvent):
    """The money is promised by the provider."""

    name = "billing.payment_authorized"
    confirms_order: bool
    authorized_until: str


class PaymentCaptured(PaymentEvent):
    """The money is there."""

    name = "billing.payment_captured"
    confirms_order: bool
    released: Amount
    receipt_number: str | None = None
    provider_ref: str | None = None


class PaymentFailed(PaymentEvent):
    """Declined; the same payment can be tried again until it is cancelled."""

    name = "billing.payment_failed"
    failure: Failure


class PaymentMismatched(PaymentEvent):
    """Another amount or currency than asked: never confirms (R-PAY-04)."""

    name = "billing.payment_mismatched"
    failure: Failure
    received: Received


class PaymentOrphaned(PaymentEvent):
    """Money for a payment or an order that was cancelled (R-ORD-53)."""

    name = "billing.payment_orphaned"
    reason: str


class OpenPaymentClosed(Event):
    """What billing found when a hold was due: cancelled, none, or money moving."""

    name = "billing.open_payment_closed"
    aggregate: ClassVar[str] = "reservation"
    aggregate_field: ClassVar[str] = "reservation_id"
    once_per = ("reservation_id", "attempt")
    order_id: str
    reservation_id: str
    submission: int
    attempt: int
    outcome: Literal["cancelled", "none", "moving"]
    on_expiry: Literal["cancel", "release"]


class ProviderEventUnmatched(Event):
    """The provider told of a payment that we do not know (yet)."""

    name = "billing.provider_event_unmatched"
    aggregate: ClassVar[str] = "provider_event"
    aggregate_field: ClassVar[str] = "provider_event_id"
    once_per = ("provider_event_id",)
    provider_event_id: str
    type: str


class InvoicedLine(Model):
    """Units of an order line on a document."""

    line_id: str
    quantity: int


class InvoiceEvent(Event):
    """Base of the facts about one invoice."""

    aggregate: ClassVar[str] = "invoice"
    aggregate_field: ClassVar[str] = "invoice_id"
    invoice_id: str
    order_id: str
    number: str
    type: Literal["invoice", "credit_note"] = "invoice"


class InvoicePosted(InvoiceEvent):
    """Numbered and unchangeable."""

    name = "billing.invoice_posted"
    once_per = ("invoice_id",)
    total: Amount
    currency: str
    lines: tuple[InvoicedLine, ...]


class InvoiceRendered(InvoiceEvent):
    """Its PDF is drawn and kept for good under this hash."""

    name = "billing.invoice_rendered"
    once_per = ("invoice_id",)
    order_number: str
    total: Amount
    currency: str
    decimals: int
    sha256: str
    amount_due: Amount | None = None
    """What was still to pay when it was drawn; None when the teller does not say."""
    due_at: str | None = None


class InvoicePaid(InvoiceEvent):
    """Its payment state moved to paid."""

    name = "billing.invoice_paid"
    payment_state: str


class CloseRequested(Event):
    """Internal work: withdraw the order's open payment at the provider, as its order was reopened."""

    name = "billing.close_requested"
    internal = True
    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    payment_id: str
    order_id: str
