"""What stands on an invoice: the part's units, the parcel once, and why no tax is taken (R-INV-08, R-MON-16)."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.invoice_content import NOTHING_INVOICED, invoice_of
from services.billing.domain.invoice_plan import Invoiced, Part
from services.billing.errors import FiguresDisagree
from shared.contracts.orders import OrderSubmitted
from shared.contracts.shop_settings import ShopSettings
from tests.support.driver import NOON
from tests.support.samples_billing import ADDRESS, order_submitted

AT_HOME = ShopSettings.model_validate(
    {
        "store": {"address": {"name": "Oak", "line1": "1 Mill Road", "city": "Leeds", "country": "GB"}, "default_language": "en"},
        "billing": {"tax_notes": {"exempt": {"en": "Exempt"}, "export": {"en": "Exported"}}},
    }
)
ABROAD = ADDRESS | {"country": "CH"}


def posted(
    order: OrderSubmitted, units: dict[str, int], invoiced: Invoiced = NOTHING_INVOICED, settings: ShopSettings = AT_HOME
) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """The snapshot of the invoice over these units, and its lines: kind and quantity."""
    part = Part(trigger_key="t", units=units)
    invoice, lines = invoice_of(order.model_dump(mode="json"), order, part, invoiced, settings=settings, now=NOON)
    return invoice.snapshot, [(line.kind, line.quantity) for line in lines]


def without_tax(**values: Any) -> OrderSubmitted:
    """An order on whose lines no tax is."""
    order = order_submitted(engravings=1, **values).model_dump()
    taxed = [*order["lines"], order["shipping"]]
    for one in taxed:
        one.update(tax_rate_bp=0, tax="0.00", total=one["net"])
    order["totals"].update(tax="0.00", total=order["totals"]["net"])
    return OrderSubmitted.model_validate(order)


def test_only_lines_of_which_there_are_units_and_the_parcel_on_the_first() -> None:
    order = order_submitted(engravings=2)

    assert posted(order, {"lin_1": 2, "lin_2": 0})[1] == [("item", 2), ("shipping", 1)]
    assert posted(order, {"lin_1": 3}, Invoiced(units={"lin_1": 2}, shipping=True))[1] == [("item", 3)]


def test_what_is_not_known_of_buyer_and_seller_is_left_out() -> None:
    snapshot, _ = posted(order_submitted(), {"lin_1": 5})

    assert sorted(snapshot["buyer"]) == ["address", "email", "name"]
    assert sorted(snapshot) == ["buyer", "order", "seller", "shipping_method"]


def test_an_order_without_a_parcel_has_none_on_its_invoice() -> None:
    order = order_submitted().model_dump()
    totals, parcel = order["totals"], order["shipping"]
    figures = {name: f"{float(totals[name]) - float(parcel[name]):.2f}" for name in ("net", "tax", "total")}

    free = OrderSubmitted.model_validate(order | {"shipping": None, "totals": totals | figures})

    assert posted(free, {"lin_1": 5})[1] == [("item", 5)]


@pytest.mark.parametrize("name", ["net", "tax", "total"])
def test_an_order_whose_lines_are_not_its_total_is_not_invoiced(name: str) -> None:
    order = order_submitted().model_dump()
    wrong = OrderSubmitted.model_validate(order | {"totals": order["totals"] | {name: "1.00"}})

    with pytest.raises(FiguresDisagree):
        posted(wrong, {"lin_1": 5})


@pytest.mark.parametrize(
    ("order", "note"),
    [
        (order_submitted(), None),
        (order_submitted(shipping_address=ABROAD), None),
        (without_tax(), None),
        (without_tax(shipping_address=ABROAD), "Exported"),
        (without_tax(shipping_address=None, billing_address=ABROAD), "Exported"),
        (without_tax(shipping_address=None, billing_address=None), None),
    ],
)
def test_it_says_that_goods_leave_the_country_where_that_is_why_no_tax_is_taken(order: OrderSubmitted, note: str | None) -> None:
    assert posted(order, {"lin_1": 1, "lin_2": 1})[0].get("tax_note") == note


def test_one_line_without_tax_is_enough_to_say_why() -> None:
    order = order_submitted(engravings=1, shipping_address=ABROAD).model_dump()
    free = order["lines"][1]
    totals = order["totals"]
    figures = {name: f"{float(totals[name]) - float(free['tax']):.2f}" for name in ("tax", "total")}
    free.update(tax_rate_bp=0, tax="0.00", total=free["net"])

    some = OrderSubmitted.model_validate(order | {"totals": totals | figures})

    assert posted(some, {"lin_1": 1, "lin_2": 1})[0]["tax_note"] == "Exported"
    assert posted(some, {"lin_1": 1})[0].get("tax_note") is None, "what it says is of its own lines"


def test_it_says_that_the_customer_is_exempt_wherever_the_goods_go() -> None:
    for order in (without_tax(), without_tax(shipping_address=ABROAD)):
        values = order.model_dump()
        exempt = OrderSubmitted.model_validate(values | {"who": values["who"] | {"tax_exempt": True}})
        assert posted(exempt, {"lin_1": 1})[0]["tax_note"] == "Exempt"


def test_a_shop_without_an_address_does_not_know_what_is_abroad() -> None:
    nowhere = ShopSettings.model_validate({"billing": {"tax_notes": {"export": {"en": "Exported"}}}})

    assert posted(without_tax(shipping_address=ABROAD), {"lin_1": 1}, settings=nowhere)[0].get("tax_note") is None
