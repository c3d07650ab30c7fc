"""PaymentIntents: what makes one, and what can become of it. Dicts in, dicts out, as Stripe's JSON has them.

Source: https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/currencies
"""

import re
import secrets
from typing import Any, Literal, assert_never, get_args

from services.host.simulators.stripe.errors import ApiError, invalid, missing, unexpected_state

Intent = dict[str, Any]
PaymentAction = Literal["succeed", "authorize", "process", "fail", "cancel"]
DisputeAction = Literal["dispute", "win_dispute", "lose_dispute"]
Action = Literal[PaymentAction, DisputeAction]
ACTIONS: tuple[Action, ...] = get_args(Action)

_KNOWN_CURRENCIES = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc
    cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs
    khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr
    pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs
    uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
CURRENCIES = frozenset(_KNOWN_CURRENCIES.split())
STEPS = {**dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 10), **dict.fromkeys(("isk", "ugx"), 100)}
"""Amounts of these are multiples of ten or a hundred of the unit (R-MON-22)."""
LARGEST_AMOUNT = 999_999_999_999
CANCELLABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing")

_PARAMETERS = frozenset({"amount", "currency", "capture_method"})
_METADATA = re.compile(r"metadata\[([^\[\]]{1,40})\]\Z")
_ITEM = re.compile(r"payment_method_types\[\d*\]\Z")


def create(form: list[tuple[str, str]], *, created: int) -> Intent:
    """A new intent from the form of `POST /v1/payment_intents`. Raises `ApiError`, as Stripe would answer."""
    single, types, metadata = _read(form)
    amount = _amount(single.get("amount"), "amount")
    currency = _currency(single.get("currency"))
    if amount % STEPS.get(currency, 1):
        raise invalid(
            f"The amount in {currency} must be a multiple of {STEPS[currency]}.", code="parameter_invalid_integer", param="amount"
        )
    capture_method = single.get("capture_method", "automatic")
    if capture_method not in ("automatic", "automatic_async", "manual"):
        raise invalid("Invalid capture_method: must be one of automatic, automatic_async, or manual", param="capture_method")
    if types != ["card"]:
        raise invalid("This simulator takes cards only: payment_method_types[]=card.", param="payment_method_types")

    ref = f"pi_{secrets.token_hex(12)}"
    return {
        "id": ref,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "capture_method": capture_method,
        "client_secret": f"{ref}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "next_action": None,
        "payment_method": None,
        "payment_method_types": types,
        "status": "requires_payment_method",
    }


def capture(intent: Intent, form: list[tuple[str, str]]) -> Intent:
    """Authorized money, taken: all of it, or `amount_to_capture`; what is left is free again. Raises `ApiError`."""
    asked = dict(form)
    unknown = asked.keys() - {"amount_to_capture"}
    if unknown:
        raise invalid(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))
    named = asked.get("amount_to_capture")
    amount = intent["amount_capturable"] if named is None else _amount(named, "amount_to_capture")
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    if amount > intent["amount_capturable"]:
        raise ApiError(
            400,
            "invalid_request_error",
            "The amount to capture is greater than the authorized amount.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    return {**intent, "status": "succeeded", "amount_received": amount, "amount_capturable": 0}


def cancel(intent: Intent, *, cancelled: int) -> Intent:
    """The intent, never to be paid. Raises `ApiError` when it is paid or cancelled already."""
    if intent["status"] not in CANCELLABLE:
        raise unexpected_state(intent, "cancel")
    return {**intent, "status": "canceled", "amount_capturable": 0, "canceled_at": cancelled}


def after(action: PaymentAction, intent: Intent, *, at: int) -> tuple[Intent, str]:
    """What the card's bank or its owner did: the intent after it, and the type of the event that tells of it."""
    charged: Intent = {"latest_charge": intent["latest_charge"] or f"ch_{secrets.token_hex(12)}", "last_payment_error": None}
    match action:
        case "succeed":
            received: Intent = {"status": "succeeded", "amount_received": intent["amount"], "amount_capturable": 0}
            return {**intent, **charged, **received}, "payment_intent.succeeded"
        case "authorize":
            held: Intent = {"status": "requires_capture", "amount_capturable": intent["amount"]}
            return {**intent, **charged, **held}, "payment_intent.amount_capturable_updated"
        case "process":
            return {**intent, **charged, "status": "processing"}, "payment_intent.processing"
        case "fail":
            error = {
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "generic_decline",
                "message": "Your card was declined.",
            }
            failed: Intent = {"status": "requires_payment_method", "amount_capturable": 0, "last_payment_error": error}
            return {**intent, **failed}, "payment_intent.payment_failed"
        case "cancel":
            return {**intent, "status": "canceled", "amount_capturable": 0, "canceled_at": at}, "payment_intent.canceled"
        case _:
            assert_never(action)


def is_final(intent: Intent, action: PaymentAction) -> bool:
    """A paid or cancelled intent stays what it is. Only late money still counts: a payment and its cancelling can cross."""
    return intent["status"] in ("succeeded", "canceled") and action != "succeed"


def _read(form: list[tuple[str, str]]) -> tuple[dict[str, str], list[str], dict[str, str]]:
    single: dict[str, str] = {}
    types: list[str] = []
    metadata: dict[str, str] = {}
    for name, value in form:
        if key := _METADATA.match(name):
            if len(value) > 500:
                raise invalid("Metadata values can have up to 500 characters.", param=name)
            metadata[key[1]] = value
        elif _ITEM.match(name):
            types.append(value)
        elif name in _PARAMETERS:
            single[name] = value
        else:
            raise invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    return single, types, metadata


def _amount(text: str | None, param: str) -> int:
    if text is None:
        raise missing(param)
    if not re.fullmatch(r"-?[0-9]{1,30}", text):
        raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=param)
    if int(text) < 1:
        raise invalid("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param)
    if int(text) > LARGEST_AMOUNT:
        raise invalid(f"The amount must be no more than {LARGEST_AMOUNT}.", code="amount_too_large", param=param)
    return int(text)


def _currency(text: str | None) -> str:
    if text is None:
        raise missing("currency")
    if text.lower() not in CURRENCIES:
        raise invalid(f"Invalid currency: {text.lower()}.", param="currency")
    return text.lower()
