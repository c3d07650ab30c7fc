"""Mails about what is on its way, or waits to be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.mail.parts import common, named


def parcel_shipped(
    payload: Mapping[str, Any],
    *,
    number: str,
    name: str | None,
    names: Mapping[str, str],
    expected_at: str | None,
    later: bool,
    store: Mapping[str, Any],
    links: Mapping[str, str],
) -> dict[str, Any]:
    """To the customer of `delivery.delivery_done`, outgoing and last step, or of a number that came later (R-NOT-06, R-NOT-07).

    `payload` carries parcels[] {carrier? (its name, not its code), tracking_number?, tracking_url?, lines[] {sku, quantity}} and
    remaining[] {sku, quantity}; `number`, `name` and `expected_at` are the order's, `names` say what a sku is called. A parcel
    without a number has neither number nor link, so the mail never shows an empty one. `later`: only a number came, and nothing is
    said of the rest of the order. Variables: `delivery` {parcels[] {carrier?,
    tracking_number?, tracking_url?, lines[] {name, sku, quantity}}, remaining[] {name, sku, quantity}, complete bool} · `order` {number,
    expected_at?} · `customer` {name?} · `store` · `links` {order}.
    """
    return {
        **common(name, store, links),
        "order": {"number": number, "expected_at": expected_at},
        "delivery": {
            "parcels": [
                {
                    "carrier": parcel.get("carrier") or None,
                    "tracking_number": parcel.get("tracking_number") or None,
                    "tracking_url": (parcel.get("tracking_url") or None) if parcel.get("tracking_number") else None,
                    "lines": named(parcel.get("lines") or (), names),
                }
                for parcel in payload["parcels"]
            ],
            "remaining": named(payload.get("remaining") or (), names),
            "complete": not (later or payload.get("remaining")),
        },
    }


def ready_for_pickup(
    payload: Mapping[str, Any], *, number: str, name: str | None, store: Mapping[str, Any], links: Mapping[str, str]
) -> dict[str, Any]:
    """To the customer of `delivery.pickup_ready`: what may be fetched at the store's address, with which code (R-DLV-21).

    What is not reserved yet is not there to be fetched, and not named.
    Variables: `pickup` {code, lines[] {name, sku, quantity}} · `order` {number} · `customer` {name?} · `store` · `links` {order}.
    """
    lines = [{"name": line["name"], "sku": line["sku"], "quantity": line["reserved"]} for line in payload["lines"] if line["reserved"]]
    return {**common(name, store, links), "order": {"number": number}, "pickup": {"code": payload["code"], "lines": lines}}
