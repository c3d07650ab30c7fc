"""Mails about an order as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.notifications.domain.mail.parts import common, how_to_pay, only, unless_zero
from services.notifications.domain.notification import Audience
from shared.language.numbers import minor_units


def order_confirmation(payload: Mapping[str, Any], *, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of `orders.order_confirmed`, paid or not (R-NOT-04, R-NOT-09, R-NOT-10).

    Variables: `order` {number, lines[] {name, sku, quantity, total}, shipping? {name, total}, totals {tax, total, paid, outstanding},
    discount?, voucher?, shipping_address?, expected_at?, customer_note?} · `customer` {name?} · `payment`? {amount, reference?,
    deadline_at?, text?, details{}}: how to pay what is outstanding · `paid` full, authorized or none · `pickup`: the customer fetches it
    at the store's address · `voucher_left`? {code, amount} · `currency` · `store` · `links` {order}.

    `payload` may carry reference and deadline_at of the open payment beside `instructions`; without a reference the order's
    number is it. Lines and shipping are shown with tax and after discounts, so they add up to the total.
    """
    totals = payload["totals"]
    order = _order(payload, payload["lines"])
    due = minor_units(totals["outstanding"])[0]
    paid = "none" if due or not minor_units(totals["total"])[0] else "full"
    if paid == "full" and minor_units(totals["paid"])[0] < minor_units(totals["total"])[0]:
        paid = "authorized"
    return {
        **common(payload["who"].get("name"), store, links),
        "currency": payload["currency"],
        "order": {**order, "totals": {key: totals[key] for key in ("tax", "total", "paid", "outstanding")}},
        "paid": paid,
        "payment": how_to_pay(payload, totals["outstanding"]) if due else None,
        "pickup": bool((payload.get("shipping") or {}).get("pickup")),
        "voucher_left": payload.get("voucher_left"),
    }


def new_order(payload: Mapping[str, Any], *, store: Mapping[str, Any], links: Mapping[str, str], seller: str | None) -> dict[str, Any]:
    """To a seller, or with `seller` None to the shop's own address, of `orders.order_confirmed` (R-NOT-05).

    A seller is told own lines and where they go; neither the others' lines nor the order's totals, discounts, or the customer's
    note, mail and phone (R-ACC-06). Variables: `order` {number, lines[] {name, sku, quantity, total}, shipping?, totals? {tax, total},
    discount?, voucher?, shipping_address?, customer_note?, confirmed_at?} · `customer` {name?, email?, phone?} · `currency` · `store` ·
    `links` {order}.
    """
    lines = [line for line in payload["lines"] if seller is None or line.get("seller_id") == seller]
    whole = seller is None
    order = _order(payload, lines)
    contact = ("name", "email", "phone") if whole else ("name",)
    return {
        **common(payload["who"].get("name"), store, links),
        "currency": payload["currency"],
        "customer": {"email": None, "phone": None, **only(contact, payload["who"])},
        "order": {
            **order,
            "shipping": order["shipping"] if whole else None,
            "discount": order["discount"] if whole else None,
            "voucher": order["voucher"] if whole else None,
            "totals": {key: payload["totals"][key] for key in ("tax", "total")} if whole else None,
            "customer_note": order["customer_note"] if whole else None,
            "confirmed_at": payload.get("confirmed_at"),
        },
    }


def order_cancelled(
    *, number: str, name: str | None, reason: str, reader: Audience, store: Mapping[str, Any], links: Mapping[str, str]
) -> dict[str, Any]:
    """To the customer of `orders.order_cancelled`, and to each seller who was told of the order (R-ORD-51).

    Of the reasons only those that the customer may read are said: their own wish, and goods that are not to be had.
    Variables: `order` {number} · `customer` {name?} · `reader` customer or seller · `reason`? customer_request or out_of_stock ·
    `store` · `links` {order}.
    """
    told = reason if reader == "customer" and reason in ("customer_request", "out_of_stock") else None
    return {**common(name, store, links), "order": {"number": number}, "reader": reader, "reason": told}


def payment_expired(*, number: str, name: str | None, reason: str, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of an order that was cancelled because nobody paid or answered in time (R-ORD-54; api.md, 13.3).

    Variables: `order` {number} · `customer` {name?} · `expired` payment or quotation · `store` · `links` {order}.
    """
    return {**common(name, store, links), "order": {"number": number}, "expired": reason.removesuffix("_expired")}


def _order(payload: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    shipping = payload.get("shipping")
    totals = payload["totals"]
    return {
        "number": payload["number"],
        "lines": [only(("name", "sku", "quantity", "total"), line) for line in lines],
        "shipping": only(("name", "total"), shipping) if shipping else None,
        "discount": unless_zero(totals.get("discount")),
        "voucher": unless_zero(totals.get("voucher")),
        "shipping_address": payload.get("shipping_address"),
        "expected_at": payload.get("expected_at"),
        "customer_note": payload.get("customer_note"),
    }
