"""What makes an invoice, and which units it takes (R-INV-02, R-INV-14, R-MON-15, R-MON-16)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from shared.db.settings_copy import copy_settings
from shared.values.money import Precision
from tests.services.billing.conftest import given_payment
from tests.services.billing.test_invoices import captured_fact, given_captured, given_settings, invoices
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import (
    ORDER,
    asked_payment,
    content,
    delivery_done,
    order_cancelled,
    order_confirmed,
    total_of,
)
from tests.support.stripe_double import StripeDouble, deliver

EUR = Precision("EUR", 2)


def given_trigger(billing: ServiceDriver, trigger: str, **groups: Any) -> None:
    given_settings(billing, billing={"invoice_trigger": {"private": trigger}} | groups)


def quantities(billing: ServiceDriver) -> list[dict[str, int]]:
    """Units of each invoice, oldest first."""
    return [{line["order_line_id"]: line["quantity"] for line in invoice["lines"]} for invoice in reversed(invoices(billing))]


def sum_of(documents: list[dict[str, Any]], figure: str) -> str:
    return EUR.format(sum(EUR.parse(invoice[figure]) for invoice in documents))


@pytest.mark.parametrize("order", list(itertools.permutations(("confirmed", "first", "second"))))
def test_on_delivery_each_hand_over_is_invoiced_with_its_units_in_any_order(billing: ServiceDriver, order: tuple[str, ...]) -> None:
    """R-INV-02, R-INV-14: together they are the order, to the unit; the shipping is on the first."""
    given_trigger(billing, "on_delivery")
    facts = {
        "confirmed": order_confirmed(),
        "first": delivery_done(2, delivery_id="dlv_1", day=2),
        "second": delivery_done(3, delivery_id="dlv_2", day=3),
    }

    for name in order:
        billing.hears(facts[name], times=2)

    found = invoices(billing)
    assert sorted(invoice["lines"][0]["quantity"] for invoice in found) == [2, 3]
    assert {invoice["delivery_id"] for invoice in found} == {"dlv_1", "dlv_2"}
    assert [invoice["shipping"] is not None for invoice in reversed(found)] == [True, False]
    totals = content()["totals"]
    assert (sum_of(found, "net"), sum_of(found, "tax"), sum_of(found, "total")) == (totals.net, totals.tax, totals.total)
    assert {invoice["supplied_at"][:10] for invoice in found} == {"2031-05-02", "2031-05-03"}


def test_on_delivery_nothing_is_invoiced_before_goods_are_handed_over(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-02: neither confirmation nor money makes one."""
    given_trigger(billing, "on_delivery")
    given_captured(billing, stripe)
    billing.hears(captured_fact(billing))
    billing.hears(order_confirmed())

    assert invoices(billing) == []


def test_services_count_as_handed_over_at_confirmation(billing: ServiceDriver) -> None:
    """R-INV-02: the first invoice is theirs, and has the shipping."""
    given_trigger(billing, "on_delivery")
    billing.hears(order_confirmed(engravings=2))
    assert quantities(billing) == [{"lin_2": 2}]

    billing.hears(delivery_done(5))

    assert quantities(billing) == [{"lin_2": 2}, {"lin_1": 5}]
    assert [invoice["shipping"] is not None for invoice in reversed(invoices(billing))] == [True, False]
    assert sum_of(invoices(billing), "total") == total_of(engravings=2)


@pytest.mark.parametrize("changes", [{"last": False}, {"kind": "put_back"}, {"order_id": None}])
def test_only_what_leaves_for_the_customer_is_a_hand_over(billing: ServiceDriver, changes: dict[str, Any]) -> None:
    given_trigger(billing, "on_delivery")
    billing.hears(order_confirmed())

    billing.hears(delivery_done(5, **changes))

    assert invoices(billing) == []


def test_more_than_was_ordered_is_never_invoiced(billing: ServiceDriver) -> None:
    """R-INV-14: a replacement is handed over, too."""
    given_trigger(billing, "on_delivery")
    billing.hears(order_confirmed())
    billing.hears(delivery_done(5))
    billing.hears(delivery_done(1, delivery_id="dlv_9", day=9))

    assert quantities(billing) == [{"lin_1": 5}]


def test_parts_of_a_line_take_the_lowest_units_left(billing: ServiceDriver) -> None:
    """R-MON-15, R-MON-16: 25.00 + 4.75 over three units is 9.92, 9.92 and 9.91."""
    given_trigger(billing, "on_delivery")
    order = order_confirmed(quantity=3)
    line = order.lines[0].model_copy(update={"discount": "0.00", "net": "25.00", "tax": "4.75", "total": "29.75"})
    totals = order.totals.model_copy(update={"net": "25.00", "tax": "4.75", "total": "29.75"})
    billing.hears(order.model_copy(update={"lines": (line,), "shipping": None, "totals": totals}))

    for number in (1, 2, 3):
        billing.hears(delivery_done(1, delivery_id=f"dlv_{number}", day=number))

    found = [(one["net"], one["tax"], one["total"]) for one in reversed(invoices(billing))]
    assert found == [("8.34", "1.58", "9.92"), ("8.33", "1.59", "9.92"), ("8.33", "1.58", "9.91")]


def test_on_payment_the_unpaid_order_is_invoiced_whole_at_its_first_hand_over(billing: ServiceDriver) -> None:
    """R-INV-02: at the latest then, and once."""
    billing.hears(order_confirmed())
    assert invoices(billing) == []

    billing.hears(delivery_done(2))
    billing.hears(delivery_done(3, delivery_id="dlv_2", day=3))

    assert quantities(billing) == [{"lin_1": 5}]
    (invoice,) = invoices(billing)
    assert (invoice["payment_state"], invoice["delivery_id"], invoice["supplied_at"][:10]) == ("not_paid", None, "2031-05-02")


@pytest.mark.parametrize("order", list(itertools.permutations(("confirmed", "captured", "handed over"))))
def test_on_payment_makes_one_invoice_whatever_comes_first(billing: ServiceDriver, stripe: StripeDouble, order: tuple[str, ...]) -> None:
    """R-INV-01."""
    given_captured(billing, stripe)
    facts = {"confirmed": order_confirmed(), "captured": captured_fact(billing), "handed over": delivery_done(5)}

    for name in order:
        billing.hears(facts[name])

    assert quantities(billing) == [{"lin_1": 5}]


def test_on_request_nothing_makes_one_by_itself(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-02."""
    given_trigger(billing, "on_request")
    given_captured(billing, stripe)
    for fact in (order_confirmed(), captured_fact(billing), delivery_done(5)):
        billing.hears(fact)

    assert invoices(billing) == []


def test_a_hand_over_of_a_cancelled_order_makes_none(billing: ServiceDriver) -> None:
    """R-INV-05."""
    billing.hears(order_confirmed(), seq=1)
    billing.hears(order_cancelled(), seq=2)

    billing.hears(delivery_done(5))

    assert invoices(billing) == []
    assert billing.rows("SELECT * FROM invoice_series") == []


def test_the_hand_over_of_an_invoiced_order_costs_one_look(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Most orders are paid before: nothing is locked and nothing written but that the fact was heard."""
    given_captured(billing, stripe)
    billing.hears(order_confirmed())
    billing.hears(captured_fact(billing))
    done = delivery_done(5)
    statements: list[str] = []
    sqlalchemy_event.listen(billing.db.engine, "before_cursor_execute", lambda *given: statements.append(str(given[2])))

    billing.hears(done)

    looks = [statement for statement in statements if "invoices" in statement]
    assert (len(looks), [s for s in statements if "FROM orders" in s or "UPDATE" in s]) == (1, [])


@pytest.mark.parametrize(
    ("amount", "moving", "captured"),
    [("30.00", ["in_payment", "not_paid"], ["partial", "not_paid"]), ("40.00", ["in_payment", "in_payment"], ["paid", "partial"])],
)
def test_money_goes_to_the_oldest_invoice_first(
    billing: ServiceDriver, stripe: StripeDouble, amount: str, moving: list[str], captured: list[str]
) -> None:
    """R-INV-10, lifecycles.md I5."""
    given_trigger(billing, "on_delivery")
    payment = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": amount}).body
    billing.hears(order_confirmed())
    billing.hears(delivery_done(2))
    billing.hears(delivery_done(3, delivery_id="dlv_2", day=3))

    def states() -> list[str]:
        return [invoice["payment_state"] for invoice in reversed(invoices(billing))]

    deliver(billing, stripe.happens(payment["provider_ref"], "process"))
    assert states() == moving
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(captured_fact(billing))
    assert states() == captured
    assert sum_of(invoices(billing), "amount_due") == EUR.format(EUR.parse(total_of()) - EUR.parse(amount))


def test_a_new_invoice_gets_the_money_that_earlier_ones_left(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-16: a prepaid order's parts are paid as they are made."""
    given_trigger(billing, "on_delivery")
    given_captured(billing, stripe)
    billing.hears(order_confirmed())

    billing.hears(delivery_done(2))
    billing.hears(delivery_done(3, delivery_id="dlv_2", day=3))

    assert [(one["payment_state"], one["amount_due"]) for one in invoices(billing)] == [("paid", "0.00"), ("paid", "0.00")]
    assert billing.told("billing.invoice_paid") == ["billing.invoice_paid"] * 2


def test_the_tax_note_says_why_there_is_no_tax(billing: ServiceDriver) -> None:
    """api.md, billing.tax_notes: the customer is exempt, or the goods went abroad without tax."""
    notes = {"exempt": {"en": "Exempt: Art. 151"}, "export": {"en": "Export: Art. 146", "fa": "صادرات"}}
    home = {"name": "Mill", "line1": "1", "city": "Leiden", "country": "NL"}
    given_settings(billing, store={"address": home}, billing={"invoice_trigger": {"private": "on_confirm"}, "tax_notes": notes})
    untaxed = _untaxed(order_confirmed("ord_1", number="SO1"))
    exempt = order_confirmed("ord_2", number="SO2")
    exempt = _untaxed(exempt).model_copy(update={"who": exempt.who.model_copy(update={"tax_exempt": True})})
    at_home = _untaxed(order_confirmed("ord_3", number="SO3")).model_copy(update={"shipping_address": home, "billing_address": home})
    taxed = order_confirmed("ord_4", number="SO4")

    for order in (untaxed, exempt, at_home, taxed):
        billing.hears(order)

    assert [one["tax_note"] for one in reversed(invoices(billing))] == ["Export: Art. 146", "Exempt: Art. 151", None, None]


def _untaxed(order: Any) -> Any:
    line = order.lines[0].model_copy(update={"tax_rate_bp": 0, "tax": "0.00", "total": order.lines[0].net})
    shipping = order.shipping.model_copy(update={"tax_rate_bp": 0, "tax": "0.00", "total": order.shipping.net})
    totals = order.totals.model_copy(update={"tax": "0.00", "total": order.totals.net})
    return order.model_copy(update={"lines": (line,), "shipping": shipping, "totals": totals})


def test_a_new_invoice_gets_no_money_twice(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-10: 40.00 pay the first part and some of the second."""
    given_trigger(billing, "on_delivery")
    payment = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": "40.00"}).body
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(order_confirmed())

    billing.hears(delivery_done(2))
    billing.hears(delivery_done(3, delivery_id="dlv_2", day=3))

    assert [invoice["payment_state"] for invoice in reversed(invoices(billing))] == ["paid", "partial"]
    assert sum_of(invoices(billing), "amount_due") == EUR.format(EUR.parse(total_of()) - 4000)


def test_a_document_of_another_trigger_leaves_the_rest_to_the_next(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-14: the shop changed its mind between two hand-overs."""
    given_trigger(billing, "on_delivery")
    payment = given_payment(billing)
    billing.hears(order_confirmed())
    billing.hears(delivery_done(2))
    billing.given(lambda tx: copy_settings(tx, 2, {"billing": {"invoice_trigger": {"private": "on_payment"}}}))
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(captured_fact(billing))

    assert quantities(billing) == [{"lin_1": 2}, {"lin_1": 3}]
    assert sum_of(invoices(billing, f"order_id={ORDER}"), "total") == total_of()
