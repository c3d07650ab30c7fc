"""Customers find their documents, by links that open one document for five minutes (R-ACC-01, R-ACC-07)."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from services.billing.actions.methods import prepare
from services.billing.api.links import document_url
from services.billing.service import SERVICE
from services.billing.store import invoices as store
from shared.db.settings_copy import copy_settings
from shared.values.clock import FixedClock
from shared.web.caller import NOBODY, Caller
from tests.services.billing.conftest import ENVIRONMENT, given_payment
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import ORDER, order_confirmed, total_of
from tests.support.stripe_double import StripeDouble, deliver

GUEST = Caller(type="guest", order_id=ORDER)
STRANGER = Caller(type="guest", order_id="ord_other")
PDF = b"%PDF"


def draw(folder: Any, template: str, **sheet: Any) -> bytes:
    return PDF


@pytest.fixture
def billing(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble) -> ServiceDriver:
    outside = stripe.outside(render=draw)
    driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    driver.given(lambda tx: prepare(tx, ENVIRONMENT))
    driver.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_confirm"}}}))
    return driver


@pytest.fixture
def invoice_id(billing: ServiceDriver) -> str:
    billing.hears(order_confirmed())
    for body in billing.told_bodies():
        if body["type"] == "billing.invoice_posted":
            billing.hears(body)
            return str(body["payload"]["invoice_id"])
    raise AssertionError


def link(billing: ServiceDriver, order_id: str = ORDER) -> str:
    answer = billing.asks("GET", f"/store/v1/orders/{order_id}/documents", caller=GUEST)
    (document,) = answer.body["data"]
    assert document["url"].startswith("https://shop.example/store/v1/")
    return str(document["url"]).removeprefix("https://shop.example")


def test_the_orders_documents_are_listed_with_links_that_need_no_header(billing: ServiceDriver, invoice_id: str) -> None:
    (document,) = billing.asks("GET", f"/store/v1/orders/{ORDER}/documents", caller=GUEST).body["data"]

    assert document | {"url": ""} == {
        "id": invoice_id,
        "type": "invoice",
        "number": "INV/2031/00001",
        "issued_at": "2031-05-01T12:00:00.000000Z",
        "total": total_of(),
        "currency": "EUR",
        "url": "",
    }
    answer = billing.asks("GET", link(billing), caller=NOBODY)
    assert (answer.status, answer.raw) == (200, PDF)


def test_a_guest_reads_it_without_a_link(billing: ServiceDriver, invoice_id: str) -> None:
    """R-INV-13."""
    answer = billing.asks("GET", f"/store/v1/orders/{ORDER}/documents/{invoice_id}/pdf", caller=GUEST)

    assert (answer.status, answer.raw, answer.headers["content-type"]) == (200, PDF, "application/pdf")


@pytest.mark.parametrize(("caller", "status"), [(NOBODY, 401), (STRANGER, 404), (Caller(type="storefront"), 404)])
def test_others_find_nothing(billing: ServiceDriver, invoice_id: str, caller: Caller, status: int) -> None:
    """R-ACC-01; the list needs a publishable key, as every path of the store does, the PDF does not: a link may open it."""
    listed = billing.asks("GET", f"/store/v1/orders/{ORDER}/documents", caller=caller)
    pdf = billing.asks("GET", f"/store/v1/orders/{ORDER}/documents/{invoice_id}/pdf", caller=caller)

    assert (listed.status, pdf.status) == (status, 404)


def test_the_same_documents_are_below_the_cart(billing: ServiceDriver, invoice_id: str) -> None:
    """api.md, section 5: every path below orders also answers below carts."""
    (document,) = billing.asks("GET", f"/store/v1/carts/{ORDER}/documents", caller=GUEST).body["data"]

    assert document["id"] == invoice_id
    assert billing.asks("GET", f"/store/v1/carts/{ORDER}/documents/{invoice_id}/pdf", caller=GUEST).raw == PDF


def test_a_document_is_found_below_its_own_order_only(billing: ServiceDriver, invoice_id: str) -> None:
    answer = billing.asks("GET", f"/store/v1/orders/ord_other/documents/{invoice_id}/pdf", caller=STRANGER)

    assert answer.status == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.replace("expires=", "expires=9"),
        lambda url: url.replace("expires=", "expires=x"),
        lambda url: url.replace("/documents/inv_", "/documents/inv_9"),
        lambda url: url.partition("&")[0],
    ],
)
def test_a_link_that_was_changed_opens_nothing(billing: ServiceDriver, invoice_id: str, change: Any) -> None:
    """R-ACC-07."""
    answer = billing.asks("GET", change(link(billing)), caller=NOBODY)

    assert answer.status == 404


def test_a_link_ends_after_five_minutes_of_real_time(billing: ServiceDriver, invoice_id: str) -> None:
    """R-ACC-07; api.md, section 12: the test clock does not count."""
    billing.later(days=1)
    assert billing.asks("GET", link(billing), caller=NOBODY).status == 200

    invoice = billing.given(lambda tx: store.ROWS.get(tx, invoice_id))
    old = document_url(billing.running, invoice, now_unix=int(time.time()) - 301)
    assert billing.asks("GET", old.removeprefix("https://shop.example"), caller=NOBODY).status == 404


def test_who_read_a_document_is_logged(billing: ServiceDriver, invoice_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    """R-ACC-07: by a link or as who they are; what was not given out is not logged as given out."""
    path = f"/store/v1/orders/{ORDER}/documents/{invoice_id}/pdf"
    for target, caller in ((link(billing), NOBODY), (path, GUEST), (path, STRANGER)):
        billing.asks("GET", target, caller=caller)

    lines = [line for line in capsys.readouterr().out.splitlines() if "document_downloaded" in line]
    assert [re.findall(r"by=(\w+) document_id=(\w+)", line) for line in lines] == [[("link", invoice_id)], [("guest", invoice_id)]]


def test_a_document_that_is_not_drawn_yet_says_so(billing: ServiceDriver) -> None:
    billing.hears(order_confirmed())

    answer = billing.asks("GET", link(billing), caller=NOBODY)

    assert (answer.status, answer.code, answer.headers["retry-after"]) == (409, "document_not_ready", "1")


def test_the_parts_of_an_orders_page(billing: ServiceDriver, stripe: StripeDouble, invoice_id: str) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    customer = billing.commands("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=customer").body
    staff = billing.commands("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=staff").body

    assert [one["state"] for one in customer["payments"]] == ["captured"]
    assert "client_secret" not in customer["payments"][0]
    assert ["provider_url" in body["payments"][0] for body in (customer, staff)] == [False, True]
    assert customer["invoices"] == staff["invoices"] == [billing.asks("GET", f"/admin/v1/invoices/{invoice_id}").body]
    assert [document["id"] for document in customer["documents"]] == [invoice_id]


def test_the_parts_are_for_the_gateway_alone(billing: ServiceDriver) -> None:
    assert billing.asks("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=staff", caller=None).status == 404
    assert billing.commands("GET", f"/internal/v1/orders/{ORDER}/parts?eyes=nobody").status == 422
    empty = {"payments": [], "invoices": [], "documents": []}
    assert billing.commands("GET", "/internal/v1/orders/ord_unknown/parts?eyes=staff").body == empty
