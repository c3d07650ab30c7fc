"""What becomes a PDF: our fonts, our assets, the same bytes each time."""

import ctypes
import hashlib
import socket
import struct
import zlib
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from shared.render.pdf import render_pdf

WORDS = "Invoice 1,234.50 · Hóa đơn Nguyễn Thị Thủy · Счёт-фактура Ёжик"


def png() -> bytes:
    """A red pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


PNG = png()


def page(body: str, language: str = "en") -> str:
    return f'<!doctype html><html lang="{language}"><head><title>Paper</title></head><body>{body}</body></html>'


def images(pdf: bytes) -> int:
    return len(list(pypdfium2.PdfDocument(pdf)[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])))


def fonts(pdf: bytes) -> dict[str, bool]:
    """The fonts of the first page's texts, and whether each is embedded."""
    found = {}
    for text in pypdfium2.PdfDocument(pdf)[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
        font = pdfium.FPDFTextObj_GetFont(text.raw)
        buffer = ctypes.create_string_buffer(200)
        pdfium.FPDFFont_GetBaseFontName(font, buffer, 200)
        found[buffer.value.decode()] = pdfium.FPDFFont_GetIsEmbedded(font) == 1
    return found


def test_equal_input_gives_equal_bytes() -> None:
    """R-INV-08: the SHA-256 of a document is kept."""
    first, second = render_pdf(page(WORDS)), render_pdf(page(WORDS))

    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert render_pdf(page(WORDS + "!")) != first


def test_latin_vietnamese_and_cyrillic_come_out_whole() -> None:
    """R-DOC-05."""
    assert WORDS in pypdfium2.PdfDocument(render_pdf(page(WORDS)))[0].get_textpage().get_text_range()


def test_all_fonts_are_ours_and_embedded() -> None:
    """R-DOC-05: also where a template asks for another."""
    used = fonts(render_pdf(page(f'<b style="font-family: Arial">{WORDS}</b> <p>فاکتور فروش</p>')))

    assert used
    assert all(used.values())
    assert all("Noto-Sans" in name or "NotoSans" in name or "Vazirmatn" in name for name in used)
    assert any("Vazirmatn" in name for name in used)


@pytest.mark.parametrize(
    "body",
    [
        '<img src="http://127.0.0.1:9/logo.png">',
        '<img src="asset:other">',
        '<img src="logo">',
        '<div style="background: url(http://127.0.0.1:9/logo.png); height: 9pt">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/style.css">',
        '<svg width="9" height="9"><image href="http://127.0.0.1:9/logo.png" width="9" height="9"/></svg>',
    ],
)
def test_document_is_drawn_without_network_and_without_what_it_asked_for(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-DOC-03."""

    def no_network(*_: object) -> None:
        raise AssertionError("a document opened a connection")

    monkeypatch.setattr(socket.socket, "connect", no_network)

    pdf = render_pdf(page(body), assets={"logo": PNG})

    assert images(pdf) == 0


def test_files_are_out_of_reach(tmp_path: Path) -> None:
    """R-DOC-03."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(PNG)

    pdf = render_pdf(page(f'<img src="file://{picture}"><link rel="attachment" href="file://{picture}">'))

    assert images(pdf) == 0
    assert pypdfium2.PdfDocument(pdf).count_attachments() == 0


def test_own_asset_is_drawn() -> None:
    assert images(render_pdf(page('<img src="asset:logo">'), assets={"logo": PNG})) == 1
    assert images(render_pdf(page('<img src="data:image/png;base64,iVBORw0KGgo=">'), assets={"logo": PNG})) == 0


def test_stylesheet_beside_the_template_is_used(tmp_path: Path) -> None:
    style = tmp_path / "label.css"
    style.write_text("@page { size: 100mm 150mm; margin: 0 }")

    width, height = pypdfium2.PdfDocument(render_pdf(page("x"), (style,)))[0].get_size()

    assert (round(width * 25.4 / 72), round(height * 25.4 / 72)) == (100, 150)
