"""What each mail says: the variables of `templates/mail/<name>.{html,txt}`, from what the events carry.

One function per mail. All take `store` (the settings `store.*` of the API) and `links` (absolute addresses); amounts are decimal
strings, instants RFC 3339. Every optional field is in the result, None when empty: templates run with undefined names forbidden.
Rendering is `shared.render.mails.compose`; whom a mail goes to, and whether, is the caller's.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.language.numbers import minor_units

_STORE: Final = ("name", "address", "phone", "email", "tax_id")


def order_confirmation(payload: Mapping[str, Any], *, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To the customer of `orders.order_confirmed`, paid or not (R-NOT-04, R-NOT-09, R-NOT-10).

    Variables: `order` {number, lines[] {name, sku, quantity, total}, shipping? {name, total}, totals {tax, total, paid, outstanding},
    discount?, voucher?, shipping_address?, expected_at?, customer_note?} · `customer` {name?} · `payment`? {amount, reference?,
    deadline_at?, text?, details{}}: how to pay what is outstanding · `paid` full, authorized or none · `voucher_left`? {code, amount} ·
    `currency` · `store` · `links` {order}.

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
        **_common(payload, store, links),
        "order": {**order, "totals": {key: totals[key] for key in ("tax", "total", "paid", "outstanding")}},
        "paid": paid,
        "payment": _payment(payload, totals["outstanding"]) if due else None,
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
        **_common(payload, store, links),
        "customer": {"email": None, "phone": None, **_only(contact, payload["who"])},
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


def payment_failed(
    payload: Mapping[str, Any], *, number: str, name: str | None, store: Mapping[str, Any], links: Mapping[str, str]
) -> dict[str, Any]:
    """To the customer of `billing.payment_failed`: the order stands and can be paid again (R-NOT-10).

    `payload` carries amount and currency; `number` and `name` are the order's. The provider's code is for staff and not shown.
    Variables: `order` {number} · `customer` {name?} · `payment` {amount} · `currency` · `store` · `links` {payment}.
    """
    return {
        "store": _only(_STORE, store),
        "links": dict(links),
        "currency": payload["currency"],
        "customer": {"name": name},
        "order": {"number": number},
        "payment": {"amount": payload["amount"]},
    }


def invoice(
    document: Mapping[str, Any], *, number: str, name: str | None, store: Mapping[str, Any], links: Mapping[str, str]
) -> dict[str, Any]:
    """To the customer, with the PDF of an Invoice of the API attached by the caller (R-INV-13, R-INV-16).

    `document` gives number, currency, total, amount_due? and due_at?; `number` and `name` are the order's. Variables: `invoice`
    {number, total, amount_due?, due_at?, settled bool} · `order` {number} · `customer` {name?} · `currency` · `store` · `links` {order}.
    """
    return {
        "store": _only(_STORE, store),
        "links": dict(links),
        "currency": document["currency"],
        "customer": {"name": name},
        "order": {"number": number},
        "invoice": {
            **_only(("number", "total", "amount_due", "due_at"), document),
            "settled": document.get("amount_due") is not None and minor_units(document["amount_due"])[0] == 0,
        },
    }


def parcel_shipped(
    payload: Mapping[str, Any],
    *,
    number: str,
    name: str | None,
    names: Mapping[str, str],
    expected_at: str | None,
    store: Mapping[str, Any],
    links: Mapping[str, str],
) -> dict[str, Any]:
    """To the customer of `delivery.delivery_done`, outgoing and last step, or of a number that came later (R-NOT-06, R-NOT-07).

    `payload` carries parcels[] {carrier? (its name, not its code), tracking_number?, tracking_url?, lines[] {sku, quantity}} and
    remaining[] {sku, quantity}; `number`, `name` and `expected_at` are the order's, `names` say what a sku is called. A parcel
    without a number has neither number nor link, so the mail never shows an empty one. Variables: `delivery` {parcels[] {carrier?,
    tracking_number?, tracking_url?, lines[] {name, sku, quantity}}, remaining[] {name, sku, quantity}} · `order` {number,
    expected_at?} · `customer` {name?} · `store` · `links` {order}.
    """
    return {
        "store": _only(_STORE, store),
        "links": dict(links),
        "customer": {"name": name},
        "order": {"number": number, "expected_at": expected_at},
        "delivery": {
            "parcels": [
                {
                    "carrier": parcel.get("carrier") or None,
                    "tracking_number": parcel.get("tracking_number") or None,
                    "tracking_url": (parcel.get("tracking_url") or None) if parcel.get("tracking_number") else None,
                    "lines": _named(parcel.get("lines") or (), names),
                }
                for parcel in payload["parcels"]
            ],
            "remaining": _named(payload.get("remaining") or (), names),
        },
    }


def _common(payload: Mapping[str, Any], store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "store": _only(_STORE, store),
        "links": dict(links),
        "currency": payload["currency"],
        "customer": {"name": payload["who"].get("name")},
    }


def _order(payload: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    shipping = payload.get("shipping")
    totals = payload["totals"]
    return {
        "number": payload["number"],
        "lines": [_only(("name", "sku", "quantity", "total"), line) for line in lines],
        "shipping": _only(("name", "total"), shipping) if shipping else None,
        "discount": _unless_zero(totals.get("discount")),
        "voucher": _unless_zero(totals.get("voucher")),
        "shipping_address": payload.get("shipping_address"),
        "expected_at": payload.get("expected_at"),
        "customer_note": payload.get("customer_note"),
    }


def _payment(payload: Mapping[str, Any], outstanding: str) -> dict[str, Any]:
    instructions = payload.get("instructions") or {}
    return {
        "amount": instructions.get("amount") or outstanding,
        "reference": payload.get("reference") or payload["number"],
        "deadline_at": payload.get("deadline_at"),
        "text": instructions.get("text"),
        "details": instructions.get("details") or {},
    }


def _named(lines: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": names.get(line["sku"], line["sku"]), "sku": line["sku"], "quantity": line["quantity"]} for line in lines]


def _only(fields: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    return {field: record.get(field) for field in fields}


def _unless_zero(amount: str | None) -> str | None:
    return amount if amount and minor_units(amount)[0] else None
