"""Who calls: the gateway asks orders, before it hands a request to another service."""

from __future__ import annotations

from shared.contracts.base import Model


class CallerQuestion(Model):
    """`POST /internal/v1/caller` of orders, sent with the request's own credential headers; answered by a Caller.

    `order_id`: the order in the path, if there is one; the answer's `order_id` repeats it when it is open to the caller.
    """

    order_id: str | None = None
