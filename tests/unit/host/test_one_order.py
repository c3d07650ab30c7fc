"""`cartwright order` where there is nothing to order from."""

from pathlib import Path

import pytest

from services.host.demo.one import place_one
from services.host.keys import make_keys
from shared.settings import Environment


def test_where_no_shop_was_ever_opened_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = place_one(Environment(data_dir=tmp_path), language="en", decline=False)

    assert code == 2
    assert capsys.readouterr().err == f"cartwright: no shop was ever opened in {tmp_path}; start one with `cartwright demo`\n"


def test_where_the_shop_is_closed_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = Environment(data_dir=tmp_path, port=1)
    make_keys(environment)

    code = place_one(environment, language="en", decline=False)

    assert code == 2
    assert "nobody answers at http://127.0.0.1:1" in capsys.readouterr().err
