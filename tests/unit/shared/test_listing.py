"""Lists read their query strictly and page by keyset (R-ORD-60)."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from shared.errors import SeveralInvalid
from shared.web.listing import Listing, listing


def ask(query: str) -> Listing:
    request = Request({"type": "http", "query_string": query.encode(), "headers": []})
    return listing(request, {"order_id": None, "state": ("ready", "done")})


def test_a_comma_means_or() -> None:
    assert ask("state=ready,done&order_id=ord_1").filters == {"state": ("ready", "done"), "order_id": ("ord_1",)}


def test_without_words_a_page_has_25() -> None:
    assert (ask("").limit, ask("").after) == (25, None)


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("colour=red", ["/colour"]),
        ("limit=0", ["/limit"]),
        ("limit=101", ["/limit"]),
        ("limit=x&after=cur_nonsense&state=lost", ["/limit", "/after", "/state"]),
        ("after=WyJhIl0", ["/after"]),
        ("after=cur_WzFd", ["/after"]),
    ],
)
def test_what_is_not_offered_is_refused_all_together(query: str, pointers: list[str]) -> None:
    with pytest.raises(SeveralInvalid) as refused:
        ask(query)

    assert [item.pointer for item in refused.value.failures] == pointers


def test_the_next_page_begins_after_the_last_row_shown() -> None:
    rows = ["c", "b", "a"]

    shown, page = ask("limit=2").page(rows, lambda row: (row,))

    assert (shown, page["has_more"]) == (["c", "b"], True)
    assert ask(f"after={page['next']}").after == ("b",)


def test_a_last_page_names_no_next() -> None:
    assert ask("limit=2").page(["b", "a"], lambda row: (row,)) == (["b", "a"], {"next": None, "has_more": False})
