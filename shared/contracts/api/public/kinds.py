"""Kinds of values in answers, each with an example. Answers are not passed through these models: they document (messaging.md, cost 2)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

_ULID: Final = "01KAVR5Z3M8QW4T7R2N5V0C1DE"


class Shown(BaseModel):
    """Base of answers: these fields and no others. A field with a default may be absent."""

    model_config = ConfigDict(extra="forbid")


def _id(prefix: str) -> Any:
    return Field(pattern=rf"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$", examples=[f"{prefix}_{_ULID}"])


OrderId = Annotated[str, _id("ord")]
LineId = Annotated[str, _id("lin")]
DiscountId = Annotated[str, _id("dsc")]
CustomerId = Annotated[str, _id("cus")]
PaymentId = Annotated[str, _id("pay")]
InvoiceId = Annotated[str, _id("inv")]
InvoiceLineId = Annotated[str, _id("ivl")]
ProviderEventId = Annotated[str, _id("pev")]
DeliveryId = Annotated[str, _id("dlv")]
DeliveryLineId = Annotated[str, _id("dln")]
ParcelId = Annotated[str, _id("pcl")]
ReservationId = Annotated[str, _id("res")]
NotificationId = Annotated[str, _id("ntf")]
TaskId = Annotated[str, _id("tsk")]
StockMoveId = Annotated[str, _id("mov")]
EventId = Annotated[str, _id("evt")]
KeyId = Annotated[str, _id("key")]
StaffId = Annotated[str, _id("usr")]
AuditId = Annotated[str, _id("aud")]

Money = Annotated[
    str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["12.50"], description="A decimal, with exactly the currency's places.")
]
Percent = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["19"])]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]
Code = Annotated[str, Field(pattern="^[A-Za-z0-9_.-]{1,64}$")]
Sku = Annotated[str, Field(pattern="^[A-Za-z0-9_.-]{1,64}$", examples=["mug-blue"])]
Instant = Annotated[str, Field(examples=["2031-05-01T14:20:05.123456Z"], json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(examples=["2031-05-15"], json_schema_extra={"format": "date"})]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
Language = Literal["en", "fa", "vi", "ru"]
Texts = Annotated[dict[Language, str], Field(examples=[{"en": "Blue mug", "ru": "Синяя кружка"}])]
FreeObject = Annotated[dict[str, Any], Field(examples=[{"colour": "blue"}], description="Any members; kept and given back as they came.")]
ProductType = Literal["goods", "service", "digital"]


class Page(Shown):
    """Where a list goes on: ask again with `after` = `next`."""

    next: str | None = Field(pattern="^cur_", examples=["cur_WyIyMDMxLTA1LTAxVDE0OjIwOjA1LjEyMzQ1NloiXQ"])
    has_more: bool = Field(examples=[True])


Count = Annotated[int, Field(default_factory=int, examples=[42], description="How many all pages have; with `include=count`.")]
