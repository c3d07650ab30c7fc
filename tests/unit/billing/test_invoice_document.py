"""An invoice on paper says what the record says."""

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp

from services.billing.domain import invoice_document
from services.billing.domain.invoice_document import document_variables
from shared.language.catalogue import LANGUAGES
from shared.language.formats import Formats
from shared.render.documents import render_document
from shared.render.sandbox import render_template
from tests.support.samples_paper import ORDER, PAID, PAYMENT, SETTINGS, invoice

TEMPLATES = Path(invoice_document.__file__).parents[1] / "templates"
FORMATS = Formats("Europe/Amsterdam")


def variables(record: dict[str, Any], *, paid: str = PAID, corrects: str | None = None, settings: Any = SETTINGS) -> dict[str, Any]:
    return document_variables(record, order=ORDER, settings=settings, paid=paid, corrects=corrects, payment=PAYMENT)


def drawn(record: dict[str, Any], formats: Formats = FORMATS, **given: Any) -> pypdfium2.PdfDocument:
    language = record["language"]
    return pypdfium2.PdfDocument(
        render_document(TEMPLATES, "invoice", variables=variables(record, **given), language=language, options=formats)
    )


def words(record: dict[str, Any], **given: Any) -> str:
    return " ".join(page.get_textpage().get_text_range() for page in drawn(record, **given))


def html(record: dict[str, Any], formats: Formats = FORMATS) -> str:
    language = record["language"]
    return render_template(TEMPLATES, "invoice.html", variables={**variables(record), "barcode": None}, language=language, formats=formats)


@pytest.mark.parametrize(
    ("language", "total", "due"),
    [
        ("en", "4,347.84 EUR", "3,847.84 EUR"),
        ("vi", "4.347,84 EUR", "3.847,84 EUR"),
        ("ru", "4 347,84 EUR", "3 847,84 EUR"),
        ("fa", "4,347.84", "3,847.84"),  # a reader of text may put the code on either side of it in a Persian line
    ],
)
def test_total_and_amount_due_in_the_pdf_are_the_records(language: str, total: str, due: str) -> None:
    """R-DOC-09, R-INV-16."""
    text = words(invoice(language)).replace("\u00a0", " ")

    assert total in text
    assert due in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_equal_invoice_gives_equal_bytes(language: str) -> None:
    """R-INV-08."""
    given = variables(invoice(language))
    first, second = (render_document(TEMPLATES, "invoice", variables=given, language=language, options=FORMATS) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("prefix", ["", "shop-7:"])
def test_barcode_reads_as_prefix_and_order_number(prefix: str) -> None:
    """R-DOC-06, R-DOC-07."""
    settings = {**SETTINGS, "documents": {"barcode": {**SETTINGS["documents"]["barcode"], "prefix": prefix}}}

    page = drawn(invoice("fa"), settings=settings)[0].render(scale=150 / 72).to_pil()

    assert [code.text for code in zxingcpp.read_barcodes(page)] == [f"{prefix}SO000123"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_fonts_of_an_invoice_are_embedded(language: str) -> None:
    """R-DOC-05."""
    texts = list(drawn(invoice(language))[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]))

    assert texts
    assert all(pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(text.raw)) == 1 for text in texts)


def test_persian_invoice_runs_from_right_to_left_with_its_first_column_at_the_right_edge() -> None:
    """R-LNG-02."""
    page = drawn(invoice("fa"))[0]
    text = page.get_textpage()
    first, last = (text.search(word, match_case=True).get_next() for word in ("OAK-000", "1,358.40"))

    assert '<html lang="fa" dir="rtl">' in html(invoice("fa"))
    assert text.get_charbox(first[0])[0] > page.get_width() / 2 > text.get_charbox(last[0])[2]


def test_persian_numbers_and_codes_are_isolated() -> None:
    """R-LNG-02."""
    page = html(invoice("fa"))

    assert '<bdi dir="ltr">INV/2031/00042</bdi>' in page
    assert '<bdi dir="ltr">4,347.84\u00a0EUR</bdi>' in page
    assert '<td class="figure" dir="ltr">1,358.40</td>' in page
    assert '<html lang="en" dir="ltr">' in html(invoice("en"))


def test_native_digits_and_jalali_dates_are_for_figures_and_days_only() -> None:
    """R-LNG-03."""
    page = html(invoice("fa"), Formats("Europe/Amsterdam", native_digits=True, jalali_dates=True))

    assert "۴\u066c۳۴۷\u066b۸۴\u00a0EUR" in page
    assert "۱۴۱۰/۰۲/۱۲" in page  # issued at 22:30 UTC on 1 May, which is 2 May in the store
    for code in ("INV/2031/00042", "SO000123", "OAK-001", "NL91ABNA0417164300", "NL001234567B01", "+982188880000"):
        assert code in page


def test_each_tax_rate_has_its_own_totals() -> None:
    rows = variables(invoice())["invoice"]["tax_lines"]

    assert rows == [
        {"rate": "20", "net": "3612.00", "tax": "722.40", "total": "4334.40"},
        {"rate": "7.5", "net": "12.50", "tax": "0.94", "total": "13.44"},
    ]


def test_discounts_and_vouchers_are_shown_on_their_line_and_in_sum() -> None:
    """R-INV-17."""
    text = words(invoice())

    assert "Price reduced by 7.5%" in text
    assert "Discounts of 5.00\u00a0EUR are already deducted." in text.replace("5.00 EUR", "5.00\u00a0EUR")
    assert "Voucher deducted: 12.00" in text


def test_invoice_without_discounts_does_not_speak_of_them() -> None:
    record = invoice()
    record["lines"] = record["lines"][1:]

    assert "deducted" not in words(record)


def test_shipping_and_adjustments_are_lines() -> None:
    record = invoice()
    record["adjustments"] = [{"description": "Goodwill", "tax_rate": "20", "net": "-10.00", "tax": "-2.00", "total": "-12.00"}]

    lines = variables(record)["invoice"]["lines"]

    assert [(line["description"], line["quantity"], line["total"]) for line in lines[-2:]] == [
        ("DHL", 1, "13.44"),
        ("Goodwill", None, "-12.00"),
    ]
    assert "\u221212.00" in words(record)


def test_what_is_neither_paid_nor_due_was_credited() -> None:
    """R-INV-16: the sums add up on paper."""
    record = invoice() | {"amount_due": "3800.00"}

    shown = variables(record)["invoice"]

    assert (shown["total"], shown["paid"], shown["credited"], shown["amount_due"]) == ("4347.84", "500.00", "47.84", "3800.00")
    assert variables(invoice())["invoice"]["credited"] is None


def test_paid_amount_with_other_decimals_than_the_invoice_is_refused() -> None:
    """R-MON-23: 500 would count as 5.00."""
    with pytest.raises(ValueError, match="other decimals"):
        variables(invoice(), paid="500")


def test_paid_invoice_does_not_ask_for_money() -> None:
    """R-INV-16."""
    text = words(invoice() | {"amount_due": "0.00"}, paid="4347.84")

    assert "How to pay" not in text
    assert "How to pay" in words(invoice())


def test_credit_note_names_what_it_corrects_and_asks_for_nothing() -> None:
    """R-INV-09."""
    record = invoice() | {"type": "credit_note", "number": "RINV/2031/00007", "reason": "Broken handle"}

    text = words(record, paid="0.00", corrects="INV/2031/00042")

    assert "Credit note RINV/2031/00007" in text
    assert "Corrects: INV/2031/00042" in text
    assert "Reason: Broken handle" in text
    assert "How to pay" not in text
    assert "Amount due" not in text
    assert "Due date" not in text


def test_pro_forma_has_no_number_and_says_what_it_is() -> None:
    """R-INV-04."""
    record = {key: value for key, value in invoice("fa").items() if key not in ("number", "issued_at", "supplied_at", "due_at")}

    assert "پیش‌فاکتور" in html(record | {"type": "pro_forma", "state": "draft"})


def test_seller_is_the_invoices_own_snapshot_before_todays_settings() -> None:
    """R-INV-08."""
    moved = {**SETTINGS, "store": {**SETTINGS["store"], "name": "Renamed", "tax_id": None}}

    assert variables(invoice(), settings=moved)["store"]["name"] == "Cartwright & Daughters"
    assert variables(invoice() | {"seller": None}, settings=moved)["store"]["name"] == "Renamed"


def test_long_invoice_repeats_its_head_on_each_page() -> None:
    pages = [page.get_textpage().get_text_range() for page in drawn(invoice(lines=60))]

    assert len(pages) > 1
    assert all("Unit price" in page for page in pages[:2])
    assert re.search(r"2 / \d", pages[1])


def test_hostile_names_stay_text() -> None:
    record = invoice()
    record["lines"][0]["description"] = '<img src="http://127.0.0.1:9/x.png"><b>'

    assert "&lt;img src=" in html(record)


@pytest.mark.parametrize(
    ("total", "size"),
    [
        ("123456789.01", ""),
        ("1234567890.12", "small-figures"),
        ("123456789012.34", "small-figures"),
        ("1234567890123.45", "smallest-figures"),
    ],
)
def test_figures_are_set_as_small_as_the_longest_needs(total: str, size: str) -> None:
    assert variables(invoice() | {"total": total, "amount_due": "0.00"}, paid="0.00")["figures"] == size


def test_an_invoice_without_parcel_and_payment_has_no_line_for_it_and_no_way_to_pay() -> None:
    bare = document_variables(invoice(lines=1) | {"shipping": None}, order=ORDER, settings=SETTINGS, paid=PAID, corrects=None, payment=None)

    assert (len(bare["invoice"]["lines"]), bare["payment"]) == (1, None)
