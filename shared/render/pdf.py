"""HTML to PDF with WeasyPrint, with our fonts and assets and nothing else: no network, no files, no system fonts.

Equal input gives equal bytes, so a document's SHA-256 can be kept and a lost file drawn again. Layout is pure Python and
Pango's font map belongs to one thread: render in processes, never in threads.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from shared.render.native import load_pango

load_pango()  # before weasyprint is imported: it opens the libraries by name, and without a font Pango ends the process

from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

_BASE_STYLE: Final = Path(__file__).parent / "document.css"


class AddressRefused(ValueError):
    """A document asked for something that is not one of its assets."""

    def __init__(self, url: str) -> None:
        super().__init__(f"documents may use their own assets only, not {url}")
        self.url = url


class _OwnAssets(URLFetcher):  # type: ignore[misc]
    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__()
        self._assets = {f"asset:{name}": body for name, body in assets.items()}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url not in self._assets:
            raise AddressRefused(url)
        return URLFetcherResponse(url, self._assets[url])


def render_pdf(html: str, stylesheets: Sequence[Path] = (), *, assets: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of `html`, with fonts embedded as subsets; byte-identical for equal input.

    `stylesheets` are files of ours on top of the common one, parsed once per process. `assets` are what `src="asset:<name>"`
    may show. Any other address is left out of the picture, as a browser leaves out what it cannot load.
    """
    fonts = _fonts()
    styles = [_style(path) for path in (_BASE_STYLE, *stylesheets)]
    page = HTML(string=html, base_url="asset:", url_fetcher=_OwnAssets(assets or {}))
    pdf: bytes = page.write_pdf(stylesheets=styles, font_config=fonts)
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    # A new one for each document leaks a quarter of a megabyte.
    return FontConfiguration()


@lru_cache(maxsize=32)
def _style(path: Path) -> CSS:
    return CSS(string=path.read_text(encoding="utf-8"), url_fetcher=_OwnAssets({}), font_config=_fonts())
