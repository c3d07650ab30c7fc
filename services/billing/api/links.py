"""Links to one document, good for five minutes, for whoever holds them (R-ACC-07)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from services.billing.domain.invoice import Invoice
from shared.service import Running

LINK_SECONDS: Final = 300


def document_url(house: Running, invoice: Invoice, *, now_unix: int) -> str:
    """The signed address of a document's PDF. `now_unix`: real time, never the test clock."""
    expires = now_unix + LINK_SECONDS
    signature = _signature(house.secret, invoice.order_id, invoice.id, expires)
    path = f"/store/v1/orders/{invoice.order_id}/documents/{invoice.id}/pdf"
    return f"{house.environment.base_url}{path}?expires={expires}&signature={signature}"


def link_holds(house: Running, order_id: str, document_id: str, *, expires: str, signature: str, now_unix: int) -> bool:
    """Whether the link was signed here, for this document, and has not expired."""
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
        return False
    expected = _signature(house.secret, order_id, document_id, int(expires))
    return hmac.compare_digest(expected.encode(), signature.encode()) and now_unix <= int(expires)


def _signature(secret: str, order_id: str, document_id: str, expires: int) -> str:
    return hmac.new(secret.encode(), f"document\n{order_id}\n{document_id}\n{expires}".encode(), hashlib.sha256).hexdigest()
