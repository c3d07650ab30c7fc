"""Payments."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Count,
    Currency,
    Instant,
    Money,
    OrderId,
    Page,
    PaymentId,
    Shown,
)
from shared.contracts.api.public.path import COUNTED, Answer, Path, Query, Subject, flag, staff

PaymentState = Literal["created", "pending", "authorized", "captured", "cancelled", "failed"]
Review = Literal["none", "required", "passed", "failed"]
Dispute = Literal["none", "open", "won", "lost"]


class PaymentFailure(Shown):
    """Why it failed: amount_mismatch, currency_mismatch, declined, or a code of the provider's."""

    code: str = Field(examples=["card_declined"])
    message: str = Field(examples=["Your card was declined."])


class PaymentReceived(Shown):
    """What a mismatching event of the provider said."""

    amount: Money
    currency: str = Field(examples=["USD"])


class PaymentForEveryone(Shown):
    """Money for an order, once."""

    id: PaymentId
    order_id: OrderId
    method: Code = Field(examples=["card"])
    kind: Literal["online", "offline"]
    provider: str = Field(examples=["stripe"])
    reference: str = Field(examples=["SO000123"])
    livemode: bool
    state: PaymentState
    amount: Money = Field(examples=["35.58"])
    currency: Currency
    captured: Money = Field(examples=["0.00"])
    released: Money = Field(examples=["0.00"])
    refunded: Money = Field(examples=["0.00"])
    refundable: Money = Field(examples=["0.00"])
    capture: Literal["automatic", "on_delivery", "by_hand"] = Field(description="When authorized money is taken.")
    authorized_until: Instant | None = Field(examples=[None])
    orphaned: bool = Field(description="It came for what was cancelled, and counts for no order.")
    review: Review
    dispute: Dispute
    failure: PaymentFailure | None = Field(examples=[None])
    received: PaymentReceived | None = Field(examples=[None])
    provider_ref: str | None = Field(examples=["pi_3QZ8"], description="At the provider; Stripe's PaymentIntent.")
    receipt_number: str | None = Field(examples=[None])
    paid_at: Instant | None = Field(examples=[None], description="When recorded money came, by its receipt.")
    created_at: Instant
    captured_at: Instant | None = Field(examples=[None])


class PaymentInstructions(Shown):
    """How an offline payment is made, in the order's language. `details` are to be copied: iban, bic …"""

    text: str | None = Field(default=None, examples=["Please transfer the amount to our account and give the reference."])
    details: dict[str, str] = Field(examples=[{"iban": "DE89370400440532013000"}])
    reference: str = Field(examples=["SO000123"])
    amount: Money = Field(examples=["35.58"])
    currency: Currency
    deadline_at: Instant | None = Field(examples=["2031-05-08T14:20:05.123456Z"])


class CustomersPayment(PaymentForEveryone):
    """A payment in its customer's eyes: with how it is paid, as long as an offline one waits for its money."""

    instructions: PaymentInstructions = Field(
        default_factory=lambda: PaymentInstructions(details={}, reference="", amount="", currency="", deadline_at=None)
    )


class PayablePayment(CustomersPayment):
    """A payment, with what a browser needs to pay it while there is something to pay."""

    client_secret: str | None = Field(default_factory=str, examples=["pi_3QZ8_secret_a1b2"])
    publishable_key: str | None = Field(default_factory=str, examples=["pk_test_4eC3"], description="The provider's, not the shop's.")


class Payment(PaymentForEveryone):
    """A payment in staff's eyes."""

    provider_url: str | None = Field(examples=[None], description="Its page in the provider's dashboard.")
    bank: str | None = Field(examples=[None])
    note: str | None = Field(examples=[None])
    reviewed_by: str | None = Field(examples=[None])
    reviewed_at: Instant | None = Field(examples=[None])
    resolution: Literal["accept", "ignore"] | None = Field(examples=[None], description="What became of money that did not fit.")


class PaymentPage(Shown):
    """A page of payments."""

    data: list[Payment]
    page: Page
    count: Count


_AS_IT_IS: Final = {200: Answer(shape=Payment, says="The payment as it is now.")}


def _command(name: str, summary: str, *errors: str, takes: Any = None) -> Path:
    """What the provider is asked. Its answer is the payment's state and not kept under a key: a repeat goes on where the first ended."""
    return Path(
        at=f"POST /admin/v1/payments/{{payment_id}}/{name}",
        name=f"{name}_payment",
        summary=summary,
        who=staff("payments.capture"),
        takes=takes,
        answers=_AS_IT_IS,
        errors=errors,
        keyed=False,
    )


SUBJECT: Final = Subject(
    name="Payments",
    says="Money that is to come, and money that came.",
    paths=(
        Path(
            at="GET /admin/v1/payments",
            name="list_payments",
            summary="List payments",
            who=staff("payments.read"),
            answers={200: Answer(shape=PaymentPage, says="A page, newest first.")},
            paged=True,
            queries=(
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="state", one_of=get_args(PaymentState)),
                Query(name="method", example="card"),
                Query(name="provider_ref", example="pi_3QZ8"),
                Query(name="receipt_number", example="2031-0815"),
                Query(name="review", one_of=get_args(Review)),
                Query(name="dispute", one_of=get_args(Dispute)),
                flag("orphaned", "Whether it counts for no order."),
                Query(name="q", says="A number: the payment's, its order's, its receipt's.", several=False, example="SO000123"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/payments/{payment_id}",
            name="get_payment",
            summary="Look at a payment",
            who=staff("payments.read"),
            answers={200: Answer(shape=Payment, says="The payment.")},
        ),
        _command(
            "capture",
            "Take authorized money",
            "illegal_transition",
            "amount_exceeds_capturable",
            "full_capture_only",
            "money_precision",
            "payment_in_progress",
            "provider_unavailable",
            takes={},
        ),
        _command("void", "Give authorized money back, or withdraw an open payment", "illegal_transition", "provider_unavailable"),
        _command("sync", "Read a payment again at the provider", "provider_unavailable"),
        Path(
            at="POST /admin/v1/payments/{payment_id}/review",
            name="review_payment",
            summary="Say what a look at a payment found",
            who=staff("payments.record"),
            takes={"result": "passed", "note": "The receipt is real."},
            answers=_AS_IT_IS,
            errors=("illegal_transition", "duplicate_receipt"),
        ),
        Path(
            at="POST /admin/v1/payments/{payment_id}/resolve",
            name="resolve_payment",
            summary="Decide about money that did not fit",
            who=staff("payments.record"),
            takes={"action": "accept", "note": "The customer sent the rest in cash."},
            answers=_AS_IT_IS,
            errors=("illegal_transition", "refund_unsupported"),
        ),
    ),
)
