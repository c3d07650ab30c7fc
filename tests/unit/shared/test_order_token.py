"""R-ACC-02: tokens are derived from the secret, the order and a generation."""

from __future__ import annotations

import base64
import hashlib
import hmac

from shared.values.order_token import order_token, token_opens

ORDER = "ord_01J00000000000000000000001"


def test_token_is_the_hmac_of_order_and_generation_in_43_characters() -> None:
    digest = hmac.new(b"secret", b"order:ord_01J00000000000000000000001:1", hashlib.sha256).digest()

    token = order_token("secret", ORDER, 1)

    assert token == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len(token) == 43


def test_token_opens_its_order_in_its_generation_only() -> None:
    token = order_token("secret", ORDER, 1)

    assert token_opens(token, "secret", order_id=ORDER, generation=1)
    assert not token_opens(token, "secret", order_id=ORDER, generation=2)
    assert not token_opens(token, "other", order_id=ORDER, generation=1)
    assert not token_opens(token, "secret", order_id=ORDER[:-1] + "2", generation=1)


def test_a_token_of_foreign_letters_opens_nothing() -> None:
    assert not token_opens("ключ", "secret", order_id=ORDER, generation=1)
