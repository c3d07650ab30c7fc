"""GET /api: a page of our own that works under its Content-Security-Policy: no script in the page, nothing from elsewhere."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from services.gateway.api_page import FILES
from services.gateway.app import make_gateway
from services.gateway.neighbours import Neighbours


def _get(path: str) -> tuple[int, dict[str, str], str]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "client": ("127.0.0.1", 1)}
    asyncio.run(make_gateway(Neighbours({}, {}, "secret"), test_mode=False)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]).decode()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_no_script_stands_in_the_page_and_nothing_comes_from_elsewhere() -> None:
    status, headers, html = _get("/api")
    page = _Page()
    page.feed(html)

    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert [tag for tag, given in page.tags if tag == "script" and not given.get("src")] == []
    assert [given for _, given in page.tags if any(name.startswith("on") or name == "style" for name in given)] == []
    links = [given.get("src") or given.get("href") for _, given in page.tags if "src" in given or "href" in given]
    assert [link for link in links if link not in ("data:,", "openapi.json") and f"/{link}" not in FILES] == []


@pytest.mark.parametrize("path", FILES)
def test_each_file_is_served_under_a_policy_that_lets_in_only_our_own(path: str) -> None:
    status, headers, content = _get(path)

    assert status == 200, "run: python3 -m deploy.assets"
    assert content
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_it_shows_the_document_of_this_shop() -> None:
    _, _, script = _get("/api/page.js")

    assert re.search(r'url: "openapi\.json"', script)
    assert _get("/openapi.json")[1]["content-type"] == "application/json"


def test_what_is_no_file_of_the_page_is_not_there() -> None:
    assert _get("/api/../app.py")[0] == 404
