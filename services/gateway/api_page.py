"""GET /api: the document for people. Our own page around swagger-ui, whose files set-up lays out (deploy/assets.lock.json)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import Response

from shared.errors import CartwrightError

FOLDER: Final = Path(__file__).with_name("page")
FILES: Final = {
    "/api": ("index.html", "text/html; charset=utf-8"),
    "/api/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/api/page.css": ("page.css", "text/css; charset=utf-8"),
    "/api/swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "/api/swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css; charset=utf-8"),
}
"""Path -> file and media type."""
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""swagger-ui writes styles into its elements, and its stylesheet draws with data: images. No script is inline or from elsewhere."""


class PageMissing(CartwrightError):
    """The page's files were never laid out in this installation."""

    status = 404
    code = "not_found"


def page(path: str) -> Response:
    """One file of the page. Raises PageMissing."""
    name, media_type = FILES[path]
    return Response(_content(name), headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}, media_type=media_type)


@cache
def _content(name: str) -> bytes:
    try:
        return (FOLDER / name).read_bytes()
    except FileNotFoundError:
        raise PageMissing(f"{name} is not here: run `./run setup`, which fetches it") from None
