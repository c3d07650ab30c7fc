"""The shop's settings (api.md, section 10), with their defaults: those that have a use so far. An unknown one is refused."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.values.address import Address
from shared.values.money import ISO_DECIMALS, Precision, UnknownCurrency

Language = Literal["en", "fa", "vi", "ru"]
LANGUAGES: Final = ("en", "fa", "vi", "ru")
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Email = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=320)]
WebAddress = Annotated[str, Field(pattern=r"^https?://[^\s\"<>\\]+$", max_length=500)]
"""Begins links in mails: nothing that a mail program would run."""
OneLine = Annotated[str, Field(pattern=r"^[^\r\n]+$", max_length=500)]
Trigger = Literal["on_confirm", "on_payment", "on_delivery", "on_request"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no IANA time zone")
    return name


def _currency(code: str) -> str:
    if code not in ISO_DECIMALS:
        raise UnknownCurrency(code)
    return code


def _decimals(lowered: dict[str, int]) -> dict[str, int]:
    for currency, decimals in lowered.items():
        Precision(currency, decimals)
    return lowered


class Group(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StoreSettings(Group):
    """Who the shop is."""

    name: str | None = None
    address: Address | None = None
    tax_id: str | None = None
    phone: str | None = None
    email: Email | None = None
    footer: dict[Language, str] = {}
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    default_language: Language = "en"
    languages: list[Language] = list(LANGUAGES)
    default_currency: Annotated[str, AfterValidator(_currency)] = "EUR"
    currency_decimals: Annotated[dict[str, int], AfterValidator(_decimals)] = {}
    """Per currency, at most its ISO decimals; frozen on each order at its creation."""
    storefront_url: WebAddress | None = None
    mail_from: OneLine | None = None
    orders_emails: list[Email] = []
    alert_emails: list[Email] = []
    working_days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    """Days that lead times count (api.md, ShippingMethod)."""


class OrdersSettings(Group):
    """How orders are numbered and taken."""

    number_prefix: str = Field(default="SO", pattern=r"^[A-Za-z0-9/-]{0,10}$")
    allow_zero_price: bool = False
    prepayment_percent: int = Field(default=100, ge=1, le=100)
    default_team: Code | None = None
    default_salesperson: str | None = Field(default=None, max_length=64)
    quotation_valid_days: int | None = Field(default=None, ge=1, le=3650)
    """Of orders made by staff; null: for ever."""


class TaxSettings(Group):
    """Frozen on an order at its creation (R-MON-13)."""

    prices_include_tax: bool = False
    rounding: Literal["per_line", "global"] = "per_line"


class AbandonedCartSettings(Group):
    """When a cart counts as left behind (R-ABC-01)."""

    delay_hours: float = Field(default=10, ge=0, le=8760)


class DeliverySettings(Group):
    """How goods leave. Steps and policies are frozen on each chain (R-DLV-02)."""

    steps: Literal["ship_only", "pick_ship", "pick_pack_ship"] = "ship_only"
    shipping_policy: Literal["as_available", "all_at_once"] = "as_available"
    backorder_policy: Literal["always", "ask", "never"] = "always"
    split_by: Literal["none", "seller", "warehouse"] = "none"
    late_after_hours: int | None = Field(default=None, ge=1, le=8760)
    """After confirmation, where nothing was promised; null: never late."""
    mail_on_shipped: bool = True


class InvoiceTrigger(Group):
    """What makes the invoice, by type of customer (R-INV-02)."""

    business: Trigger = "on_payment"
    private: Trigger = "on_payment"


class TaxNotes(Group):
    """Sentences that the law wants on an invoice without tax, by language."""

    exempt: dict[Language, str] = {}
    export: dict[Language, str] = {}


class BillingSettings(Group):
    """How invoices are made."""

    invoice_trigger: InvoiceTrigger = InvoiceTrigger()
    invoice_prefix: str = Field(default="INV", pattern=r"^[A-Za-z0-9-]{1,10}$")
    payment_terms_days: int = Field(default=0, ge=0, le=365)
    reminder_days: list[Annotated[int, Field(ge=0, le=365)]] = []
    """Days after an invoice's due date."""
    tax_notes: TaxNotes = TaxNotes()


class BarcodeSettings(Group):
    """The order's barcode on documents."""

    prefix: str = Field(default="", max_length=8, pattern=r"^[\x20-\x7e]*$")
    text: bool = True
    height_mm: float = Field(default=12.0, ge=5, le=40)
    module_mm: float = Field(default=0.33, ge=0.2, le=1.0)


class DocumentsSettings(Group):
    """How documents and mails are written."""

    native_digits: bool = False
    jalali_dates: bool = False
    currency_display: Literal["code", "symbol"] = "code"
    barcode: BarcodeSettings = BarcodeSettings()


class LimitsSettings(Group):
    """How often is too often (R-ORD-21)."""

    failed_logins_per_minute: int = Field(default=10, ge=1, le=1000)
    """Per client address, and per account."""
    registrations_per_minute: int = Field(default=30, ge=1, le=1000)
    """Per client address."""


class RetentionSettings(Group):
    """Days that things are kept."""

    idempotency_days: int = Field(default=7, ge=1, le=365)


class ShopSettings(Group):
    """All of them. Orders holds the master, every service a copy with its version."""

    store: StoreSettings = StoreSettings()
    orders: OrdersSettings = OrdersSettings()
    tax: TaxSettings = TaxSettings()
    delivery: DeliverySettings = DeliverySettings()
    billing: BillingSettings = BillingSettings()
    documents: DocumentsSettings = DocumentsSettings()
    abandoned_cart: AbandonedCartSettings = AbandonedCartSettings()
    limits: LimitsSettings = LimitsSettings()
    retention: RetentionSettings = RetentionSettings()


def unknown_nulls(patch: dict[str, Any], group: type[BaseModel] = ShopSettings, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where a patch takes back what is no setting: merged, it leaves no trace that a validation could find."""
    found: list[tuple[str, ...]] = []
    for key, value in patch.items():
        field = group.model_fields.get(key)
        if field is None:
            found += [(*at, key)] if value is None else []
        elif isinstance(value, dict) and isinstance(field.annotation, type) and issubclass(field.annotation, Group):
            found += unknown_nulls(value, field.annotation, (*at, key))
    return found


def merged(values: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396 merge patch on what was set; null takes a setting back to its default. An address is replaced as a whole (api.md, 2)."""
    result = dict(values)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif key != "address" and isinstance(value, dict) and isinstance(result.get(key, {}), dict):
            result[key] = merged(result.get(key, {}), value)
        else:
            result[key] = value
    return result
