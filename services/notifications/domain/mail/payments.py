"""Mails about what is to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.mail.parts import common, how_to_pay, only


def payment_failed(
    payload: Mapping[str, Any], *, number: str, name: str | None, store: Mapping[str, Any], links: Mapping[str, str]
) -> dict[str, Any]:
    """To the customer of `billing.payment_failed`: the order stands and can be paid again (R-NOT-10).

    `payload` carries amount and currency; `number` and `name` are the order's. The provider's code is for staff and not shown.
    Variables: `order` {number} · `customer` {name?} · `payment` {amount} · `currency` · `store` · `links` {payment}.
    """
    return {
        **common(name, store, links),
        "currency": payload["currency"],
        "order": {"number": number},
        "payment": {"amount": payload["amount"]},
    }


def payment_instructions(payload: Mapping[str, Any], *, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of `orders.order_sent` by a payment that the shop waits for (R-NOT-09).

    The amount is what the payment asks, which with a prepayment is less than the order's total. Variables: `order` {number, total} ·
    `customer` {name?} · `payment` {amount, reference, deadline_at?, text?, details{}} · `currency` · `store` · `links` {order}.
    """
    return _asked(payload, payload["total"], store, links) | {"order": {"number": payload["number"], "total": payload["total"]}}


def payment_reminder(payload: Mapping[str, Any], *, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of `orders.payment_reminder_due`: the money was not seen yet (R-ORD-54).

    The amount is the fact's own: what is still awaited. Variables: as `payment_instructions`, without the total.
    """
    asked = _asked(payload, payload["amount"], store, links)
    return asked | {"order": {"number": payload["number"]}, "payment": asked["payment"] | {"amount": payload["amount"]}}


def quotation(payload: Mapping[str, Any], *, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of `orders.order_sent` by staff, or where they send it: an offer, open at its link until it is no longer valid.

    Variables: `order` {number, total, valid_until?} · `customer` {name?} · `message`?: what staff say with it · `currency` · `store` ·
    `links` {order}.
    """
    return {
        **common(payload["who"].get("name"), store, links),
        "currency": payload["currency"],
        "order": only(("number", "total", "valid_until"), payload),
        "message": payload.get("message"),
    }


def _asked(payload: Mapping[str, Any], amount: str, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    return {
        **common(payload["who"].get("name"), store, links),
        "currency": payload["currency"],
        "payment": how_to_pay(payload, amount),
    }
