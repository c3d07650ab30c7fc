"""What several mails say alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.language.numbers import minor_units

_STORE: Final = ("name", "address", "phone", "email", "tax_id")


def common(name: str | None, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """What stands in every mail: `store`, `links` and `customer` {name?}."""
    return {"store": only(_STORE, store), "links": dict(links), "customer": {"name": name}}


def how_to_pay(payload: Mapping[str, Any], amount: str) -> dict[str, Any]:
    """`payment` {amount, reference, deadline_at?, text?, details{}} (R-NOT-09).

    `amount` is asked unless the instructions name another; without a reference the order's number is it.
    """
    instructions = payload.get("instructions") or {}
    return {
        "amount": instructions.get("amount") or amount,
        "reference": payload.get("reference") or payload["number"],
        "deadline_at": payload.get("deadline_at"),
        "text": instructions.get("text"),
        "details": instructions.get("details") or {},
    }


def named(lines: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Lines {name, sku, quantity}; a sku without a name is its own."""
    return [{"name": names.get(line["sku"], line["sku"]), "sku": line["sku"], "quantity": line["quantity"]} for line in lines]


def only(fields: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    """These fields of a record, None where it has none."""
    return {field: record.get(field) for field in fields}


def unless_zero(amount: str | None) -> str | None:
    """The amount, if there is one."""
    return amount if amount and minor_units(amount)[0] else None
