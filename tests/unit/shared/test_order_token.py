"""The token that opens one order (R-ACC-02)."""

from __future__ import annotations

import base64

import pytest

from shared.values.order_token import order_token, token_opens

ORDER = "ord_01JZ0000000000000000000001"
OTHER = "ord_01JZ0000000000000000000002"


def test_a_token_has_256_bits_and_stands_in_a_url_as_it_is() -> None:
    token = order_token("secret", ORDER, 0)

    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert token.replace("-", "").replace("_", "").isalnum()


def test_the_same_order_and_generation_have_the_same_token_always() -> None:
    """Nothing secret is stored: look-up and recovery give the present one again."""
    assert order_token("secret", ORDER, 3) == order_token("secret", ORDER, 3)
    assert token_opens("secret", order_token("secret", ORDER, 3), ORDER, 3)


@pytest.mark.parametrize(
    "token",
    [
        order_token("secret", ORDER, 0),
        order_token("secret", ORDER, 2),
        order_token("secret", OTHER, 1),
        order_token("another secret", ORDER, 1),
        order_token("secret", ORDER, 1)[:-1],
        order_token("secret", ORDER, 1) + "=",
        order_token("secret", ORDER, 1).lower(),
        ORDER,
        "",
        "ü",
    ],
)
def test_no_other_token_opens_it(token: str) -> None:
    """R-ACC-01: not an older generation's, another order's, another house's, nor one that was touched."""
    assert not token_opens("secret", token, ORDER, 1)
