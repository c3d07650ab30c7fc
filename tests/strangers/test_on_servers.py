"""README.md, on PostgreSQL and RabbitMQ."""

from __future__ import annotations

from pathlib import Path

import psutil
import psycopg
import pytest

from tests.strangers.conftest import run
from tests.support.databases import postgresql_database
from tests.support.following import eventually, everything_followed_once
from tests.support.shop import Shop

pytestmark = pytest.mark.timeout(300)
SERVICES = ("orders", "delivery", "billing", "returns", "notifications")


def test_each_service_gets_a_schema_and_two_roles_of_its_own(full: Shop) -> None:
    """ "The login needs the right to create roles … each service gets a schema and two roles of its own in it." """
    url = full.environment["CARTWRIGHT_DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        schemas = {row[0] for row in connection.execute("SELECT nspname FROM pg_namespace")}
        roles = [row[0] for row in connection.execute("SELECT rolname FROM pg_roles")]
    assert set(SERVICES) <= schemas
    for service in SERVICES:
        assert len([role for role in roles if service in role]) >= 2, service


def test_a_small_parent_starts_again_whichever_of_four_dies(full: Shop) -> None:
    """ "starts four processes under a small parent that starts again whichever dies: web, a worker, a worker for PDFs, and one for relay
    and timers": kill -9 of the one that hears while an order is on its way."""
    words = (("web", "all"), ("worker", "all"), ("worker", "billing.documents"), ("relay", "--beat", "all"))
    pids = {child: full.child(*child) for child in words}
    cart = full.cart(full.product())
    full.tell("succeeded", cart.submitted()).ok(200)
    for child in (("worker", "all"), ("relay", "--beat", "all")):
        full.kill_child(*child)
    everything_followed_once(full, cart)
    for child, before in pids.items():
        after = full.child(*child)
        assert psutil.pid_exists(after)
        assert (after != before) == (child in (("worker", "all"), ("relay", "--beat", "all")))


@pytest.mark.parametrize("only", ["CARTWRIGHT_DATABASE_URL", "CARTWRIGHT_BROKER_URL"])
def test_give_both_urls_or_neither(tmp_path: Path, only: str) -> None:
    """One alone starts nothing, says which is missing, and ends with exit code 2."""
    urls = {"CARTWRIGHT_DATABASE_URL": "postgresql+psycopg://shop@127.0.0.1/shop", "CARTWRIGHT_BROKER_URL": "amqp://127.0.0.1/shop"}
    done = run(tmp_path, "up", **{only: urls[only]})
    missing = next(name for name in urls if name != only)
    assert (done.returncode, missing in done.stderr) == (2, True), done.stderr


def test_migrate_generates_keys_and_may_be_repeated(full: Shop, tmp_path: Path) -> None:
    """ "cartwright migrate: once per version, before anything else; generates keys"."""
    with postgresql_database() as database:
        urls = {"CARTWRIGHT_DATABASE_URL": database, "CARTWRIGHT_BROKER_URL": full.environment["CARTWRIGHT_BROKER_URL"]}
        first, again = (run(tmp_path, "migrate", **urls) for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "admin key" in first.stdout
    assert "admin key" not in again.stdout


def test_processes_of_one_kind_need_the_servers(tmp_path: Path) -> None:
    """The processes that can be started one by one are those of the servers; embedded, `up` is alone."""
    for words in (("worker", "all"), ("relay", "--beat", "all"), ("beat", "all")):
        done = run(tmp_path, *words)
        assert (done.returncode, "CARTWRIGHT_DATABASE_URL" in done.stderr) == (2, True), done.stderr


def test_rules_are_the_same_on_servers(full: Shop) -> None:
    """ "The code and the rules are the same in both": the same refusals, the same words."""
    cart = full.cart(full.product(on_hand=1), 2)
    assert cart.submit().code == "out_of_stock"
    refused = full.staff("POST", f"/orders/{cart.id}/confirm", {})
    assert (refused.status, refused.code) == (409, "out_of_stock")
    eventually(lambda: full.answers(), what="a ready shop")
