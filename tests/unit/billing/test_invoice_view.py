"""What the API shows of a document."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.invoice import Invoice
from services.billing.domain.invoice_content import NOTHING_INVOICED, invoice_of
from services.billing.domain.invoice_plan import Part
from services.billing.domain.invoice_view import invoice_view
from shared.contracts.shop_settings import ShopSettings
from tests.support.driver import NOON
from tests.support.samples_billing import order_submitted


def shown(**values: Any) -> dict[str, Any]:
    order = order_submitted()
    part = Part(trigger_key="t", units={"lin_1": 5})
    invoice, lines = invoice_of(order.model_dump(mode="json"), order, part, NOTHING_INVOICED, settings=ShopSettings(), now=NOON)
    assert isinstance(invoice, Invoice)
    for name, value in values.items():
        setattr(invoice, name, value)
    return invoice_view(invoice, lines)


@pytest.mark.parametrize(("values", "ready"), [({}, True), ({"state": "posted"}, False), ({"state": "posted", "pdf_sha256": "ab"}, True)])
def test_the_paper_of_a_draft_is_drawn_for_who_asks_and_that_of_a_posted_one_is_there_or_not(values: dict[str, Any], ready: bool) -> None:
    assert shown(**values)["pdf_ready"] is ready


def test_the_parcel_is_shown_apart_from_what_was_in_it() -> None:
    view = shown()

    assert [line["order_line_id"] for line in view["lines"]] == ["lin_1"]
    assert (view["shipping"]["name"], view["shipping"]["price"]) == ("Parcel", "4.90")
