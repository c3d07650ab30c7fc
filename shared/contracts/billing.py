"""Facts told by billing."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.contracts.base import Amount, Event, Instructions, Model


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
    provider_ref: str | None = None
    receipt_number: str | None = None
    authorized_total: Amount
    """Authorised and not captured, over all payments of the order."""
    captured_total: Amount
    """Captured over all payments of the order, without orphaned ones and what a bank took back."""
    due: Amount
    """What is still to pay of the order."""


class PaymentCreated(PaymentEvent):
    """A payment is open for this amount."""

    name = "billing.payment_created"


class PaymentCancelled(PaymentEvent):
    """Withdrawn before money came, or given back before it was taken."""

    name = "billing.payment_cancelled"


class PaymentPending(PaymentEvent):
    """The provider is at it; or, offline, the shop waits for the money."""

    name = "billing.payment_pending"
    confirms_order: bool
    instructions: Instructions | None = None
    reminder_at: str | None = None
    deadline_at: str | None = None


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


class PaymentNews(Event):
    """Base of what happens to a payment beside its state."""

    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    payment_id: str
    order_id: str
    number: str | None = None
    """The order's number."""
    amount: Amount
    currency: str


class ReviewRequired(PaymentNews):
    """The money is there, and its method wants a person to look before goods leave (R-PAY-17)."""

    name = "billing.review_required"
    once_per = ("payment_id",)


class PaymentReviewed(PaymentNews):
    """A person looked (P13)."""

    name = "billing.payment_reviewed"
    result: Literal["passed", "failed"]
    by: str


class PaymentDisputed(PaymentNews):
    """The customer's bank wants the money back, or has decided (P14, R-PAY-23)."""

    name = "billing.payment_disputed"
    dispute: Literal["open", "won", "lost"]


class PaymentResolved(PaymentNews):
    """A person decided about money that did not fit (P15)."""

    name = "billing.payment_resolved"
    action: Literal["accept", "refund", "ignore"]
    note: str


class AuthorizationExpiring(PaymentNews):
    """Two days are left to take what was promised (R-PAY-21)."""

    name = "billing.authorization_expiring"
    once_per = ("payment_id",)
    authorized_until: str


class AuthorizationExpired(PaymentNews):
    """The promise is over and was not taken."""

    name = "billing.authorization_expired"
    once_per = ("payment_id",)
    authorized_until: str


class DueChanged(Event):
    """The provider gave back what it had promised and something is due again, or that is paid now (P11, R-PAY-20).

    While `held`, open deliveries of the order wait (`payment_due`). Told only for orders to which that happens.
    """

    name = "billing.due_changed"
    aggregate: ClassVar[str] = "due"
    aggregate_field: ClassVar[str] = "order_id"
    order_id: str
    number: str | None = None
    due: Amount
    currency: str
    held: bool


class RefundProposed(Event):
    """Units that nobody will get were paid: somebody has to give their value back (A8)."""

    name = "billing.refund_proposed"
    aggregate: ClassVar[str] = "order"
    aggregate_field: ClassVar[str] = "order_id"
    once_per = ("order_id", "proposed_for")
    order_id: str
    number: str | None = None
    proposed_for: str
    """The identity of the fact that it is proposed for."""
    amount: Amount
    currency: str
    reason: str


class ReconciliationMismatch(Event):
    """Ours and the provider's word differ, or money is there and its order is not confirmed (R-PAY-25)."""

    name = "billing.reconciliation_mismatch"
    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    once_per = ("payment_id", "kind")
    payment_id: str
    order_id: str
    number: str | None = None
    kind: Literal["paid_not_confirmed", "missing_payment", "amount_differs"]
    ours: str
    theirs: str


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


class InvoiceCancelled(Event):
    """A draft that will not be posted: it never had a number (I2)."""

    name = "billing.invoice_cancelled"
    aggregate: ClassVar[str] = "invoice"
    aggregate_field: ClassVar[str] = "invoice_id"
    once_per = ("invoice_id",)
    invoice_id: str
    order_id: str


class InvoiceOverdue(InvoiceEvent):
    """Its due date is passed by `days`, one of `billing.reminder_days` (R-INV-16)."""

    name = "billing.invoice_overdue"
    once_per = ("invoice_id", "days")
    order_number: str
    days: int
    due_at: str
    amount_due: Amount
    currency: str
    decimals: int


class CaptureRequested(Event):
    """Internal work: take authorized money at the provider, `amount` of it in ISO minor units; null: all (P11)."""

    name = "billing.capture_requested"
    internal = True
    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    payment_id: str
    order_id: str
    amount: int | None = None


class SyncDue(Event):
    """Internal work: ask the provider where this payment stands, and apply it (R-PAY-09). `attempt` counts the questions."""

    name = "billing.sync_due"
    internal = True
    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    once_per = ("payment_id", "attempt")
    payment_id: str
    order_id: str
    attempt: int


class CloseRequested(Event):
    """Internal work: withdraw the order's open payment at the provider, as its order was reopened."""

    name = "billing.close_requested"
    internal = True
    aggregate: ClassVar[str] = "payment"
    aggregate_field: ClassVar[str] = "payment_id"
    payment_id: str
    order_id: str
