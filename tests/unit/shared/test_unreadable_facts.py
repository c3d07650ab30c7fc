"""What is said of a fact that cannot be read goes to the log."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.contracts.choreography import EVENTS
from tests.support.driver import envelope_of
from tests.support.samples_billing import order_submitted


def test_what_a_customer_is_called_is_not_said_of_a_fact_that_cannot_be_read() -> None:
    """The field is named, not what stood in it: the log holds no customer's data."""
    body = envelope_of(order_submitted())
    body["payload"]["order_id"] = {"name": "Zora Canaria"}

    with pytest.raises(ValidationError) as raised:
        EVENTS[body["type"]].from_envelope(body)

    assert "order_id" in str(raised.value)
    assert "Zora" not in str(raised.value)
    assert "Zora" not in repr(raised.value)
