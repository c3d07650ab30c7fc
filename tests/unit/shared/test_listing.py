"""Lists read their query strictly and page by keyset (R-ORD-60)."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from shared.errors import SeveralInvalid
from shared.web.listing import Listing, flag, instant, listing, read_filters, some_of, texts, values_of

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
        ("sort=total", ["/sort"]),  # this list offers none
        ("include=lines", ["/include"]),
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


SORTS = {"created": (int, str), "total": (int,)}


def sorted_by(query: str) -> Listing:
    request = Request({"type": "http", "query_string": query.encode(), "headers": []})
    return listing(request, key=SORTS)


@pytest.mark.parametrize(
    ("query", "sort", "rising"),
    [
        ("", "created", False),
        ("sort=created", "created", True),
        ("sort=-total", "total", False),
        ("sort=%2Btotal", "total", True),
        ("sort=+total", "total", True),
    ],
)
def test_sorts_fall_with_a_minus_and_without_being_asked(query: str, sort: str, rising: bool) -> None:
    asked = sorted_by(query)

    assert (asked.sort, asked.rising) == (sort, rising)


@pytest.mark.parametrize("query", ["sort=colour", "sort=--total", "sort=", "sort=+-total"])
def test_sort_that_is_not_offered_is_refused(query: str) -> None:
    with pytest.raises(SeveralInvalid) as refused:
        sorted_by(query)

    assert [item.pointer for item in refused.value.failures] == ["/sort"]


def test_cursor_belongs_to_its_sort() -> None:
    after = sorted_by("sort=total&limit=1").page([5, 6], str, lambda row: (str(row),))["page"]["next"]

    assert sorted_by(f"sort=total&after={after}").after == (5,)
    with pytest.raises(SeveralInvalid):
        sorted_by(f"after={after}")


def test_only_a_list_that_was_asked_to_counts() -> None:
    def never() -> int:
        raise AssertionError("counted without being asked")

    assert "count" not in ask("").page([], str, str, count=never)
    assert ask("include=count").page([], str, str, count=lambda: 7)["count"] == 7
    with pytest.raises(SeveralInvalid):
        ask("include=count").page([], str, str)


def test_digits_of_filters_are_latin_whatever_was_typed() -> None:
    """R-LNG-05."""
    assert ask("order_id=%D9%A1%DB%B2").filters == {"order_id": "12"}


def test_filters_are_read_and_all_wrong_ones_named() -> None:
    offered = {"state": some_of("ready", "done"), "held": flag, "at[lt]": instant, "code": texts}

    good = read_filters({"state": "done,ready", "held": "false", "at[lt]": "2031-05-01T12:00:00+02:00", "code": "a,b"}, offered)
    assert (good["state"], good["held"], good["at[lt]"].hour, good["code"]) == (["done", "ready"], False, 10, ["a", "b"])
    with pytest.raises(SeveralInvalid) as refused:
        read_filters({"state": "lost", "held": "yes", "at[lt]": "2031-05-01T12:00:00", "code": "a"}, offered)
    assert [item.pointer for item in refused.value.failures] == ["/state", "/held", "/at[lt]"]
