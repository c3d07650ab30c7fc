"""`cartwright audit` of a running shop: a lived order is clean, a row spoilt by hand is named, and the repair that is named repairs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from services.host.cli import main
from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import Cart

pytestmark = pytest.mark.timeout(600)
"""A whole shop is started first; on a busy machine that alone takes minutes."""


@dataclass
class Operator:
    """Who runs `cartwright` beside the shop, with its settings. In this process: starting Python is not what is looked at here."""

    shop: Shop
    capture: pytest.CaptureFixture[str]

    def runs(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self.capture.readouterr()
        code = main(words)
        said = self.capture.readouterr()
        return code, said.out, said.err

    def wrong(self, cart: Cart) -> list[Any]:
        """What the audit names of this order: the shop may be full of what other tests have broken."""
        code, out, err = self.runs("audit", "--json", "--settle-seconds", "0")
        assert code in (0, 1), err
        report = json.loads(out)
        assert code == (0 if report["clean"] else 1)
        assert report["counted"]["orders"] > 0
        return [violation for violation in report["violations"] if cart.id in json.dumps(violation)]


@pytest.fixture
def operator(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    for name, value in shop.environment.items():
        if name.startswith("CARTWRIGHT_"):
            monkeypatch.setenv(name, value)
    return Operator(shop, capsys)


def _spoil(shop: Shop, service: str, statement: str) -> None:
    if shop.mode == "embedded":
        with closing(sqlite3.connect(shop.folder / "data" / f"{service}.db", timeout=30)) as connection, connection:
            assert connection.execute(statement).rowcount > 0
        return
    url = make_url(shop.environment["CARTWRIGHT_DATABASE_URL"]).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, options=f"-c search_path={service}") as database:
        assert database.execute(statement.encode()).rowcount > 0


@pytest.fixture
def cart(shop: Shop) -> Cart:
    """An order that is paid and handed over, in which nothing is on its way."""
    cart = shop.cart(shop.product(on_hand=3), 2)
    shop.tell("succeeded", cart.submitted()).ok(200)
    ready = eventually(lambda: [one for one in cart.order("deliveries")["deliveries"] if one["state"] == "ready"], what="the delivery")
    shop.staff("POST", f"/deliveries/{ready[0]['id']}/validate", {"tracking_number": "1Z"}).ok()
    eventually(lambda: cart.order()["status"] == "shipped", what="the shipped order")
    eventually(lambda: len(cart.mails("sent")) == 4, what="its four mails")
    return cart


def test_what_was_spoilt_is_named_and_its_repair_repairs(shop: Shop, cart: Cart, operator: Operator) -> None:
    eventually(lambda: operator.wrong(cart) == [], what="an audit that names nothing of the order")

    _spoil(shop, "orders", f"UPDATE orders SET delivery_status = 'partial' WHERE id = '{cart.id}'")
    _spoil(shop, "returns", f"DELETE FROM inbox WHERE handler = 'returns.copy_order' AND fact LIKE '%{cart.id}%'")
    wrong = operator.wrong(cart)

    named = [(violation["invariant"], violation["service"]) for violation in wrong]
    assert named == [("orders.standing", "orders"), ("facts.heard", "returns")]
    assert wrong[0]["what"].endswith("shows delivery_status partial for full")
    for violation in wrong:
        code, _, err = operator.runs(*violation["repair"].split()[1:])
        assert code == 0, err
    eventually(lambda: operator.wrong(cart) == [], what="the repaired order")
    assert cart.order()["delivery_status"] == "full"


def test_only_what_was_told_and_is_heard_can_be_told_again(cart: Cart, operator: Operator) -> None:
    fact = f"orders.order_confirmed:{cart.id}:1"
    for words in (("orders", "orders.order_confirmed:nothing:1", "billing"), ("orders", fact, "orders")):
        code, _, err = operator.runs("retell", *words)
        assert (code, "has told nothing of" in err) == (1, True), err
    assert operator.runs("retell", "orders", fact, "timeline")[:2] == (0, "told again: 1\n")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"CARTWRIGHT_DATABASE_URL": "postgresql+psycopg://postgres@127.0.0.1:1/nowhere", "CARTWRIGHT_BROKER_URL": "amqp://127.0.0.1:1/"},
    ],
    ids=["no shop here", "servers away"],
)
def test_a_shop_that_cannot_be_asked_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"CARTWRIGHT_DATA_DIR": str(tmp_path / "data"), **variables}.items():
        monkeypatch.setenv(name, value)

    assert main(["audit"]) == 2

    said = capsys.readouterr()
    assert (said.out, len(said.err.strip().splitlines())) == ("", 1), said.err
    assert not (tmp_path / "data").exists()
