"""What ends a task, which mail is still to be sent, and what is told to whom."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifications.domain.causes import ends, may_end_one
from services.notifications.domain.mail.orders import order_cancelled
from services.notifications.domain.mail.parts import unless_zero
from services.notifications.domain.notification import Notification
from services.notifications.domain.openings import tasks_of
from services.notifications.domain.timeline import entry_of, without_secrets
from shared.contracts.delivery import ParcelMoved
from tests.support.driver import NOON


def fact(name: str, record: str = "r", order: str | None = "ord_1", *, seq: int = 1, **payload: Any) -> dict[str, Any]:
    return {"type": name, "aggregate_id": record, "aggregate_seq": seq, "order_id": order, "payload": payload}


PASSED = fact("billing.payment_reviewed", result="passed")
CANCELLED = fact("orders.order_cancelled", "ord_1")


@pytest.mark.parametrize(
    ("told", "cause", "record", "order", "over"),
    [
        (PASSED, "payment_review", "r", "ord_1", True),
        (PASSED, "payment_review", "other", "ord_1", False),
        (fact("billing.payment_reviewed", result="failed"), "payment_review", "r", "ord_1", False),
        (PASSED, "duplicate_order", "r", "ord_1", False),
        (CANCELLED, "payment_review", "r", "ord_1", True),
        (CANCELLED, "payment_review", "r", "ord_2", False),
        (CANCELLED, "payment_review", "r", None, False),
        (fact("orders.order_cancelled", "r", None), "payment_review", "r", None, False),
        (PASSED, "payment_unmatched", "r", "ord_1", False),
    ],
)
def test_a_cause_ends_by_its_facts_about_its_record_or_order(
    told: dict[str, Any], cause: str, record: str, order: str | None, over: bool
) -> None:
    assert ends(told, cause, record_id=record, order_id=order) is over


@pytest.mark.parametrize(
    ("told", "look"),
    [
        (PASSED, True),
        (fact("billing.payment_reviewed", result="failed"), False),
        (fact("delivery.parcel_delivered"), False),
        (fact("delivery.stock_reserved", seq=1, complete=True), False),
        (fact("delivery.stock_reserved", seq=2, complete=True), True),
        (fact("delivery.stock_reserved", seq=2, complete=False), False),
        (fact("orders.nobody_knows"), False),
    ],
)
def test_only_what_ordinary_orders_never_tell_is_looked_up_at_once(told: dict[str, Any], look: bool) -> None:
    assert may_end_one(told) is look


@pytest.mark.parametrize(
    ("reader", "reason", "told"),
    [
        ("customer", "customer_request", "customer_request"),
        ("customer", "out_of_stock", "out_of_stock"),
        ("customer", "fraud", None),
        ("seller", "customer_request", None),
    ],
)
def test_customers_read_the_reasons_that_are_theirs_to_read(reader: Any, reason: str, told: str | None) -> None:
    """R-ORD-51."""
    assert order_cancelled(number="SO1", name=None, reason=reason, reader=reader, store={}, links={})["reason"] == told


@pytest.mark.parametrize(("amount", "shown"), [(None, None), ("0.00", None), ("0", None), ("0.01", "0.01"), ("-1.00", "-1.00")])
def test_an_amount_that_is_nothing_is_not_shown(amount: str | None, shown: str | None) -> None:
    assert unless_zero(amount) == shown


@pytest.mark.parametrize(
    ("values", "attempt", "awaits"),
    [
        ({}, 1, True),
        ({}, 2, False),
        ({"state": "failed"}, 1, True),
        ({"state": "sending"}, 1, False),
        ({"state": "sent"}, 1, False),
        ({"state": "failed", "reason": "unknown_outcome"}, 1, False),
    ],
)
def test_a_try_is_still_to_be_made_once_and_not_where_somebody_has_to_decide(values: dict[str, Any], attempt: int, awaits: bool) -> None:
    """R-NOT-02."""
    given: dict[str, Any] = {
        "id": "ntf_1",
        "state": "queued",
        "template": "invoice",
        "recipient": "ada@example.org",
        "audience": "customer",
        "language": "en",
        "order_id": "ord_1",
        "record_type": "order",
        "record_id": "ord_1",
        "event_id": "evt_1",
        "dedupe_key": "k",
        "created_at": NOON,
        "attempt": 1,
    }

    assert Notification(**given | values).awaits(attempt) is awaits


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        ({"template": "order_confirmation", "recipient": "a_b@example.org"}, "Mail order confirmation sent to a_b@example.org"),
        ({"template": None, "recipient": "a_b@example.org"}, "Mail None sent to a_b@example.org"),
    ],
)
def test_a_title_shows_codes_with_blanks_and_all_else_as_it_is(payload: dict[str, Any], title: str) -> None:
    envelope = {"id": "evt_1", "type": "notifications.mail_sent", "occurred_at": "", "aggregate_type": "mail", "aggregate_id": "ntf_1"}

    assert entry_of(envelope | {"actor": {}, "correlation_id": "cor_1", "payload": payload}, 1)["title"] == title


def test_no_secret_is_kept_however_deep_it_lies() -> None:
    told = {"who": {"name": "Ada", "token_generation": 2}, "links": [{"url": "u", "token": "t"}, "plain"], "api_secret": "s", "n": 1}

    assert without_secrets(told) == {"who": {"name": "Ada"}, "links": [{"url": "u"}, "plain"], "n": 1}


@pytest.mark.parametrize(("order", "kinds"), [("ord_1", ["parcel_problem", "delay_call"]), (None, ["parcel_problem"])])
def test_a_lost_parcel_is_a_call_to_make_where_there_is_somebody_to_call(order: str | None, kinds: list[str]) -> None:
    """R-ORD-63."""
    moved = ParcelMoved.model_construct(parcel_id="pcl_1", order_id=order, state="lost", carrier="manual", tracking_number=None, text=None)

    assert [task.kind for task in tasks_of(moved)] == kinds
