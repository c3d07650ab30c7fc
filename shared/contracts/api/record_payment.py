"""Confirm by staff, and money recorded by hand, over several services (lifecycles.md, section 1): the gateway's questions."""

from __future__ import annotations

from typing import Any

from shared.contracts.api.submit import HoldLine, StoredAnswer
from shared.contracts.base import Amount, Model


class Recordable(Model):
    """What billing has to know of an order to take money for it.

    `submission` is the running one or, of an order that was never submitted, the one that its confirmation begins.
    """

    order_id: str
    number: str
    submission: int
    currency: str
    decimals: int
    total: Amount
    state: str
    content: dict[str, Any]
    """An OrderContent (shared/contracts/orders.py), as JSON."""


class ConfirmPrepared(Recordable):
    """The order as it would be confirmed by staff (O7). `lines` are the goods that must be there."""

    lines: tuple[HoldLine, ...]
    confirmed: bool
    """It is confirmed already: nothing is to be held anew, and the confirm answers the order as it is."""


class CommandOpened(Model):
    """How a command of staff over several services begins, with their own credentials and raw body.

    `stored`: the answer that was given to the same Idempotency-Key; nothing else counts then.
    """

    caller: dict[str, Any]
    """The resolved Caller, to be passed on."""
    idempotency_key: str | None = None
    stored: StoredAnswer | None = None


class RecordOpened(CommandOpened):
    """`POST /internal/v1/orders/{id}/recordable` of orders. 409 illegal_transition for a cart that was never submitted."""

    order: Recordable | None = None


class ConfirmOpened(CommandOpened):
    """`POST /internal/v1/orders/{id}/confirm/prepare` of orders. 409 illegal_transition, order_held; 422 cart_incomplete."""

    order: ConfirmPrepared | None = None


class RecordPayment(Model):
    """`POST /internal/v1/orders/{id}/payments` of billing: money that came without the provider (P4, P10).

    Answered by {payment, created}: the same receipt number, method, amount and order again is the same payment, `created` false.
    409 duplicate_receipt, 422 payment_method_unavailable, money_precision, currency_mismatch.
    """

    order: Recordable
    method: str
    amount: Amount
    currency: str | None = None
    receipt_number: str | None = None
    paid_at: str | None = None
    bank: str | None = None
    note: str | None = None
    key: str | None = None
    """Of the command that it belongs to: the same key is the same payment, also without a receipt number."""


class GiveBackHold(Model):
    """`POST /internal/v1/holds/give_back` of delivery: a confirm that failed after it had held; nothing to give back is no error."""

    order_id: str
    submission: int
