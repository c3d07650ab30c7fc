"""Each invariant of the audit is made false in a real database and named; a clean shop breaks none (R-INV-15, R-STK-01, R-MSG-01 …)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

from services.host import cli
from services.host.audit.run import SUBJECTS
from shared.contracts.api.public import PATHS
from tests.services.host.spoilt_rows import SPOILT, Spoilt
from tests.support.lived_shop import LivedShop, lived_shop

pytestmark = pytest.mark.timeout(600)
"""A whole shop is started first; on a busy machine that alone takes minutes."""
OF_RABBITMQ: Final = {"queues.there"}
"""The embedded bus makes its queues as they are needed; see test_audit_queues.py."""


FOR_PEOPLE: Final = ("restore ", "stop posting (PATCH /admin/v1/settings", "set the clocks ", "what has gone out stays so", "the log has ")
"""Repairs that no command of ours can do."""
REQUESTS: Final = [re.sub(r"\{\w+\}", "*", at) for at in PATHS]


def _is_real(repair: str) -> bool:
    """Whether it begins with a command that the command line takes, or a request of the API."""
    words = re.split(r",| of the |; | shows ", repair)[0].split()
    if words[0] == "cartwright":
        return bool(cli._parser().parse_args(words[1:]))
    if words[0] in ("GET", "POST"):
        request = f"{words[0]} {words[1].partition('?')[0]}".replace("{id}", "*")
        return any(fnmatchcase(request, wanted) for wanted in REQUESTS)
    return repair.startswith(FOR_PEOPLE)


@pytest.fixture(scope="module")
def stopped_shop() -> Iterator[LivedShop]:
    """One for all tests here."""
    with lived_shop() as lived:
        yield lived


@pytest.fixture
def lived(stopped_shop: LivedShop) -> Iterator[LivedShop]:
    """To be spoilt."""
    yield stopped_shop
    stopped_shop.put_back()


def test_every_invariant_is_made_false_below() -> None:
    names = {invariant.name for subject in SUBJECTS for invariant in subject.invariants}

    assert {spoilt.invariant for spoilt in SPOILT} == names - OF_RABBITMQ


def test_the_documentation_says_each_in_the_same_words() -> None:
    documented = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    invariants = [invariant for subject in SUBJECTS for invariant in subject.invariants]

    assert [one.name for one in invariants if f"| `{one.name}` | {one.says} | {one.rule} |" not in documented] == []


def test_a_clean_shop_breaks_none_and_says_what_was_looked_at(lived: LivedShop) -> None:
    report = lived.audited()

    assert report.violations == []
    assert report.counted["orders"] >= 6
    assert min(report.counted[name] for name in ("payments", "posted documents", "skus", "mails", "orders facts", "timeline entries")) > 0


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: f"{spoilt.invariant} {spoilt.file}")
def test_what_is_false_is_named(lived: LivedShop, spoilt: Spoilt) -> None:
    lived.spoil(spoilt.file, spoilt.statement)

    report = lived.audited()

    assert {violation.invariant for violation in report.violations} == {spoilt.invariant, *spoilt.also}, report.violations
    assert all(violation.what for violation in report.violations)
    assert [violation.repair for violation in report.violations if not _is_real(violation.repair)] == []


def test_what_may_still_be_on_its_way_is_not_named(lived: LivedShop) -> None:
    """Work in flight is no violation: everything here is younger than a day."""
    lived.spoil("delivery", "DELETE FROM inbox WHERE handler = 'delivery.reserve_stock'")
    lived.spoil("billing", "UPDATE invoices SET pdf_sha256 = NULL WHERE order_id = :bought")
    lived.spoil("orders", "UPDATE orders SET delivery_status = 'full' WHERE id = :bought")

    assert lived.audited(settle_seconds=86_400).violations == []
    assert len(lived.audited().violations) > 3


def test_what_was_made_before_is_left_out_when_asked(lived: LivedShop) -> None:
    """Of an old shop only the last days are looked at; everything here is younger than one."""
    lived.spoil("orders", "UPDATE orders SET delivery_status = 'full' WHERE id = :bought")

    assert lived.audited(days=1).counted == lived.audited().counted
    assert len(lived.audited(days=1).violations) == 1
    report = lived.audited(days=0)

    assert report.violations == []
    assert {report.counted[name] for name in ("orders", "orders facts", "timeline entries", "billing payments")} == {0}


def test_what_has_mended_at_the_second_look_is_not_named(lived: LivedShop) -> None:
    lived.spoil("orders", "UPDATE orders SET delivery_status = 'full' WHERE id = :bought")

    assert lived.audited(meanwhile=lived.put_back).violations == []


def test_what_is_wrong_in_another_way_at_the_second_look_is_still_moving(lived: LivedShop) -> None:
    lived.spoil("orders", "UPDATE availability SET available = available + 1")

    report = lived.audited(meanwhile=lambda: lived.spoil("orders", "UPDATE availability SET available = available - 3"))

    assert report.violations == []


def test_the_report_for_machines_says_all_of_it(lived: LivedShop) -> None:
    lived.spoil("billing", "UPDATE invoices SET paid = paid - 1 WHERE order_id = :bought")

    told = lived.audited().as_json()

    assert (told["clean"], told["settle_seconds"]) == (False, 0)
    assert told["counted"]["orders"] > len(lived.orders)  # and the carts that asked whether the shop ships yet
    (violation,) = told["violations"]
    assert list(violation) == ["invariant", "rule", "service", "record_id", "order_id", "since", "what", "repair"]
    assert violation["order_id"] == lived.orders["bought"]
    assert violation["since"].endswith("Z")
    assert violation["repair"] == f"cartwright rederive order {lived.orders['bought']}"
