"""Words that the document shares with the rules of delivery, billing and notifications, beside the states of records."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.billing.api import methods as billing_methods
from services.billing.api.payments import CHOICES
from services.billing.domain.invoice import PAYMENT_STATES
from services.delivery.api.stock_moves import REASONS
from services.delivery.domain.chain import STEPS
from services.delivery.domain.delivery import KINDS, BackorderPolicy, ShippingPolicy
from services.delivery.domain.order import OrderStanding
from services.notifications.domain.task import TASK_KINDS, TASK_STATES
from shared.contracts.api.public import PATHS, deliveries, invoices, payment_methods, payments, stock, tasks
from shared.contracts.api.public.deliveries import Delivery

HELD_FOR_ALL = OrderStanding(order_id="", held=True, due_held=True, review_open=True).hold_reasons


@pytest.mark.parametrize(
    ("documented", "known"),
    [
        (get_args(deliveries.Step), [step for chain in STEPS.values() for step in chain]),
        (get_args(Delivery.model_fields["kind"].annotation), KINDS),
        (get_args(Delivery.model_fields["shipping_policy"].annotation), get_args(ShippingPolicy)),
        (get_args(Delivery.model_fields["backorder_policy"].annotation), get_args(BackorderPolicy)),
        (get_args(get_args(Delivery.model_fields["hold_reasons"].annotation)[0]), HELD_FOR_ALL),
        (get_args(stock.MoveReason), REASONS),
        (get_args(payments.Review), CHOICES["review"]),
        (get_args(payments.Dispute), CHOICES["dispute"]),
        (get_args(payment_methods.Support), get_args(billing_methods.Support)),
        (get_args(invoices.InvoicePaymentState), PAYMENT_STATES),
        (get_args(tasks.TaskKind), TASK_KINDS),
        (get_args(tasks.TaskState), TASK_STATES),
    ],
)
def test_the_words_are_the_rules_own(documented: Any, known: Any) -> None:
    assert set(documented) == set(known)


@pytest.mark.parametrize("at", [at for at, path in PATHS.items() if path.paged and any(query.name == "include" for query in path.queries)])
def test_a_list_that_counts_says_how_many(at: str) -> None:
    shape = PATHS[at].answers[200].shape

    assert shape is not None
    assert "count" in shape.model_fields
