"""Which tests of the suite go together, and which go first (tests/support/turns.py)."""

from __future__ import annotations

import pytest

from tests.support.shop import ROOT
from tests.support.turns import FIRST, ON_SERVERS, SHARED, group_of, in_turn


@pytest.mark.parametrize(
    ("test_id", "group"),
    [
        ("tests/e2e/test_survival.py::test_a_child[web all-full]", ON_SERVERS),
        ("tests/strangers/test_on_servers.py::test_roles[full]", ON_SERVERS),
        ("tests/security/test_canaries.py::test_no_secret[full]", ON_SERVERS),
        ("tests/e2e/test_survival.py::test_killed[embedded]", "embedded shop of e2e"),
        ("tests/e2e/test_deliveries_in_full.py::test_all", "tests/e2e/test_deliveries_in_full.py"),
        ("tests/strangers/test_selling.py::test_keep_a_catalogue", "embedded shop of strangers"),
        ("tests/unit/shared/test_money.py::test_sum[full]", "tests/unit/shared/test_money.py"),
    ],
)
def test_tests_of_one_shop_are_one_group_and_others_go_by_file(test_id: str, group: str) -> None:
    assert group_of(test_id) == group


def test_long_groups_go_first_and_then_those_of_many_tests() -> None:
    ids = ["tests/unit/test_few.py::a", "tests/unit/test_many.py::a", "tests/unit/test_many.py::b", "tests/e2e/test_x.py::a[full]"]
    places = in_turn([*ids, "tests/chaos/test_chaos.py::a"])

    assert sorted(places, key=lambda group: places[group]) == [
        "tests/chaos/test_chaos.py",
        ON_SERVERS,
        "tests/unit/test_many.py",
        "tests/unit/test_few.py",
    ]


def test_what_goes_first_is_there() -> None:
    """A file that was renamed would go last, and the suite would wait for it."""
    groups = {group for _, group in SHARED}
    assert [group for group in FIRST if group not in groups and not (ROOT / group).exists()] == []
    assert groups <= set(FIRST)
