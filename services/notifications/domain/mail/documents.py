"""Mails about invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.mail.parts import common, only
from shared.language.numbers import minor_units


def invoice(
    document: Mapping[str, Any], *, number: str, name: str | None, store: Mapping[str, Any], links: Mapping[str, str]
) -> dict[str, Any]:
    """To the customer, with the PDF of an Invoice of the API attached by the caller (R-INV-13, R-INV-16).

    `document` gives number, currency, total, amount_due? and due_at?; `number` and `name` are the order's. Variables: `invoice`
    {number, total, amount_due?, due_at?, settled bool} · `order` {number} · `customer` {name?} · `currency` · `store` · `links` {order}.
    """
    return {
        **common(name, store, links),
        "currency": document["currency"],
        "order": {"number": number},
        "invoice": {
            **only(("number", "total", "amount_due", "due_at"), document),
            "settled": document.get("amount_due") is not None and minor_units(document["amount_due"])[0] == 0,
        },
    }


def invoice_reminder(payload: Mapping[str, Any], *, name: str | None, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of `billing.invoice_overdue` (R-INV-16).

    Variables: `invoice` {number, amount_due, due_at} · `order` {number} · `customer` {name?} · `currency` · `store` · `links` {order}.
    """
    return {
        **common(name, store, links),
        "currency": payload["currency"],
        "order": {"number": payload["order_number"]},
        "invoice": only(("number", "amount_due", "due_at"), payload),
    }
