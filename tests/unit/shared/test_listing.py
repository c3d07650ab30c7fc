"""Lists read their query strictly and page by keyset (R-ORD-60)."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from shared.errors import SeveralInvalid
from shared.web.listing import Listing, listing, values_of

OFFERED = {"order_id": None, "state": ("ready", "done")}


def ask(query: str) -> Listing:
    request = Request({"type": "http", "query_string": query.encode(), "headers": []})
    return listing(request, OFFERED, key=(int, str))


def test_a_comma_means_or() -> None:
    assert values_of(ask("state=ready,done&order_id=ord_1").filters, OFFERED) == {"state": ["ready", "done"], "order_id": ["ord_1"]}


def test_a_value_that_a_filter_does_not_have_is_refused() -> None:
    with pytest.raises(SeveralInvalid) as refused:
        values_of(ask("state=ready,lost").filters, OFFERED)

    assert [item.pointer for item in refused.value.failures] == ["/state"]


def test_without_words_a_page_has_25() -> None:
    assert (ask("").limit, ask("").rows, ask("").after) == (25, 26, None)


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("colour=red", ["/colour"]),
        ("limit=0", ["/limit"]),
        ("limit=101", ["/limit"]),
        ("state=ready&state=done", ["/state"]),
        ("order_id=%00", ["/order_id"]),
        ("colour=red&limit=x&after=cur_nonsense", ["/colour", "/limit", "/after"]),
        ("after=WyIxIiwiYSJd", ["/after"]),  # no cursor's beginning
        ("after=cur_WyJhIiwiYSJd", ["/after"]),  # the first part is no number
        ("after=cur_WyIxIl0", ["/after"]),  # a part is missing
    ],
)
def test_what_is_not_offered_is_refused_all_together(query: str, pointers: list[str]) -> None:
    with pytest.raises(SeveralInvalid) as refused:
        ask(query)

    assert [item.pointer for item in refused.value.failures] == pointers


def test_the_next_page_begins_after_the_last_row_shown() -> None:
    rows = [(3, "c"), (2, "b"), (1, "a")]

    body = ask("limit=2").page(rows, lambda row: row[1], lambda row: (str(row[0]), row[1]))

    assert (body["data"], body["page"]["has_more"]) == (["c", "b"], True)
    assert ask(f"after={body['page']['next']}").after == (2, "b")


def test_a_last_page_names_no_next() -> None:
    body = ask("limit=2").page([(1, "a")], lambda row: row[1], lambda row: (str(row[0]), row[1]))

    assert body == {"data": ["a"], "page": {"next": None, "has_more": False}}
