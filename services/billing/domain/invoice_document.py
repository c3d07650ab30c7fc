"""What an invoice, credit note or pro forma says on paper: the variables of `templates/invoice.html` from the record's figures.

Nothing is rounded or taxed here; figures are the invoice's own, so paper and API agree to the minor unit (R-MON-14, R-DOC-09).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.language.catalogue import pick
from shared.language.numbers import decimal_string, minor_units

_PARTY: Final = ("name", "company", "tax_id", "email", "phone", "address")
_ORDER: Final = ("number", "customer_reference", "customer_note", "created_at", "confirmed_at")
_OPTIONAL: Final = ("number", "issued_at", "supplied_at", "due_at", "reason", "tax_note")


def document_variables(
    invoice: Mapping[str, Any],
    *,
    order: Mapping[str, Any],
    settings: Mapping[str, Any],
    paid: str,
    corrects: str | None,
    payment: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The template's variables for an Invoice of the API, type invoice, credit_note or pro_forma.

    `order` gives number, customer_reference, customer_note, created_at, confirmed_at as far as they are known. `settings` is the
    API's nested object; of it `store.*` (where the invoice has no seller of its own yet, and for the footer) and
    `documents.barcode` are read. `paid` is what payments have settled of the invoice, a decimal string in its currency; what
    neither is paid nor due has been credited and is shown as such. `corrects` is the number of the document that a credit note
    is for. `payment` {reference?, deadline_at?, instructions {text?, details{}}} tells how to pay and is printed while something
    is due, never on a credit note.

    In the result every optional field is there, None when empty: templates run with undefined names forbidden. Lines, shipping
    and adjustments are one list `invoice.lines`; a discount or voucher is None where it is nothing. Raises ValueError when
    `paid` has other decimals than the total.
    """
    total, decimals = minor_units(invoice["total"])
    due, _ = minor_units(invoice["amount_due"])
    settled, paid_decimals = minor_units(paid)
    if paid_decimals != decimals:
        raise ValueError(f"paid {paid} has other decimals than the total {invoice['total']}")

    lines = [_line(line) for line in (*invoice["lines"], *_extra_lines(invoice))]
    rates = [
        {"rate": rate["rate"], "net": rate["net"], "tax": rate["tax"], "total": _sum((rate["net"], rate["tax"]), decimals)}
        for rate in invoice["tax_lines"]
    ]
    return {
        "currency": invoice["currency"],
        "store": _store(invoice, settings),
        "customer": _only(_PARTY, invoice["buyer"]),
        "order": {**_only(_ORDER, order), "number": invoice["order_number"]},
        "invoice": {
            **_only(_OPTIONAL, invoice),
            "type": invoice["type"],
            "corrects": corrects,
            "lines": lines,
            "tax_lines": rates,
            "net": invoice["net"],
            "tax": invoice["tax"],
            "total": invoice["total"],
            "discount": _unless_zero(_sum((line["discount"] for line in lines if line["discount"]), decimals)),
            "voucher": _unless_zero(_sum((line["voucher"] for line in lines if line["voucher"]), decimals)),
            "paid": _unless_zero(paid),
            "credited": _unless_zero(decimal_string(total - settled - due, decimals)),
            "amount_due": invoice["amount_due"],
            "prices_include_tax": invoice["prices_include_tax"],
        },
        "payment": _payment(payment) if payment and due and invoice["type"] != "credit_note" else None,
        "figures": _size_of_figures(
            [invoice["total"], *(one[name] for one in (*lines, *rates) for name in ("unit_price", "net", "total") if one.get(name))]
        ),
        "barcode": _barcode(invoice["order_number"], settings["documents"]["barcode"]),
    }


def _store(invoice: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    store = settings["store"]
    seller = _only(_PARTY, invoice.get("seller") or store)
    footer = pick(store.get("footer") or {}, invoice["language"], store["default_language"])
    return {**seller, "footer": footer or None}


def _extra_lines(invoice: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if shipping := invoice.get("shipping"):
        yield {"description": shipping["name"], "quantity": 1, "unit_price": shipping["price"], **shipping}
    yield from invoice.get("adjustments") or ()


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": line["description"],
        **_only(("sku", "quantity", "unit_price", "tax_rate"), line),
        "discount_percent": _unless_zero(line.get("discount_percent")),
        "discount": _unless_zero(line.get("discount")),
        "voucher": _unless_zero(line.get("voucher")),
        "net": line["net"],
        "tax": line["tax"],
        "total": line["total"],
    }


def _payment(payment: Mapping[str, Any]) -> dict[str, Any]:
    instructions = payment.get("instructions") or {}
    return {
        **_only(("reference", "deadline_at"), payment),
        "text": instructions.get("text"),
        "details": instructions.get("details") or {},
    }


def _size_of_figures(amounts: Iterable[str]) -> str:
    """How the figures are set so that the longest fits into its column: as the rest, `small`, or `smallest` (rials have many digits)."""
    digits = max(sum(character.isdigit() for character in amount) for amount in amounts)
    return "" if digits <= 11 else "small-figures" if digits <= 14 else "smallest-figures"


def _barcode(order_number: str, barcode: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": f"{barcode['prefix']}{order_number}",
        "height_mm": barcode["height_mm"],
        "module_mm": barcode["module_mm"],
        "show_text": barcode["text"],
    }


def _only(fields: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    return {field: record.get(field) for field in fields}


def _sum(amounts: Iterable[str], decimals: int) -> str:
    return decimal_string(sum(minor_units(amount)[0] for amount in amounts), decimals)


def _unless_zero(amount: str | None) -> str | None:
    return amount if amount and minor_units(amount)[0] else None
