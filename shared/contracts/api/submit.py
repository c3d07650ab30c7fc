"""Submit, step by step (lifecycles.md, section 1): each keyed by order and submission, and safe to repeat."""

from __future__ import annotations

from typing import Any, Literal

from shared.contracts.base import Amount, Model


class StoredAnswer(Model):
    """A stored answer; `body` is JSON text."""

    status: int
    headers: dict[str, str]
    body: str


class SubmitPrepared(Model):
    """`POST /internal/v1/orders/{id}/submit/prepare` of orders, with the customer's own credentials: what the next steps need.

    `stored`: the answer that was given to the same Idempotency-Key; nothing else counts then.
    """

    order_id: str
    currency: str
    decimals: int
    country: str | None
    due: Amount
    """round(total x prepayment_percent / 100)."""
    pickup: bool
    goods: bool
    state: str
    submission: int
    """The running submission, or the one that a submit would begin."""
    submitted: bool
    payment_method: str | None
    """The method of the running submission."""
    caller: dict[str, Any]
    """The resolved Caller, to be passed on."""
    idempotency_key: str | None = None
    stored: StoredAnswer | None = None


class CloseKey(Model):
    """`POST /internal/v1/idempotency/close` of orders: the answer of a command over several services."""

    key: str
    answer: StoredAnswer


class CheckMethod(Model):
    """`POST /internal/v1/methods/check` of billing. Answered by MethodPolicy, or 422 payment_method_unavailable."""

    code: str
    currency: str
    country: str | None
    amount: Amount
    pickup: bool
    goods: bool


class OfferMethods(Model):
    """`POST /internal/v1/orders/{id}/payment_methods` of billing: what a cart can be paid with. Answered by {data: [...]}.

    The data of `GET /store/v1/carts/{id}/payment_methods`; names are in `language`, without it in the caller's.
    """

    currency: str
    country: str | None
    amount: Amount
    pickup: bool
    goods: bool
    language: str | None = None


class MethodPolicy(Model):
    """What a payment method asks of a submit; frozen on the payment."""

    code: str
    kind: Literal["online", "offline"]
    hold_minutes: int | None
    on_expiry: Literal["cancel", "release"]


class SubmitOrder(Model):
    """`POST /internal/v1/orders/{id}/submit` of orders. 422 cart_incomplete, 409 price_changed; repeated: the same answer."""

    payment_method: str
    expected_total: str | None = None


class HoldLine(Model):
    """Units to hold; `allow_backorder`: what is missing may wait (R-STK-06)."""

    line_id: str
    sku: str
    quantity: int
    allow_backorder: bool


class Submitted(Model):
    """The order as it was submitted. `order` is the API's Order for this caller."""

    order: dict[str, Any]
    order_id: str
    number: str
    submission: int
    currency: str
    decimals: int
    total: Amount
    due: Amount
    lines: tuple[HoldLine, ...]
    """Lines of goods only."""
    confirmed: bool
    """It was confirmed before: nothing is to be held or paid anew."""
    hold: bool
    """Its goods are to be looked at; those of a sent one were, and may be sold since: its customer may be at the bank by now."""


class HoldStock(Model):
    """`POST /internal/v1/holds` of delivery. 409 out_of_stock; repeated for the same submission: nothing changes.

    `minutes` null: only a look, nothing is held. `on_expiry` null: staff's hold for a confirm, beside what the submit holds; its end is
    nobody's business but delivery's, and `POST /internal/v1/holds/give_back` ends it earlier.
    """

    order_id: str
    number: str
    submission: int
    minutes: int | None
    on_expiry: Literal["cancel", "release"] | None
    lines: tuple[HoldLine, ...]


class CreatePayment(Model):
    """`POST /internal/v1/payments` of billing, answered by the API's Payment for customers' eyes.

    Repeated for the same submission and method: the open one, or the failed one that can still be paid.
    422 payment_method_unavailable (the provider refuses), 503 provider_unavailable, 409 payment_in_progress.
    """

    order_id: str
    number: str
    submission: int
    method: str
    amount: Amount
    total: Amount
    currency: str
    decimals: int
    language: str | None = None
    """The order's, for an offline payment's instructions; None: the caller's."""


class EndSubmission(Model):
    """`POST /internal/v1/orders/{id}/reopen` (or `/confirm_free`) of orders: the named submission ends; another one is left alone."""

    submission: int
    reason: str


class ClosePayment(Model):
    """`POST /internal/v1/orders/{id}/close_payment` of billing: withdraw the open or failed online payment at the provider."""

    submission: int


class PaymentClosed(Model):
    """What became of it. `moving`: money is under way or there; it stays."""

    outcome: Literal["cancelled", "none", "moving"]
