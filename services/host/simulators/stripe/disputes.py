"""Disputes: the customer's bank wants the money of a paid intent back, and later decides. Source: https://docs.stripe.com/api/disputes"""

import secrets
from typing import Any

from services.host.simulators.stripe.errors import unexpected_state

STATUS = {"dispute": "needs_response", "win_dispute": "won", "lose_dispute": "lost"}
"""What a dispute's status is after each action on its intent."""


def dispute_of(intent: dict[str, Any], action: str, *, created: int) -> tuple[dict[str, Any], str]:
    """The dispute as its event tells it, and the event's type. Raises `ApiError` when nothing was paid."""
    if intent["status"] != "succeeded":
        raise unexpected_state(intent, "dispute")
    dispute = {
        "id": f"du_{secrets.token_hex(12)}",
        "object": "dispute",
        "amount": intent["amount_received"],
        "charge": intent["latest_charge"],
        "created": created,
        "currency": intent["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": intent["id"],
        "reason": "fraudulent",
        "status": STATUS[action],
    }
    return dispute, "charge.dispute.created" if action == "dispute" else "charge.dispute.closed"
