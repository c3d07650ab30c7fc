"""Ways to pay."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import Code, Country, Currency, Language, Page, Shown
from shared.contracts.api.public.path import Answer, Path, Subject, staff

Support = Literal["none", "full_only", "partial"]


class PaymentMethod(Shown):
    """A way to pay. `countries` and `currencies` null: all of them. The limits are in the order's currency."""

    code: Code = Field(examples=["card"])
    names: dict[Language, str] = Field(examples=[{"en": "Card"}])
    kind: Literal["online", "offline"]
    provider: str = Field(examples=["stripe"])
    active: bool = Field(examples=[True])
    staff_only: bool
    available: bool = Field(examples=[True])
    unavailable_reason: str | None = Field(examples=[None])
    position: int = Field(examples=[1])
    instructions: dict[Language, str] = Field(examples=[{}], description="How to pay.")
    details: dict[str, str] = Field(examples=[{}], description="What is to be copied by whoever pays: iban, bic …")
    confirm_on: Literal["pending", "authorized", "captured", "never"] = Field(examples=["authorized"])
    hold_minutes: int | None = Field(examples=[15], description="How long goods are held for the payment; null: not at all.")
    reminder_minutes: int | None = Field(examples=[None], description="When the customer is reminded of an offline payment.")
    on_expiry: Literal["cancel", "release"] = Field(examples=["release"])
    capture: Literal["automatic", "on_delivery", "by_hand"]
    review: Literal["none", "required"]
    refund_support: Support = Field(examples=["partial"])
    capture_support: Support = Field(examples=["partial"])
    countries: list[Country] | None = Field(examples=[None])
    currencies: list[Currency] | None = Field(examples=[None])
    min_amount: str | None = Field(examples=[None])
    max_amount: str | None = Field(examples=["2000"])


class PaymentMethodPage(Shown):
    """A page of payment methods."""

    data: list[PaymentMethod]
    page: Page


SUBJECT: Final = Subject(
    name="Payment methods",
    says="How customers pay, and what each way asks of an order.",
    paths=(
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
            at="PUT /admin/v1/payment_methods/{code}",
            name="put_payment_method",
            summary="Make or replace an offline method of the shop's own",
            who=staff("settings.write"),
            takes={"names": {"en": "Cheque"}, "instructions": {"en": "Please send it to our office."}, "hold_minutes": 10080},
            answers={
                200: Answer(shape=PaymentMethod, says="It is replaced; open payments keep what they were opened with."),
                201: Answer(shape=PaymentMethod, says="It is new."),
            },
            errors=("already_exists",),
        ),
    ),
)
