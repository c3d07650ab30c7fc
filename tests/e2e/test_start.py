"""Starting: what is said about wrong settings, and what a second start finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import EMBEDDED, FULL
from tests.support.databases import postgresql_database
from tests.support.following import eventually, everything_followed_once
from tests.support.shop import Shop, cartwright, free_port, keys_of, open_shop

NOWHERE = "postgresql+psycopg://postgres@127.0.0.1:1/nowhere"


def _one_sentence(folder: Path, command: str, *named: str, **variables: str) -> None:
    """`cartwright COMMAND` ends with exit code 2 and one sentence that names these things; no traceback."""
    done = cartwright(folder, command, **variables)
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines)) == (2, 1), done.stderr
    assert lines[0].startswith("cartwright: ")
    assert all(word in lines[0] for word in named), lines[0]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CARTWRIGHT_PORT", "http"),
        ("CARTWRIGHT_DATABASE_URL", "mysql://localhost/shop"),
        ("CARTWRIGHT_BROKER_URL", "http://localhost"),
        ("CARTWRIGHT_SMTP_URL", "mail.example"),
        ("CARTWRIGHT_FILES_URL", "s3://bucket"),
        ("CARTWRIGHT_TRUSTED_PROXIES", "everybody"),
        ("CARTWRIGHT_TEST_MODE", "perhaps"),
        ("CARTWRIGHT_LOG_LEVEL", "LOUD"),
        ("CARTWRIGHT_DATA_DIR", "/proc/nowhere"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(tmp_path: Path, variable: str, value: str) -> None:
    """api.md, section 1."""
    _one_sentence(tmp_path, "up", variable, **{"CARTWRIGHT_PORT": str(free_port()), variable: value})


@pytest.mark.parametrize(
    ("given", "url", "missing"),
    [
        ("CARTWRIGHT_DATABASE_URL", NOWHERE, "CARTWRIGHT_BROKER_URL"),
        ("CARTWRIGHT_BROKER_URL", "amqp://guest:guest@127.0.0.1:1/", "CARTWRIGHT_DATABASE_URL"),
    ],
)
def test_one_url_alone_starts_nothing(tmp_path: Path, given: str, url: str, missing: str) -> None:
    """foundations.md: both servers, or neither."""
    _one_sentence(tmp_path, "up", missing, **{given: url})
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["up", "check", "migrate"])
def test_a_database_that_is_away_is_named_in_one_sentence(tmp_path: Path, command: str) -> None:
    variables = {"CARTWRIGHT_DATABASE_URL": NOWHERE, "CARTWRIGHT_BROKER_URL": "amqp://guest:guest@127.0.0.1:1/"}
    _one_sentence(tmp_path, command, "database", CARTWRIGHT_PORT=str(free_port()), **variables)


@FULL
def test_a_broker_that_is_away_is_named_in_one_sentence(shop: Shop, tmp_path: Path) -> None:
    with postgresql_database() as database:
        variables = {"CARTWRIGHT_DATABASE_URL": database, "CARTWRIGHT_BROKER_URL": "amqp://guest:s3cr3t@127.0.0.1:1/"}
        _one_sentence(tmp_path, "up", "broker", CARTWRIGHT_PORT=str(free_port()), **variables)


def test_check_shows_the_settings_and_keeps_their_secrets(shop: Shop) -> None:
    """api.md, section 1: of the shop that runs; connections tried, keys and passwords masked, exit code 0."""
    given = {name: value for name, value in shop.environment.items() if name.startswith("CARTWRIGHT_")}
    done = cartwright(shop.folder, "check", **given | {"CARTWRIGHT_SMTP_URL": "smtp://shop:hush-hush@127.0.0.1:2525"})
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in given)
    assert str(shop.port) in done.stdout
    secrets = [shop.admin_key, given["CARTWRIGHT_STRIPE_WEBHOOK_SECRET"], "hush-hush"]
    assert not [secret for secret in secrets if secret in done.stdout]
    assert ("embedded" in done.stdout) == (shop.mode == "embedded")
    assert shop.mode == "embedded" or "broker: ok" in done.stdout


@EMBEDDED
def test_a_second_process_on_the_same_data_dir_is_refused(shop: Shop) -> None:
    """messaging.md, Embedded: the shop that runs goes on."""
    given = {name: value for name, value in shop.environment.items() if name.startswith("CARTWRIGHT_")}
    _one_sentence(shop.folder, "up", "CARTWRIGHT_DATA_DIR", **given | {"CARTWRIGHT_PORT": str(free_port())})
    cart = shop.cart(shop.product())
    shop.tell("succeeded", cart.submitted()).ok()
    everything_followed_once(shop, cart)


def test_a_port_that_is_taken_is_named_in_one_sentence(shop: Shop, tmp_path: Path) -> None:
    _one_sentence(tmp_path, "up", "CARTWRIGHT_PORT", str(shop.port), CARTWRIGHT_PORT=str(shop.port))
    assert shop.answers()


def test_a_second_start_finds_the_data_and_the_generated_keys() -> None:
    """R-OPS-02; api.md, section 1: keys are made once and kept where only their owner reads them; stopping is exit code 0."""
    with open_shop("embedded", generated_keys=True) as shop:
        keys = keys_of(shop.folder)
        sku = shop.product(on_hand=3)
        cart = shop.cart(sku)
        assert shop.stop() == 0
        shop.start()
        assert keys_of(shop.folder) == keys
        assert (shop.folder / "data" / "keys.json").stat().st_mode & 0o077 == 0
        assert shop.staff("GET", f"/stock/{sku}").ok()["on_hand"] == 3
        shop.tell("succeeded", cart.submitted()).ok()
        everything_followed_once(shop, cart)


def test_a_parent_that_is_killed_leaves_nobody_behind(shop: Shop) -> None:
    """kill -9 of `cartwright up` alone, by the kernel that is out of memory: its children end with it, and it starts again."""
    cart = shop.cart(shop.product())
    shop.tell("succeeded", cart.submitted()).ok()
    everything_followed_once(shop, cart)
    assert shop.renderers()
    orphans = shop.kill(children=False)
    eventually(lambda: not [pid for pid in orphans if Path(f"/proc/{pid}").exists()], what="an end of the children")
    shop.start()
    everything_followed_once(shop, cart)
