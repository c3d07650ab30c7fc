"""How invoices and pro formas look: byte for byte where it was looked at, and what must hold of any of them.

The golden hashes are of papers that a person has looked at. To renew them after a change of template, fonts or libraries:
`.venv/bin/python -m tests.unit.billing.test_invoice_looks FOLDER` draws each of them as PNG into the folder and prints the lines of
GOLDEN; look at every picture, then put the lines here. From the first release on, a change of the template also raises TEMPLATE_VERSION.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from services.billing.domain import invoice_document
from services.billing.domain.invoice_document import document_variables
from shared.language.catalogue import LANGUAGES
from shared.language.formats import Formats
from shared.render.documents import render_document
from tests.support.samples_paper import ORDER, PAID, PAYMENT, SETTINGS, invoice

TEMPLATES = Path(invoice_document.__file__).parents[1] / "templates"
PLAIN = Formats("Europe/Amsterdam")
PERSIAN = Formats("Europe/Amsterdam", native_digits=True, jalali_dates=True, currency_display="symbol")
LOOKS: dict[str, tuple[str, str, Formats]] = {
    **{f"{kind}-{language}": (kind, language, PLAIN) for kind in ("invoice", "pro_forma") for language in LANGUAGES},
    **{f"{kind}-fa-native": (kind, "fa", PERSIAN) for kind in ("invoice", "pro_forma")},
}
LIBRARIES = "weasyprint 70.0, pango 15012, harfbuzz 6.0.0"
"""Of the golden hashes: other versions set and subset the same page in other bytes."""
GOLDEN = {
    "invoice-en": "e47664a7acb547d07de06627d1d84669bd4befa4d630fe4df95911308f872ff2",
    "invoice-fa": "9ef96388cc5558072482ec0be9db76cf60bf5c84830c018ffbe6674cc0c7bed4",
    "invoice-vi": "a57a97cedd127bdb9aaf60208a1e8a28c63723c137c1fc2e448c4250522d17aa",
    "invoice-ru": "60a203f6da589937204e2b3e740e49a77778f3b8970d203a1aa75432e6da02b0",
    "pro_forma-en": "34f45751f0338aa7fb8c6309e41f119a59bee3c345f9b5d7826d9331906b7922",
    "pro_forma-fa": "032470e1f7771316e9c870f773be35b30bfec5a246c3cb0121279ec0218a4c3b",
    "pro_forma-vi": "ee2230ed02eb63f712db71594c8a83ea4aa2348ceaec3e8408cde8272c9c6011",
    "pro_forma-ru": "8c4016df00cef3b31f142fede9955f4072b9f3187dbaabbf1fbb187880cb6a04",
    "invoice-fa-native": "bee304fd7c9953773339c84b6663d9b3359872184769520ea58a010d38ba2d2f",
    "pro_forma-fa-native": "cd30a303c98c71ebf7654c8adc2976e7723decafc5f8f0ef18e255e70872cdc4",
}


def record(kind: str, language: str = "en", **changes: Any) -> dict[str, Any]:
    """An invoice that is partly paid, or a pro forma of the same goods, not paid."""
    found = invoice(language)
    if kind == "pro_forma":
        dates = {"number": None, "issued_at": None, "supplied_at": None, "due_at": None}
        found |= {"type": kind, "state": "draft", "amount_due": found["total"], **dates}
    return found | changes


def drawn(document: dict[str, Any], formats: Formats = PLAIN, *, paid: str | None = None) -> bytes:
    settled = paid or (PAID if document["type"] == "invoice" else "0.00")
    order = ORDER | {"created_at": "2031-04-29T09:00:00Z"}
    variables = document_variables(document, order=order, settings=SETTINGS, paid=settled, corrects=None, payment=PAYMENT)
    return render_document(TEMPLATES, "invoice", variables=variables, language=document["language"], options=formats)


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\u00a0", " ") for page in document]


def libraries() -> str:
    import weasyprint
    from weasyprint.text.ffi import pango

    version = ctypes.CDLL("libharfbuzz-subset.so.0").hb_version_string
    version.restype = ctypes.c_char_p
    return f"weasyprint {weasyprint.__version__}, pango {pango.pango_version()}, harfbuzz {version().decode()}"


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_byte_for_byte_what_somebody_looked_at(look: str) -> None:
    """R-INV-08, R-LNG-02, R-LNG-03, R-LNG-04."""
    if libraries() != LIBRARIES:
        pytest.skip(f"the golden hashes are of {LIBRARIES}; here are {libraries()}")
    kind, language, formats = LOOKS[look]

    assert hashlib.sha256(drawn(record(kind, language), formats)).hexdigest() == GOLDEN[look]


@pytest.mark.parametrize("look", LOOKS)
def test_its_barcode_reads_from_a_page_drawn_at_150_dpi(look: str) -> None:
    """R-DOC-06, R-DOC-07."""
    kind, language, formats = LOOKS[look]
    with pypdfium2.PdfDocument(drawn(record(kind, language), formats)) as document:
        page = document[0].render(scale=150 / 72).to_pil()

    assert [code.text for code in zxingcpp.read_barcodes(page)] == ["SO000123"]


def test_persian_options_are_in_the_figures_of_the_page() -> None:
    """R-LNG-03: native digits, days of the Jalali calendar, the rial's word; codes keep their digits."""
    document = record("invoice", "fa", currency="IRR")

    text = " ".join(texts(drawn(document, PERSIAN)))

    for shown in ("۱۴۱۰/۰۲/۱۲", "۳\u066c۸۴۷\u066b۸۴", "ریال", "INV/2031/00042", "OAK-001"):
        assert shown in text, shown
    assert "3,847.84" not in text


def test_a_prepaid_invoice_says_what_is_paid_and_that_nothing_is_due() -> None:
    """R-INV-16."""
    (text,) = texts(drawn(record("invoice", amount_due="0.00"), paid="4347.84"))

    assert "Already paid 4,347.84 EUR" in " ".join(text.split())
    assert "Amount due 0.00 EUR" in " ".join(text.split())
    assert "Due date: 15 May 2031" in text
    assert "How to pay" not in text


def test_a_pro_forma_says_what_is_paid_only_when_something_is() -> None:
    """R-INV-04."""
    (unpaid,) = texts(drawn(record("pro_forma")))
    (paid,) = texts(drawn(record("pro_forma", amount_due="3847.84"), paid="500.00"))

    assert "Order date: 29 Apr 2031" in unpaid
    assert ("Amount due" in unpaid, "Amount due" in paid, "Already paid" in paid) == (False, True, True)


def test_the_tax_note_is_printed_as_it_was_written() -> None:
    """api.md, billing.tax_notes."""
    (text,) = texts(drawn(record("invoice", tax_note="Exempt from VAT,\nArt. 151.")))

    assert "Exempt from VAT," in text
    assert "Art. 151." in text


@pytest.mark.parametrize("kind", ["invoice", "pro_forma"])
def test_each_page_of_many_lines_has_the_head_the_number_and_its_place(kind: str) -> None:
    document = invoice(lines=60) | ({} if kind == "invoice" else {"type": kind, "number": None})
    pages = texts(drawn(document, paid=PAID))

    assert len(pages) == 3
    for position, page in enumerate(pages, 1):
        assert "Unit price" in page
        assert f"{position} / 3" in page
        assert ("INV/2031/00042" if kind == "invoice" else "SO000123") in page
    assert [sum(page.count(f"OAK-{number:03}") for page in pages) for number in range(60)] == [1] * 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_names_codes_and_amounts_stay_in_their_columns(language: str) -> None:
    """Nothing is set over something else, and nothing leaves the page."""
    document = record("invoice", language)
    endless = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4
    document["buyer"] = {"company": endless, "name": endless, "email": f"{endless}@example.com", "tax_id": "9" * 60}
    document["lines"][0] |= {"description": endless, "sku": "S" * 64}
    rich = {"unit_price": "999999999999.99", "net": "9999999999999.99", "total": "9999999999999.99"}
    document["lines"][1] |= {"quantity": 1_000_000, **rich}
    document |= {"net": "9999999999999.99", "total": "9999999999999.99", "amount_due": "9999999999999.99"}
    document["tax_lines"] = [{"rate": "20", "net": "9999999999999.99", "tax": "9999999999999.99"}]

    with pypdfium2.PdfDocument(drawn(document, paid="0.00")) as pdf:
        for page in pdf:
            boxes = _boxes(page)
            assert all(left >= 40 and right <= page.get_width() - 40 for left, _, right, _ in boxes)
            assert _overlaps(boxes) == []


def _boxes(page: Any) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of each run of text, in points."""
    text = page.get_textpage()
    return [text.get_rect(position) for position in range(text.count_rects())]


def _overlaps(boxes: list[tuple[float, float, float, float]]) -> list[Any]:
    slack = 1.0
    return [
        (one, other)
        for position, one in enumerate(boxes)
        for other in boxes[position + 1 :]
        if min(one[2], other[2]) - max(one[0], other[0]) > slack and min(one[3], other[3]) - max(one[1], other[1]) > slack * 2
    ]


def _renew(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print(f'LIBRARIES = "{libraries()}"')
    for look, (kind, language, formats) in LOOKS.items():
        pdf = drawn(record(kind, language), formats)
        with pypdfium2.PdfDocument(pdf) as document:
            document[0].render(scale=150 / 72).to_pil().save(folder / f"{look}.png")
        print(f'    "{look}": "{hashlib.sha256(pdf).hexdigest()}",')


if __name__ == "__main__":
    _renew(Path(sys.argv[1]))
