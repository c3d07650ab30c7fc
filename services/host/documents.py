"""Where notifications gets an invoice's PDF: from billing, by its own API, in this process or over the network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.gateway.neighbours import Neighbours
from shared.errors import NotFound, Unavailable
from shared.service import Running
from shared.settings import Environment
from shared.values.ids import new_id
from shared.web.app import make_app


class BillingDocuments:
    """Asks billing as the house itself."""

    def __init__(self, billing: Running | None, url: str | None, secret: str) -> None:
        self._apps = {} if billing is None else {"billing": make_app(billing)}
        self._urls = {} if url is None else {"billing": url}
        self._secret = secret

    def pdf(self, invoice_id: str) -> bytes:
        """The bytes of a rendered invoice. Raises NotFound, and Unavailable when billing is away or still draws it."""
        return asyncio.run(self._fetch(invoice_id))

    async def _fetch(self, invoice_id: str) -> bytes:
        neighbours = Neighbours(self._apps, self._urls, self._secret)
        scope: dict[str, Any] = {
            "asgi": {"version": "3.0"},
            "headers": [],
            "cartwright.request_id": new_id("req"),
            "cartwright.client": "",
        }
        try:
            reply = await neighbours.call("billing", "GET", f"/admin/v1/invoices/{invoice_id}/pdf", scope=scope)
        finally:
            await neighbours.close()
        if reply.ok:
            return reply.raw
        if reply.status == 404:
            raise NotFound(f"billing has no invoice {invoice_id}")
        raise Unavailable(f"billing does not give the PDF of {invoice_id}: {reply.code}")


def connect_documents(services: Mapping[str, Running], environment: Environment, secret: str) -> None:
    """Gives notifications, if it is among `services`, its way to billing's documents."""
    notifications = services.get("notifications")
    if notifications is not None:
        notifications.outside.documents = BillingDocuments(services.get("billing"), environment.service_url("billing"), secret)
