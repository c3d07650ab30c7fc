"""An order's invoice: once, at its trigger, with the order's own figures, numbered without a gap."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from services.billing.actions.invoicing import issue_invoices_if_due
from shared.contracts.base import Actor
from shared.contracts.orders import SettingsChanged
from shared.db.settings_copy import copy_settings
from shared.values.pricing import TaxRounding
from tests.services.billing.conftest import given_payment
from tests.support.driver import OWNER, ServiceDriver
from tests.support.samples_billing import ORDER, asked_payment, content, order_cancelled, order_confirmed, order_submitted, total_of
from tests.support.stripe_double import StripeDouble, deliver


def given_settings(billing: ServiceDriver, /, **groups: Any) -> None:
    billing.given(lambda tx: copy_settings(tx, 1, groups))


def given_captured(billing: ServiceDriver, stripe: StripeDouble, *args: Any, **values: Any) -> dict[str, Any]:
    payment = given_payment(billing, *args, **values)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    return payment


def invoices(billing: ServiceDriver, query: str = "") -> list[dict[str, Any]]:
    answer = billing.asks("GET", f"/admin/v1/invoices?{query}")
    assert answer.status == 200, answer.body
    return list(answer.body["data"])


def captured_fact(billing: ServiceDriver) -> Any:
    return next(body for body in billing.told_bodies() if body["type"] == "billing.payment_captured")


@pytest.mark.parametrize("order", list(itertools.permutations(("submitted", "confirmed", "captured"))))
def test_confirmed_and_paid_in_any_order_makes_one_paid_invoice(
    billing: ServiceDriver, stripe: StripeDouble, order: tuple[str, ...]
) -> None:
    """R-INV-01, R-INV-02, R-INV-10."""
    given_captured(billing, stripe)
    facts: dict[str, Any] = {
        "submitted": lambda: billing.hears(order_submitted(), seq=1, times=2),
        "confirmed": lambda: billing.hears(order_confirmed(), seq=2, times=2),
        "captured": lambda: billing.hears(captured_fact(billing), times=2),
    }

    for name in order:
        facts[name]()

    (invoice,) = invoices(billing)
    assert (invoice["number"], invoice["state"], invoice["payment_state"]) == ("INV/2031/00001", "posted", "paid")
    assert (invoice["total"], invoice["amount_due"]) == (total_of(), "0.00")
    assert billing.told("billing.invoice_posted", "billing.invoice_paid") == ["billing.invoice_posted", "billing.invoice_paid"]
    (posted,) = billing.told_events("billing.invoice_posted")
    assert [(line.line_id, line.quantity) for line in posted.lines] == [("lin_1", 5)]


def test_the_money_comes_after_the_confirmation(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-02: on_payment waits for the whole sum, confirmed or not."""
    payment = given_payment(billing)
    billing.hears(order_confirmed(), seq=2)
    assert invoices(billing) == []

    deliver(billing, stripe.happens(payment["provider_ref"], "authorize"))
    assert invoices(billing) == []
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(captured_fact(billing))

    assert [invoice["payment_state"] for invoice in invoices(billing)] == ["paid"]


def test_an_order_that_is_paid_and_not_confirmed_gets_none(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-05."""
    given_captured(billing, stripe)
    billing.hears(order_submitted(), seq=1)
    billing.hears(captured_fact(billing))

    assert invoices(billing) == []


def test_a_cancelled_order_gets_none_and_uses_no_number(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-05."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    billing.hears(order_cancelled(), seq=3)
    billing.hears(order_confirmed(), seq=2)

    assert invoices(billing) == []
    assert billing.rows("SELECT * FROM invoice_series") == []


def test_on_confirm_is_by_customer_type(billing: ServiceDriver) -> None:
    """R-INV-02."""
    given_settings(billing, billing={"invoice_trigger": {"business": "on_confirm"}})

    billing.hears(order_confirmed("ord_0000000000000000000PRIVATE", number="SO1", customer_type="private"))
    billing.hears(order_confirmed("ord_000000000000000000BUSINESS", number="SO2", customer_type="business"))

    assert [(invoice["order_number"], invoice["payment_state"]) for invoice in invoices(billing)] == [("SO2", "not_paid")]


@pytest.mark.parametrize(("terms", "due_at"), [(None, "2031-05-15"), (30, "2031-05-31"), (0, "2031-05-01")])
def test_an_invoice_is_due_by_the_customers_terms_and_by_the_shops_without(billing: ServiceDriver, terms: int | None, due_at: str) -> None:
    """R-INV-16"""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}, "payment_terms_days": 14})

    billing.hears(order_confirmed().model_copy(update={"payment_terms_days": terms}))

    assert invoices(billing)[0]["due_at"] == f"{due_at}T12:00:00.000000Z"


def test_an_invoice_follows_the_money(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-10, R-INV-16."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}, "payment_terms_days": 14})
    payment = given_payment(billing)
    billing.hears(order_confirmed())

    def standing() -> tuple[str, str]:
        (invoice,) = invoices(billing)
        return invoice["payment_state"], invoice["amount_due"]

    assert standing() == ("not_paid", total_of())
    assert invoices(billing)[0]["due_at"] == "2031-05-15T12:00:00.000000Z"
    deliver(billing, stripe.happens(payment["provider_ref"], "process"))
    assert standing() == ("in_payment", total_of())
    deliver(billing, stripe.happens(payment["provider_ref"], "fail"))
    assert standing() == ("not_paid", total_of())
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(captured_fact(billing), times=2)
    assert standing() == ("paid", "0.00")
    (paid,) = billing.told_events("billing.invoice_paid")
    assert (paid.payment_state, paid.number) == ("paid", "INV/2031/00001")


def test_money_of_a_part_leaves_the_rest_due(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-16."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    payment = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": "10.00"}).body
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    billing.hears(order_confirmed())

    (invoice,) = invoices(billing)
    assert (invoice["payment_state"], float(invoice["amount_due"])) == ("partial", pytest.approx(float(total_of()) - 10))
    assert billing.told("billing.invoice_paid") == []


def test_orphaned_money_pays_no_invoice(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "cancel"))
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.hears(order_confirmed())
    billing.hears(captured_fact(billing))

    assert invoices(billing) == []


@pytest.mark.parametrize("rounding", list(TaxRounding))
@pytest.mark.parametrize("include_tax", [False, True])
@pytest.mark.parametrize("currency", [("EUR", 2), ("JPY", 0), ("KWD", 3), ("EUR", 0)])
def test_its_figures_are_the_orders_to_the_unit(
    billing: ServiceDriver, rounding: TaxRounding, include_tax: bool, currency: tuple[str, int]
) -> None:
    """R-MON-14, R-INV-17."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    step = 100 if currency == ("EUR", 0) else 1
    values: dict[str, Any] = {
        "rounding": rounding,
        "include_tax": include_tax,
        "currency": currency[0],
        "decimals": currency[1],
        "unit_price": 1300,
        "discount": 3 * step,
        "voucher": 7 * step,
    }
    order = content(**values)

    billing.hears(order_confirmed(**values))

    (invoice,) = invoices(billing)
    totals = order["totals"]
    assert (invoice["net"], invoice["tax"], invoice["total"]) == (totals.net, totals.tax, totals.total)
    assert invoice["tax_lines"] == [{"rate": "19", "net": line.net, "tax": line.tax} for line in totals.tax_lines]
    (line,), (bought,) = invoice["lines"], order["lines"]
    assert {name: line[name] for name in ("discount", "voucher", "net", "tax", "total", "unit_price")} == {
        name: getattr(bought, name) for name in ("discount", "voucher", "net", "tax", "total", "unit_price")
    }
    assert (line["discount_percent"], invoice["shipping"]["name"], invoice["shipping"]["method"]) == ("7", "Parcel", "post")
    assert invoice["shipping"]["total"] == order["shipping"].total


def test_lines_that_do_not_add_up_make_no_document(billing: ServiceDriver) -> None:
    """R-MON-14: the job for a person, in the dead letters; no number is used."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    order = order_confirmed()
    wrong = order.model_copy(update={"totals": order.totals.model_copy(update={"net": "1.00"})})

    with pytest.raises(AssertionError, match="add up"):
        billing.hears(wrong)

    assert billing.rows("SELECT * FROM invoices") == []
    assert billing.rows("SELECT * FROM invoice_series") == []


def test_a_free_orders_invoice_is_paid_at_once(billing: ServiceDriver) -> None:
    free = {"unit_price": 0, "voucher": 10_000}
    billing.hears(order_confirmed(**free))

    assert [(invoice["total"], invoice["payment_state"]) for invoice in invoices(billing)] == [("0.00", "paid")]


def test_it_is_a_snapshot_of_seller_and_buyer(billing: ServiceDriver) -> None:
    """R-INV-08."""
    given_settings(billing, store={"name": "Old Mill"}, billing={"invoice_trigger": {"private": "on_confirm"}})
    billing.hears(order_confirmed())
    billing.given(lambda tx: copy_settings(tx, 2, {"store": {"name": "New Mill"}}))

    (invoice,) = invoices(billing)

    assert invoice["seller"] == {"name": "Old Mill"}
    assert (invoice["buyer"]["name"], invoice["buyer"]["address"]["city"]) == ("Ada Brown", "Leeds")


def test_the_year_of_the_number_is_the_stores(billing: ServiceDriver) -> None:
    """R-INV-06: when it is still December in New York, it is January in Tehran."""
    given_settings(billing, store={"time_zone": "America/New_York"}, billing={"invoice_trigger": {"private": "on_confirm"}})
    billing.at(datetime(2032, 1, 1, 1, 0, tzinfo=UTC))
    billing.hears(order_confirmed("ord_1", number="SO1"))
    billing.given(lambda tx: copy_settings(tx, 2, _tehran()))
    billing.hears(order_confirmed("ord_2", number="SO2"))
    billing.hears(order_confirmed("ord_3", number="SO3"))

    assert [invoice["number"] for invoice in reversed(invoices(billing))] == ["INV/2031/00001", "FAK/2032/00001", "FAK/2032/00002"]


def _tehran() -> dict[str, Any]:
    triggers = {"private": "on_confirm"}
    return {"store": {"time_zone": "Asia/Tehran"}, "billing": {"invoice_trigger": triggers, "invoice_prefix": "FAK"}}


def test_a_second_invoice_of_the_same_trigger_is_not_written(billing: ServiceDriver) -> None:
    """R-INV-01: by the table's unique key, not by looking first."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    billing.hears(order_confirmed())

    billing.given(lambda tx: issue_invoices_if_due(tx, ORDER))

    assert [invoice["number"] for invoice in invoices(billing)] == ["INV/2031/00001"]
    assert billing.rows("SELECT next FROM invoice_series") == [(2,)]


def test_invoices_are_listed_shown_and_filtered(billing: ServiceDriver) -> None:
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    for number in range(3):
        billing.hears(order_confirmed(f"ord_{number:026}", number=f"SO{number}"))

    assert [invoice["order_number"] for invoice in invoices(billing, "limit=2")] == ["SO2", "SO1"]
    (found,) = invoices(billing, "number=INV/2031/00002")
    assert (found["order_number"], invoices(billing, f"order_id=ord_{1:026}")) == ("SO1", [found])
    assert (invoices(billing, "state=draft"), len(invoices(billing, "state=posted,draft"))) == ([], 3)
    assert billing.asks("GET", f"/admin/v1/invoices/{found['id']}").body == found
    assert billing.asks("GET", "/admin/v1/invoices/inv_nothing").status == 404
    assert billing.asks("GET", "/admin/v1/invoices?customer=x").code == "validation_failed"
    nobody = OWNER.model_copy(update={"permissions": frozenset({"payments.read"})})
    assert billing.asks("GET", "/admin/v1/invoices", caller=nobody).body["required_permission"] == "invoices.read"


def test_its_history_has_both_steps(billing: ServiceDriver) -> None:
    """Lifecycles.md, I1 and I3."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_confirm"}})
    billing.hears(order_confirmed())

    rows = billing.rows("SELECT from_state, to_state, command FROM history WHERE record_type = 'invoice' ORDER BY id")
    assert rows == [(None, "draft", "issue"), ("draft", "posted", "post")]


def test_a_newer_version_of_the_settings_is_copied_and_an_older_one_is_not(billing: ServiceDriver) -> None:
    for version, prefix in ((2, "FAK"), (1, "OLD")):
        values = {"billing": {"invoice_trigger": {"private": "on_confirm"}, "invoice_prefix": prefix}}
        billing.hears(SettingsChanged(settings_version=version, values=values, by=Actor(type="staff", name="Eve")))

    billing.hears(order_confirmed())

    assert [invoice["number"] for invoice in invoices(billing)] == ["FAK/2031/00001"]
