"""README.md from its first line to what happens to an order: two commands, and what a stranger sees of them."""

from __future__ import annotations

import re
import subprocess

import psutil
import pytest

from tests.strangers.conftest import ROOT, Demo
from tests.support.following import eventually

pytestmark = pytest.mark.timeout(300)
SERVICES = ("orders", "delivery", "billing", "returns", "notifications")


def test_it_runs_in_one_process_on_sqlite_files(demo: Demo) -> None:
    """ "It runs in one process on SQLite files, without any server beside it." PDFs alone are drawn in children."""
    files = {path.name for path in (demo.folder / "data").glob("*.db")}
    assert {f"{service}.db" for service in SERVICES} <= files
    children = [" ".join(child.cmdline()) for child in psutil.Process(demo.process.pid).children(recursive=True)]
    assert not [line for line in children if "services.host.cli" in line], children


def test_the_api_has_a_page_and_there_are_no_other_pages(demo: Demo) -> None:
    """ "There is an HTTP API, described by a page at /api of every running shop; there are no other pages yet." """
    page = demo.client.call("GET", "/api")
    assert (page.status, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    other = demo.client.call("GET", "/")
    assert (other.status, other.headers["content-type"]) == (404, "application/problem+json")


def test_the_sample_shop_says_its_keys_and_what_to_look_at(demo: Demo) -> None:
    """ "`./run` prints the keys of the sample shop and what to look at: the orders, one order's timeline, an invoice." """
    commands = re.findall(r"^\s*curl .*'(\S+)'$", demo.said, re.M)
    paths = [command.partition(f":{demo.port}")[2] for command in commands]
    assert any("/orders?" in path for path in paths), demo.said
    assert any(path.endswith("/timeline") for path in paths), demo.said
    assert any(path.endswith("/pdf") for path in paths), demo.said
    answers = [demo.client.call("GET", path, headers={"Authorization": f"Bearer {demo.client.admin_key}"}) for path in paths]
    assert [answer.status for answer in answers] == [200] * len(answers)
    assert answers[-1].raw.startswith(b"%PDF-")
    assert len(demo.client.listed("/orders", limit="100")) >= 4


def test_one_order_is_bought_paid_and_shipped_as_one_looks_on(demo: Demo) -> None:
    """ "buys something as a customer would, lets the bank say yes, ships the parcel, and prints what each service says as it happens." """
    # It gives up after half a minute, which a machine that is busy otherwise may need.
    done = next((done for _ in range(3) if (done := demo.order("--language", "fa")).returncode == 0), None)
    assert done is not None
    for service in ("orders", "delivery", "billing", "notifications"):
        assert re.search(rf"\s{service}\s", done.stdout), done.stdout
    assert "from the cart to the doorstep" in done.stdout
    number = re.search(r"^(\S+): .* from the cart", done.stdout, re.M)
    assert number is not None
    [order] = demo.client.listed("/orders", q=number[1])
    assert (order["language"], order["payment_status"], order["delivery_status"]) == ("fa", "paid", "full")


def test_facts_go_as_the_picture_has_them(demo: Demo) -> None:
    """The picture under "What happens to an order": each arrow is a fact, in docs/events.md and in the feed of a shop that has sold."""
    documented = (ROOT / "docs" / "events.md").read_text()
    arrows = (
        *("billing.payment_captured", "orders.order_confirmed", "delivery.delivery_done"),
        *("billing.invoice_rendered", "notifications.mail_sent"),
    )
    for arrow in arrows:
        assert arrow in documented
        assert eventually(lambda: demo.client.listed("/events", types=arrow), what=arrow)  # noqa: B023


def test_the_commands_are_listed() -> None:
    """ "`./run WORDS` is `cartwright WORDS`; `./run --help` lists the commands." """
    done = subprocess.run([ROOT / "run", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    for command in ("up", "demo", "order", "migrate", "web", "worker", "relay", "check"):
        assert re.search(rf"^\s+{command}\s", done.stdout, re.M), command


def test_the_doors_are_programs_and_the_licence_is_named() -> None:
    """ "./run", "./test", python3 3.11 to 3.13, "The licence is AGPL-3.0-or-later"."""
    for door in ("run", "test"):
        text = (ROOT / door).read_text()
        assert text.startswith("#!/usr/bin/env python3")
        assert "3.11, 3.12 or 3.13" in text
    assert 'license = "AGPL-3.0-or-later"' in (ROOT / "pyproject.toml").read_text()
