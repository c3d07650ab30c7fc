"""Which tests go together into one process of the suite, and which go first.

A whole shop takes seven seconds to start, on servers fifteen, so that tests which use the same one go together. Whatever needs a whole
shop on the tests' PostgreSQL is one group: two such shops at once would take more connections than the server has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from xdist.scheduler import LoadScopeScheduling

ON_SERVERS: Final = "shops on servers"
SHARED: Final = (
    (re.compile(r"tests/(e2e|strangers|security)/.*[\[-]full[\]-]"), ON_SERVERS),
    (re.compile(r"tests/e2e/.*[\[-]embedded[\]-]"), "embedded shop of e2e"),
    (re.compile(r"tests/strangers/"), "embedded shop of strangers"),
    (re.compile(r"tests/security/test_attack_"), "attacked shop"),
)
"""What a test's id looks like, and the group that it belongs to; the first that fits. All others go by their files."""
FIRST: Final = (
    "tests/chaos/test_chaos.py",
    ON_SERVERS,
    "embedded shop of e2e",
    "tests/contract/test_bus_suite.py",
    "tests/contract/test_schemathesis.py",
    "embedded shop of strangers",
    "tests/security/test_access_matrix.py",
    "tests/races/test_whole_shop.py",
    "attacked shop",
)
"""The longest groups, longest first; the others follow by their number of tests. One that began last would end alone."""


def group_of(test_id: str) -> str:
    """The group of a test: all of it runs in one process, one after the other."""
    return next((group for looks, group in SHARED if looks.match(test_id)), test_id.partition("::")[0])


def in_turn(test_ids: Iterable[str]) -> dict[str, int]:
    """The place of each group in the line."""
    sizes = Counter(group_of(test_id) for test_id in test_ids)
    line = sorted(sizes, key=lambda group: (FIRST.index(group) if group in FIRST else len(FIRST), -sizes[group], group))
    return {group: place for place, group in enumerate(line)}


class InGroups(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out groups in the order in which their tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
