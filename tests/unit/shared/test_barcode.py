"""A barcode is worth what a scanner makes of it: pages are drawn and read back."""

import re

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from shared.render.barcode import QUIET_MODULES, code128_svg
from shared.render.pdf import render_pdf

CODES = ["SO000123", "RT000007", "shop-7:SO000123", "INV/2031/00042", "1234567890", "a", "Ab 1~{}<&>"]


def read(svg: str, *, dpi: int) -> list[str]:
    page = pypdfium2.PdfDocument(render_pdf(f'<!doctype html><html lang="en"><body>{svg}'))[0]
    found = zxingcpp.read_barcodes(page.render(scale=dpi / 72).to_pil(), formats=zxingcpp.BarcodeFormat.Code128)
    return [code.text for code in found]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("dpi", [150, 300])
def test_drawn_code_reads_as_the_exact_text(code: str, dpi: int) -> None:
    """R-DOC-06."""
    assert read(code128_svg(code, 12, module_mm=0.33, show_text=True), dpi=dpi) == [code]


def test_code_without_its_text_reads_the_same() -> None:
    svg = code128_svg("SO000123", 8, module_mm=0.4, show_text=False)

    assert "<text" not in svg
    assert read(svg, dpi=150) == ["SO000123"]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_quiet_zone_is_ten_modules_on_either_side(code: str) -> None:
    """R-DOC-06."""
    svg = code128_svg(code, 12, module_mm=0.33, show_text=False)
    width = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])  # type: ignore[index]
    bars = [(int(left), int(left) + int(wide)) for left, wide in re.findall(r"M(\d+) 0h(\d+)v", svg)]

    assert QUIET_MODULES == 10
    assert min(left for left, _ in bars) == QUIET_MODULES
    assert width - max(right for _, right in bars) == QUIET_MODULES
    assert svg.count("<path") == 1


def test_size_is_what_was_asked() -> None:
    svg = code128_svg("SO000123", 12, module_mm=0.5, show_text=False)

    assert 'width="60.50mm" height="12.00mm"' in svg  # 101 modules and twice the quiet zone


@pytest.mark.parametrize("code", ["", "سفارش", "SO۱۲۳", "é"])
def test_what_code_128_cannot_carry_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        code128_svg(code, 12, module_mm=0.33, show_text=True)
