"""Lists read their query strictly and page by keyset (R-ORD-60)."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from shared.errors import SeveralInvalid
from shared.web.listing import Listing, listing, values_of

OFFERED = {"order_id": None, "state": ("ready", "done")}


def ask(query: str) -> Listing:
    return listing(Request({"type": "http", "query_string": query.encode(), "headers": []}), OFFERED, key=(str,))


def test_a_comma_means_or() -> None:
    asked = ask("state=ready,done&order_id=ord_1").filters

    assert values_of(asked, OFFERED) == {"state": ["ready", "done"], "order_id": ["ord_1"]}


def test_a_value_that_is_not_offered_is_refused() -> None:
    with pytest.raises(SeveralInvalid) as refused:
        values_of(ask("state=ready,lost").filters, OFFERED)

    assert [item.pointer for item in refused.value.failures] == ["/state"]


def test_without_words_a_page_has_25() -> None:
    assert (ask("").limit, ask("").after) == (25, None)


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("colour=red", ["/colour"]),
        ("limit=0", ["/limit"]),
        ("limit=101", ["/limit"]),
        ("colour=red&limit=x&after=cur_nonsense", ["/colour", "/limit", "/after"]),
        ("state=ready&state=done", ["/state"]),
        ("order_id=%00", ["/order_id"]),
        ("after=WyJhIl0", ["/after"]),
        ("after=cur_WzFd", ["/after"]),
    ],
)
def test_what_is_not_offered_is_refused_all_together(query: str, pointers: list[str]) -> None:
    with pytest.raises(SeveralInvalid) as refused:
        ask(query)

    assert [item.pointer for item in refused.value.failures] == pointers


def test_the_next_page_begins_after_the_last_row_shown() -> None:
    answer = ask("limit=2").page(["c", "b", "a"], str.upper, lambda row: (row,))

    assert (answer["data"], answer["page"]["has_more"]) == (["C", "B"], True)
    assert ask(f"after={answer['page']['next']}").after == ("b",)


def test_a_last_page_names_no_next() -> None:
    answer = ask("limit=2").page(["b", "a"], str.upper, lambda row: (row,))

    assert answer == {"data": ["B", "A"], "page": {"next": None, "has_more": False}}
