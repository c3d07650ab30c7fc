"""The key to one order's page: derived, never stored (R-ACC-02). Orders checks it, mails carry it in their links."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode


def order_token(secret: str, order_id: str, generation: int) -> str:
    """256 bits in 43 characters that fit into a URL. A new `generation` ends every token before it."""
    digest = hmac.digest(secret.encode(), f"order:{order_id}:{generation}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_opens(token: str, secret: str, *, order_id: str, generation: int) -> bool:
    """Whether `token` is the order's present one; takes the same time for a near miss as for nonsense."""
    return hmac.compare_digest(token.encode(), order_token(secret, order_id, generation).encode())
