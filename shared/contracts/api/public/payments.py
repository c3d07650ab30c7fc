"""Payments, payment methods, and what the provider told."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Country,
    Currency,
    Instant,
    Language,
    Money,
    OrderId,
    Page,
    PaymentId,
    ProviderEventId,
    Shown,
)
from shared.contracts.api.public.path import STRIPE, Answer, Path, Query, Subject, staff

PaymentState = Literal["created", "pending", "authorized", "captured", "cancelled", "failed"]
ProviderEventState = Literal["received", "applied", "ignored", "unmatched", "failed"]


class PaymentFailure(Shown):
    """Why it failed: amount_mismatch, currency_mismatch, declined, or a code of the provider's."""

    code: str = Field(examples=["card_declined"])
    message: str = Field(examples=["Your card was declined."])


class PaymentReceived(Shown):
    """What a mismatching event of the provider said."""

    amount: Money
    currency: str = Field(examples=["USD"])


class CustomersPayment(Shown):
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
    authorized_until: Instant | None = Field(examples=[None])
    orphaned: bool
    review: Literal["none", "required", "passed", "failed"]
    failure: PaymentFailure | None = Field(examples=[None])
    received: PaymentReceived | None = Field(examples=[None])
    provider_ref: str | None = Field(examples=["pi_3QZ8"], description="At the provider; Stripe's PaymentIntent.")
    receipt_number: str | None = Field(examples=[None])
    created_at: Instant
    captured_at: Instant | None = Field(examples=[None])


class PayablePayment(CustomersPayment):
    """A payment, with what a browser needs to pay it while there is something to pay."""

    client_secret: str | None = Field(default_factory=str, examples=["pi_3QZ8_secret_a1b2"])
    publishable_key: str | None = Field(default_factory=str, examples=["pk_test_4eC3"], description="The provider's, not the shop's.")


class Payment(CustomersPayment):
    """A payment in staff's eyes."""

    provider_url: str | None = Field(examples=[None], description="Its page in the provider's dashboard.")


class PaymentPage(Shown):
    """A page of payments."""

    data: list[Payment]
    page: Page


class PaymentMethod(Shown):
    """A way to pay. `countries` and `currencies` null: all of them. The limits are in the order's currency."""

    code: Code = Field(examples=["card"])
    names: dict[Language, str] = Field(examples=[{"en": "Card"}])
    kind: Literal["online", "offline"]
    provider: str = Field(examples=["stripe"])
    active: bool = Field(examples=[True])
    available: bool = Field(examples=[True])
    unavailable_reason: str | None = Field(examples=[None])
    position: int = Field(examples=[1])
    confirm_on: Literal["pending", "authorized", "captured", "never"] = Field(examples=["authorized"])
    hold_minutes: int | None = Field(examples=[15], description="How long goods are held for the payment; null: not at all.")
    on_expiry: Literal["cancel", "release"] = Field(examples=["release"])
    countries: list[Country] | None = Field(examples=[None])
    currencies: list[Currency] | None = Field(examples=[None])
    min_amount: str | None = Field(examples=[None])
    max_amount: str | None = Field(examples=["2000"])


class PaymentMethodPage(Shown):
    """A page of payment methods."""

    data: list[PaymentMethod]
    page: Page


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


class EventTaken(Shown):
    """It is stored; a repeat has no effect."""

    received: bool = Field(examples=[True])
    state: ProviderEventState = Field(examples=["applied"])
    duplicate: bool


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
            ),
        ),
        Path(
            at="GET /admin/v1/payments/{payment_id}",
            name="get_payment",
            summary="Look at a payment",
            who=staff("payments.read"),
            answers={200: Answer(shape=Payment, says="The payment.")},
        ),
        Path(
            at="GET /admin/v1/payment_methods",
            name="list_payment_methods",
            summary="List payment methods",
            who=staff("settings.write"),
            answers={200: Answer(shape=PaymentMethodPage, says="A page, in the shop's order.")},
            paged=True,
        ),
        Path(
            at="PATCH /admin/v1/payment_methods/{code}",
            name="change_payment_method",
            summary="Change a payment method",
            who=staff("settings.write"),
            takes={"hold_minutes": 30, "countries": ["DE", "AT"], "max_amount": "2000"},
            answers={200: Answer(shape=PaymentMethod, says="The method as it is now; open payments keep what they were opened with.")},
            errors=("confirm_on_not_allowed",),
        ),
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
            ),
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
