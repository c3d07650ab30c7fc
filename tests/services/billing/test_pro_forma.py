"""One pro forma per order, from submit on until an invoice is posted: never kept, always as the order is (R-INV-04)."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest

from services.billing.actions.methods import prepare
from services.billing.service import SERVICE
from shared.contracts.base import Instructions
from shared.values.clock import FixedClock
from shared.web.caller import NOBODY, Caller
from tests.services.billing.conftest import ENVIRONMENT, given_offline, given_payment, record
from tests.services.billing.test_invoices import given_captured, given_settings, invoices
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import (
    ORDER,
    order_cancelled,
    order_confirmed,
    order_reopened,
    order_submitted,
    total_of,
    units_cancelled,
)
from tests.support.stripe_double import StripeDouble, deliver

GUEST = Caller(type="guest", order_id=ORDER)
PRO_FORMA = "inv_0000000000000000000000BILL"


def draw(folder: Any, template: str, *, variables: Any, language: str, options: Any) -> bytes:
    return f"%PDF of {variables['invoice']['type']} over {variables['invoice']['total']} paid {variables['invoice']['paid']}".encode()


@pytest.fixture
def billing(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble) -> ServiceDriver:
    outside = stripe.outside(render=draw)
    driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    driver.given(lambda tx: prepare(tx, ENVIRONMENT))
    return driver


def documents(billing: ServiceDriver) -> list[dict[str, Any]]:
    """What the customer finds."""
    answer = billing.asks("GET", f"/store/v1/orders/{ORDER}/documents", caller=GUEST)
    assert answer.status == 200
    return list(answer.body["data"])


def pro_formas(billing: ServiceDriver, query: str = "") -> list[dict[str, Any]]:
    return invoices(billing, "type=pro_forma" + query)


def test_from_submit_on_customer_and_staff_find_it(billing: ServiceDriver) -> None:
    """A draft without a number, under the same id whenever it is looked at."""
    assert (documents(billing), pro_formas(billing)) == ([], [])
    billing.hears(order_submitted())

    (listed,), (found,) = documents(billing), pro_formas(billing)

    assert listed | {"url": ""} == {
        "id": PRO_FORMA,
        "type": "pro_forma",
        "number": None,
        "issued_at": None,
        "total": total_of(),
        "currency": "EUR",
        "url": "",
    }
    assert (found["id"], found["type"], found["state"], found["number"]) == (PRO_FORMA, "pro_forma", "draft", None)
    assert (found["total"], found["amount_due"], found["payment_state"], found["due_at"]) == (total_of(), total_of(), "not_paid", None)
    assert found["template"]["key"] == "pro_forma"
    assert billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}").body == found
    assert billing.asks("POST", f"/admin/v1/orders/{ORDER}/invoices", {"type": "pro_forma"}).body == found
    assert invoices(billing) == []
    assert billing.rows("SELECT * FROM invoices") == billing.rows("SELECT * FROM invoice_series") == []


def test_it_is_drawn_for_who_asks_as_the_order_is_now(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    billing.hears(order_submitted())
    (listed,) = documents(billing)
    link = str(listed["url"]).removeprefix("https://shop.example")

    first = billing.asks("GET", link, caller=NOBODY)
    same = billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}/pdf", headers={"If-None-Match": first.headers["etag"]})
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    paid = billing.asks("GET", f"/store/v1/orders/{ORDER}/documents/{PRO_FORMA}/pdf", caller=GUEST)

    assert first.raw == f"%PDF of pro_forma over {total_of()} paid None".encode()
    assert first.headers["etag"] == f'"{hashlib.sha256(first.raw).hexdigest()}"'
    assert first.headers["content-disposition"] == 'inline; filename="SO000123-pro_forma.pdf"'
    assert (same.status, same.raw) == (304, b"")
    assert paid.raw == f"%PDF of pro_forma over {total_of()} paid {total_of()}".encode()
    assert billing.rows("SELECT * FROM files") == []


def test_who_comes_while_many_are_drawn_is_asked_to_come_again(databases: Databases, clock: FixedClock, stripe: StripeDouble) -> None:
    """Drawing on demand never takes the threads that other requests need."""
    drawing, go_on = threading.Semaphore(0), threading.Event()

    def slowly(folder: Any, template: str, **sheet: Any) -> bytes:
        drawing.release()
        assert go_on.wait(20)
        return b"%PDF"

    outside = stripe.outside(render=slowly)
    billing = ServiceDriver(SERVICE, databases.open("sqlite", SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    billing.hears(order_submitted())

    def look() -> int:
        return billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}/pdf").status

    with ThreadPoolExecutor(4) as pool:
        first = [pool.submit(look) for _ in range(4)]
        for _ in first:
            assert drawing.acquire(timeout=20)
        refused = billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}/pdf")
        go_on.set()

    assert [one.result() for one in first] == [200] * 4
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (409, "document_not_ready", "1")
    assert look() == 200


def test_it_is_listed_no_more_once_an_invoice_is_posted(billing: ServiceDriver, stripe: StripeDouble) -> None:
    given_captured(billing, stripe)
    billing.hears(order_submitted(), seq=1)
    assert [one["type"] for one in documents(billing)] == ["pro_forma"]

    billing.hears(order_confirmed(), seq=2)

    assert [one["type"] for one in documents(billing)] == ["invoice"]
    assert pro_formas(billing) == []
    asked = billing.asks("POST", f"/admin/v1/orders/{ORDER}/invoices", {"type": "pro_forma"})
    assert (asked.status, asked.body["type"]) == (200, "invoice")


def test_a_draft_does_not_push_it_away(billing: ServiceDriver) -> None:
    billing.hears(order_confirmed())
    billing.asks("POST", f"/admin/v1/orders/{ORDER}/invoices", {"post": False})

    assert [one["type"] for one in documents(billing)] == ["pro_forma"]


@pytest.mark.parametrize("ended", ["reopened", "cancelled"])
def test_an_order_that_is_a_cart_again_or_cancelled_has_none(billing: ServiceDriver, ended: str) -> None:
    billing.hears(order_submitted(), seq=1)
    billing.hears(order_reopened() if ended == "reopened" else order_cancelled(), seq=2)

    assert (documents(billing), pro_formas(billing)) == ([], [])
    assert billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}").status == 404
    assert billing.asks("POST", f"/admin/v1/orders/{ORDER}/invoices", {"type": "pro_forma"}).status == 404


def test_a_newer_submission_has_the_same_one_with_its_own_figures(billing: ServiceDriver) -> None:
    billing.hears(order_submitted(), seq=1)
    billing.hears(order_reopened(), seq=2)
    billing.hears(order_submitted(submission=2, quantity=2), seq=3)

    assert [(one["id"], one["total"]) for one in pro_formas(billing)] == [(PRO_FORMA, total_of(quantity=2))]


def test_units_that_nobody_will_get_are_not_on_it(billing: ServiceDriver) -> None:
    billing.hears(order_confirmed())
    billing.hears(units_cancelled(2))

    assert [line["quantity"] for line in pro_formas(billing)[0]["lines"]] == [3]


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("DELETE", ""), ("POST", "/post"), ("POST", "/cancel")])
def test_it_takes_no_command(billing: ServiceDriver, method: str, path: str) -> None:
    """It follows its order."""
    billing.hears(order_submitted())

    answer = billing.asks(method, f"/admin/v1/invoices/{PRO_FORMA}{path}", {} if method == "PATCH" else None)

    assert (answer.status, answer.code, answer.body["allowed"]) == (409, "illegal_transition", [])


def test_pro_formas_are_listed_by_pages_and_filters(billing: ServiceDriver) -> None:
    given_settings(billing, billing={"invoice_trigger": {"business": "on_confirm"}})
    orders = [f"ord_{number:026}" for number in range(4)]
    for number, order_id in enumerate(orders):
        billing.hears(order_confirmed(order_id, number=f"SO{number}", customer_type="business" if number == 1 else "private"))

    first = billing.asks("GET", "/admin/v1/invoices?type=pro_forma&limit=2").body
    second = billing.asks("GET", f"/admin/v1/invoices?type=pro_forma&limit=2&after={first['page']['next']}").body

    assert [[one["order_number"] for one in page["data"]] for page in (first, second)] == [["SO3", "SO2"], ["SO0"]]
    assert (first["page"]["has_more"], second["page"]["has_more"]) == (True, False)
    assert {one["type"] for one in invoices(billing, "type=invoice,pro_forma")} == {"invoice", "pro_forma"}
    assert [one["order_number"] for one in pro_formas(billing, f"&order_id={orders[2]},{orders[1]}")] == ["SO2"]
    assert len(pro_formas(billing, "&customer_id=cus_1&state=draft&payment_state=not_paid")) == 3
    for none in ("customer_id=cus_2", "state=posted", "payment_state=paid", "number=INV/2031/00001", "issued_at[lt]=2099-01-01T00:00:00Z"):
        assert pro_formas(billing, "&" + none) == [], none


def test_the_paper_tells_how_to_pay_what_is_open(databases: Databases, clock: FixedClock, stripe: StripeDouble) -> None:
    """R-INV-04, R-DOC-09, R-LNG-07: drawn by our own template, in a child process."""
    billing = ServiceDriver(SERVICE, databases.open("sqlite", SERVICE, clock), clock, environment=ENVIRONMENT, outside=stripe.outside())
    instructions = Instructions(text="Transfer it to us.", details={"iban": "NL91ABNA0417164300"}, amount=total_of())
    billing.hears(order_confirmed(reference="SO000123", instructions=instructions))

    answer = billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}/pdf")

    with pypdfium2.PdfDocument(answer.raw) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    for words in ("Pro forma invoice", total_of(), "Transfer it to us.", "NL91ABNA0417164300", "Payment reference: SO000123"):
        assert words in text


@pytest.mark.parametrize("order", [("asked", "submitted"), ("submitted", "asked")])
def test_it_says_how_the_awaited_payment_is_made(
    databases: Databases, clock: FixedClock, stripe: StripeDouble, order: tuple[str, str]
) -> None:
    """R-INV-04, R-NOT-09: reference, account and deadline of the payment that waits; nothing once it has come."""
    sheets: list[Any] = []

    def read(folder: Any, template: str, *, variables: Any, language: str, options: Any) -> bytes:
        sheets.append(variables["payment"])
        return b"%PDF"

    outside = stripe.outside(render=read)
    billing = ServiceDriver(SERVICE, databases.open("sqlite", SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    billing.given(lambda tx: prepare(tx, ENVIRONMENT))
    for what in order:
        if what == "asked":
            policy = {"instructions": {"en": "Transfer it to us."}, "details": {"iban": "NL91ABNA0417164300"}, "hold_minutes": 60}
            given_offline(billing, policy=policy)
        else:
            billing.hears(order_submitted())

    billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}/pdf")
    record(billing, amount=total_of())
    billing.asks("GET", f"/admin/v1/invoices/{PRO_FORMA}/pdf")

    assert sheets == [
        {
            "reference": "SO000123",
            "deadline_at": "2031-05-01T13:00:00.000000Z",
            "text": "Transfer it to us.",
            "details": {"iban": "NL91ABNA0417164300"},
        },
        None,
    ]
