"""Invoices that staff or the customer ask for, and drafts (R-INV-01, R-INV-03, R-INV-05, R-INV-09)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.db.settings_copy import copy_settings
from shared.web.caller import Caller, permissions_of
from tests.services.billing.test_invoices import captured_fact, given_captured, given_settings, invoices
from tests.support.driver import OWNER, Answer, ServiceDriver
from tests.support.samples_billing import ADDRESS, ORDER, delivery_done, order_cancelled, order_confirmed, order_submitted, total_of
from tests.support.stripe_double import StripeDouble

GUEST = Caller(type="guest", order_id=ORDER)
STAFF = f"/admin/v1/orders/{ORDER}/invoices"
STORE = f"/store/v1/orders/{ORDER}/invoices"


def asks_for(billing: ServiceDriver, target: str = STAFF, **body: Any) -> Answer:
    return billing.asks("POST", target, body, caller=GUEST if target.startswith("/store") else OWNER)


def units(quantity: int, line_id: str = "lin_1") -> list[dict[str, Any]]:
    return [{"line_id": line_id, "quantity": quantity}]


def draft(billing: ServiceDriver, **body: Any) -> str:
    answer = asks_for(billing, post=False, **body)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


@pytest.mark.parametrize("target", [STAFF, STORE])
def test_an_invoice_on_request_is_over_all_that_is_left_and_the_next_ask_gets_the_same(confirmed: ServiceDriver, target: str) -> None:
    """R-INV-01, R-INV-03."""
    first = asks_for(confirmed, target)
    again = asks_for(confirmed, target)

    assert (first.status, first.body["state"], first.body["number"]) == (201, "posted", "INV/2031/00001")
    assert first.body["total"] == total_of(engravings=2)
    assert first.headers["location"].count(first.body["id"]) == 1
    assert (again.status, again.body) == (200, first.body)
    assert confirmed.told("billing.invoice_posted") == ["billing.invoice_posted"]


def test_the_automatic_invoice_is_the_one_that_a_later_ask_gets(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-01."""
    given_captured(billing, stripe)
    billing.hears(order_confirmed())
    billing.hears(captured_fact(billing))

    assert [asks_for(billing, target).status for target in (STAFF, STORE)] == [200, 200]
    assert [one["number"] for one in invoices(billing)] == ["INV/2031/00001"]


def test_eight_askers_at_once_get_one_invoice(confirmed: ServiceDriver) -> None:
    """R-INV-01: the order's lock decides."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: asks_for(confirmed), range(8)))

    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.body["id"] for answer in answers}) == 1


def test_money_that_comes_after_a_request_makes_no_second_invoice(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-INV-01, R-INV-10."""
    given_captured(billing, stripe)
    billing.hears(order_confirmed())
    asks_for(billing)

    billing.hears(captured_fact(billing))

    assert [(one["number"], one["payment_state"]) for one in invoices(billing)] == [("INV/2031/00001", "paid")]


def test_parts_on_request_share_the_line_and_the_first_has_the_shipping(confirmed: ServiceDriver) -> None:
    """R-MON-16."""
    asks_for(confirmed, lines=units(2))
    asks_for(confirmed, lines=units(1))
    rest = asks_for(confirmed)

    found = [
        ({line["order_line_id"]: line["quantity"] for line in one["lines"]}, one["shipping"] is not None)
        for one in reversed(invoices(confirmed))
    ]
    assert found == [({"lin_1": 2}, True), ({"lin_1": 1}, False), ({"lin_1": 2, "lin_2": 2}, False)]
    assert rest.status == 201
    assert sum(int(one["total"].replace(".", "")) for one in invoices(confirmed)) == int(total_of(engravings=2).replace(".", ""))


@pytest.mark.parametrize(
    ("lines", "code", "pointer"),
    [
        (units(6), "quantity_too_large", "/lines/0/quantity"),
        (units(1, "lin_9"), "validation_failed", "/lines/0/line_id"),
        (units(0), "validation_failed", "/lines/0/quantity"),
        (units(1) + units(1), "validation_failed", ""),
        ([], "validation_failed", "/lines"),
    ],
)
def test_units_that_there_are_not_are_refused(confirmed: ServiceDriver, lines: Any, code: str, pointer: str) -> None:
    answer = asks_for(confirmed, lines=lines)

    assert (answer.status, answer.code, answer.body["errors"][0]["pointer"]) == (422, code, pointer)
    assert invoices(confirmed) == []


def test_a_line_that_is_on_an_invoice_is_refused_beside_one_that_is_not(confirmed: ServiceDriver) -> None:
    asks_for(confirmed, lines=units(5))

    answer = asks_for(confirmed, lines=units(1, "lin_2") + units(1))

    assert (answer.status, answer.code, answer.body["errors"][0]["meta"]) == (422, "quantity_too_large", {"available": 0})
    assert asks_for(confirmed, lines=units(1)).status == 200


@pytest.mark.parametrize("target", [STAFF, STORE])
def test_nothing_to_invoice_is_said_only_when_there_is_no_invoice(billing: ServiceDriver, target: str) -> None:
    """R-INV-02: on_delivery, nothing is to be invoiced before the goods are handed over."""
    given_settings(billing, billing={"invoice_trigger": {"private": "on_delivery"}})
    billing.hears(order_confirmed())
    assert (asks_for(billing, target).status, asks_for(billing, target).code) == (409, "nothing_to_invoice")

    billing.hears(delivery_done(2))

    assert asks_for(billing, target).status == 200


@pytest.mark.parametrize("target", [STAFF, STORE])
def test_an_order_that_is_not_confirmed_is_not_invoiced(billing: ServiceDriver, target: str) -> None:
    """R-INV-03, R-INV-05."""
    assert asks_for(billing, target).status == 404
    billing.hears(order_submitted(), seq=1)
    quotation = asks_for(billing, target)
    assert (quotation.status, quotation.code, quotation.body["from"]) == (409, "illegal_transition", "quotation")

    given_settings(billing, billing={"invoice_trigger": {"private": "on_request"}})
    billing.hears(order_confirmed(), seq=2)
    billing.hears(order_cancelled(), seq=3)
    cancelled = asks_for(billing, target)

    assert (cancelled.status, cancelled.code, cancelled.body["from"]) == (409, "illegal_transition", "cancelled")
    assert billing.rows("SELECT * FROM invoice_series") == []


def test_the_customer_names_the_buyer(confirmed: ServiceDriver) -> None:
    """R-INV-03."""
    address = {**ADDRESS, "line1": "1 Office Park", "company": "Brown & Sons Ltd"}

    answer = asks_for(confirmed, STORE, company="Brown & Sons Ltd", tax_id="GB123456789", billing_address=address)

    buyer = answer.body["buyer"]
    assert buyer == {**buyer, "company": "Brown & Sons Ltd", "tax_id": "GB123456789", "address": address, "name": "Ada Brown"}


@pytest.mark.parametrize("body", [{"company": ""}, {"tax_id": 7}, {"billing_address": {"name": "x"}}, {"company": "a\0b"}, {"lines": []}])
def test_a_buyer_that_cannot_be_is_refused(confirmed: ServiceDriver, body: dict[str, Any]) -> None:
    answer = asks_for(confirmed, STORE, **body)

    assert (answer.status, answer.code) in ((422, "validation_failed"), (400, "malformed_request"))
    assert invoices(confirmed) == []


@pytest.mark.parametrize(
    ("caller", "status"),
    [(Caller(type="guest", order_id="ord_other"), 404), (Caller(type="storefront"), 404), (Caller(type="nobody"), 401)],
)
def test_nobody_else_may_demand_one(confirmed: ServiceDriver, caller: Caller, status: int) -> None:
    """R-ACC-01."""
    assert confirmed.asks("POST", STORE, {}, caller=caller).status == status
    assert invoices(confirmed) == []


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", STAFF),
        ("POST", "/admin/v1/invoices/{}/post"),
        ("POST", "/admin/v1/invoices/{}/cancel"),
        ("PATCH", "/admin/v1/invoices/{}"),
        ("DELETE", "/admin/v1/invoices/{}"),
    ],
)
def test_staff_need_the_permission(confirmed: ServiceDriver, method: str, target: str) -> None:
    """R-ACC-04."""
    sales = OWNER.model_copy(update={"permissions": permissions_of(["sales"])})

    answer = confirmed.asks(method, target.format(draft(confirmed)), None if method == "DELETE" else {}, caller=sales)

    assert (answer.status, answer.body["required_permission"]) == (403, "invoices.write")


def test_an_unknown_field_is_refused(confirmed: ServiceDriver) -> None:
    for body in ({"typ": "invoice"}, {"type": "credit_note"}, {"type": "pro_forma", "lines": units(1)}, {"post": "no"}):
        answer = confirmed.asks("POST", STAFF, body)
        assert (answer.status, answer.code) == (422, "validation_failed"), body


def test_a_later_part_is_on_the_list_with_its_filters(confirmed: ServiceDriver) -> None:
    asks_for(confirmed, lines=units(2))
    confirmed.later(days=1)
    asks_for(confirmed)

    def numbers(query: str) -> list[str]:
        return [one["number"] for one in invoices(confirmed, query)]

    assert numbers("issued_at[gte]=2031-05-02T00:00:00Z") == ["INV/2031/00002"]
    assert numbers("issued_at[gte]=2031-05-01T00:00:00Z&issued_at[lt]=2031-05-02T00:00:00Z") == ["INV/2031/00001"]
    assert numbers("customer_id=cus_1&type=invoice&payment_state=not_paid") == ["INV/2031/00002", "INV/2031/00001"]
    assert numbers("customer_id=cus_2") == numbers("payment_state=paid") == numbers("type=credit_note") == []
    for wrong in ("issued_at[gte]=yesterday", "issued_at[gte]=2031-05-02T00:00:00", "type=receipt", "payment_state=late", "issued_at=x"):
        assert confirmed.asks("GET", f"/admin/v1/invoices?{wrong}").code == "validation_failed"


def test_a_second_trigger_after_the_settings_changed_takes_the_rest(confirmed: ServiceDriver) -> None:
    """R-INV-14."""
    asks_for(confirmed, lines=units(2))
    confirmed.given(lambda tx: copy_settings(tx, 2, {"billing": {"invoice_trigger": {"private": "on_delivery"}}}))

    confirmed.hears(delivery_done(3))
    confirmed.hears(delivery_done(2, delivery_id="dlv_2", day=3))

    found = [{line["order_line_id"]: line["quantity"] for line in one["lines"]} for one in reversed(invoices(confirmed))]
    assert found == [{"lin_1": 2}, {"lin_2": 2}, {"lin_1": 1}, {"lin_1": 2}]
