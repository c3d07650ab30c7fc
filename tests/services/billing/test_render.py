"""A posted invoice is drawn once and kept for good; what goes wrong in drawing costs no number (R-INV-07, R-INV-08)."""

from __future__ import annotations

import hashlib
from typing import Any

import pypdfium2
import pytest

from services.billing.actions.documents import keep_pdf
from services.billing.service import SERVICE
from shared.contracts.billing import InvoicePosted
from shared.db.settings_copy import copy_settings
from shared.errors import Unavailable
from shared.values.clock import FixedClock
from tests.services.billing.conftest import ENVIRONMENT
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import order_confirmed, total_of
from tests.support.stripe_double import StripeDouble


class Printer:
    """Draws as the host's child process would, and breaks down as often as it is told to."""

    def __init__(self) -> None:
        self.breaks = 0
        self.sheets: list[dict[str, Any]] = []

    def __call__(self, folder: Any, template: str, *, variables: Any, language: str, options: Any) -> bytes:
        self.sheets.append({"service": folder.parent.name, "template": template, "language": language, "options": options, **variables})
        if self.breaks:
            self.breaks -= 1
            raise Unavailable("the renderer ended")
        return b"%PDF of " + str(variables["invoice"]["number"]).encode()


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def billing(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble, printer: Printer) -> ServiceDriver:
    outside = stripe.outside(render=printer)
    driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    values = {"billing": {"invoice_trigger": {"private": "on_confirm"}}, "documents": {"native_digits": True}}
    driver.given(lambda tx: copy_settings(tx, 1, values))
    return driver


def given_posted(billing: ServiceDriver, **values: Any) -> tuple[str, Any]:
    billing.hears(order_confirmed(**values))
    body = next(body for body in billing.told_bodies() if body["type"] == "billing.invoice_posted")
    return body["payload"]["invoice_id"], body


def test_it_is_drawn_once_kept_under_its_hash_and_told(billing: ServiceDriver, printer: Printer) -> None:
    invoice_id, posted = given_posted(billing)

    billing.hears(posted, times=2)

    sha256 = hashlib.sha256(b"%PDF of INV/2031/00001").hexdigest()
    answer = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf")
    assert (answer.status, answer.raw, answer.headers["etag"]) == (200, b"%PDF of INV/2031/00001", f'"{sha256}"')
    assert answer.headers["content-type"] == "application/pdf"
    (told,) = billing.told_events("billing.invoice_rendered")
    assert (told.sha256, told.order_number, told.total, told.decimals) == (sha256, "SO000123", total_of(), 2)
    assert len(printer.sheets) == 1
    shown = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}").body
    assert (shown["pdf_ready"], shown["pdf_sha256"], shown["template"]["version"]) == (True, sha256, 1)


def test_a_failed_drawing_is_tried_again_and_uses_no_number(billing: ServiceDriver, printer: Printer) -> None:
    """R-INV-07."""
    invoice_id, posted = given_posted(billing)
    printer.breaks = 1
    assert billing.hears_again_later(InvoicePosted.from_envelope(posted))
    not_ready = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf")
    assert (not_ready.status, not_ready.code, not_ready.headers["retry-after"]) == (409, "document_not_ready", "1")

    billing.hears(posted)
    assert billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf").status == 200
    assert billing.rows("SELECT next FROM invoice_series") == [(2,)]


def test_a_second_drawing_changes_nothing(billing: ServiceDriver) -> None:
    """R-DOC-04, R-INV-08: the bytes stay for ever."""
    invoice_id, posted = given_posted(billing)
    billing.hears(posted)

    billing.given(lambda tx: keep_pdf(tx, invoice_id, b"%PDF of something else"))

    assert billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf").raw == b"%PDF of INV/2031/00001"
    assert billing.told("billing.invoice_rendered") == ["billing.invoice_rendered"]


def test_what_is_drawn_already_is_not_drawn_again(billing: ServiceDriver, printer: Printer) -> None:
    """The message may come when the inbox has long forgotten it."""
    invoice_id, posted = given_posted(billing)
    billing.given(lambda tx: keep_pdf(tx, invoice_id, b"%PDF"))

    billing.hears(posted)

    assert printer.sheets == []


def test_the_sheet_is_in_the_orders_language_with_the_shops_formats(billing: ServiceDriver, printer: Printer) -> None:
    _, posted = given_posted(billing, language="fa")

    billing.hears(posted)

    (sheet,) = printer.sheets
    assert (sheet["service"], sheet["template"], sheet["language"]) == ("billing", "invoice", "fa")
    assert (sheet["options"].native_digits, sheet["options"].time_zone) == (True, "UTC")
    assert (sheet["invoice"]["total"], sheet["order"]["number"]) == (total_of(), "SO000123")


def test_who_has_the_bytes_is_not_sent_them_again(billing: ServiceDriver) -> None:
    invoice_id, posted = given_posted(billing)
    billing.hears(posted)
    etag = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf").headers["etag"]

    answer = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf", headers={"If-None-Match": etag})

    assert (answer.status, answer.raw) == (304, b"")


@pytest.mark.parametrize(("language", "point"), [("en", "."), ("fa", "."), ("vi", ","), ("ru", ",")])
def test_the_real_paper_says_what_the_api_says(
    databases: Databases, clock: FixedClock, stripe: StripeDouble, language: str, point: str
) -> None:
    """R-DOC-09, R-INV-17: drawn by our own templates."""
    billing = ServiceDriver(SERVICE, databases.open("sqlite", SERVICE, clock), clock, environment=ENVIRONMENT, outside=stripe.outside())
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_confirm"}}}))
    invoice_id, posted = given_posted(billing, language=language, discount=100, voucher=250)

    billing.hears(posted)

    answer = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}/pdf")
    with pypdfium2.PdfDocument(answer.raw) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    invoice = billing.asks("GET", f"/admin/v1/invoices/{invoice_id}").body
    for figure in (invoice["total"], invoice["net"], invoice["tax"], invoice["lines"][0]["discount"], invoice["lines"][0]["voucher"]):
        assert figure.replace(".", point) in text
    assert "INV/2031/00001" in text
