"""What opens one order to whoever holds it: derived from the house's secret, so nothing secret is stored (R-ACC-02)."""

from __future__ import annotations

import base64
import hashlib
import hmac


def order_token(secret: str, order_id: str, generation: int) -> str:
    """The order's token: 256 bit, 43 characters that stand in a URL as they are. Raising the generation ends the older ones."""
    digest = hmac.new(secret.encode(), f"order:{order_id}:{generation}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_opens(secret: str, token: str, order_id: str, generation: int) -> bool:
    """Whether this is the order's present token; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(token.encode(), order_token(secret, order_id, generation).encode())
