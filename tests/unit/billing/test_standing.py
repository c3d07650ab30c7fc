"""What a payment and an order are, by their values: due, moving, withdrawn, in somebody's hands (lifecycles.md, section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.pro_forma import order_of_pro_forma, pro_forma_id, pro_forma_of
from services.billing.domain.standing import Order, Standing
from shared.contracts.shop_settings import ShopSettings
from tests.support.driver import NOON
from tests.support.samples_billing import order_submitted
from tests.unit.billing.test_payment import payment

MISMATCH = {"received": {"amount": "1.00", "currency": "EUR"}}
OFFLINE = {"kind": "offline", "provider": "manual", "provider_ref": None}


@pytest.mark.parametrize(
    ("state", "values", "released"),
    [
        ("captured", {"captured": 3000, "capture_asked": 3000}, 1999),
        ("captured", {"captured": 3000}, 0),
        ("captured", {"captured": 6000, "capture_asked": 6000}, 0),
        ("authorized", {"capture_asked": 3000}, 0),
    ],
)
def test_released_is_what_was_promised_and_not_taken(state: str, values: dict[str, Any], released: int) -> None:
    assert payment(state, **values).released == released


@pytest.mark.parametrize(
    ("state", "values", "those"),
    [
        ("created", {}, "closable counts payable"),
        ("pending", {}, "counts moving payable"),
        ("pending", OFFLINE, "closable counts payable"),
        ("authorized", {}, "counts moving"),
        ("captured", {}, "counts"),
        ("captured", {"orphaned": True}, ""),
        ("captured", MISMATCH, "counts"),
        ("cancelled", {}, ""),
        ("failed", {}, "closable counts payable"),
        ("failed", {"provider_ref": None}, "closable counts"),
        ("failed", MISMATCH, "closable counts waits_for_person"),
        ("failed", MISMATCH | {"resolution": "ignore"}, "closable counts"),
    ],
)
def test_what_a_payment_is_by_its_state(state: str, values: dict[str, Any], those: str) -> None:
    found = payment(state, **values)

    names = ("closable", "counts", "moving", "payable", "waits_for_person")
    assert [name for name in names if getattr(found, name)] == those.split()


@pytest.mark.parametrize(
    ("state", "values", "commands"),
    [
        ("created", {"review": "required"}, ["void"]),
        ("authorized", {}, ["capture", "void"]),
        ("captured", {}, []),
        ("captured", {"review": "required"}, ["review"]),
        ("captured", {"review": "passed"}, []),
        ("captured", {"orphaned": True}, ["resolve"]),
        ("captured", {"orphaned": True, "resolution": "accept"}, []),
        ("failed", MISMATCH, ["void", "resolve"]),
        ("failed", MISMATCH | {"resolution": "ignore"}, ["void"]),
        ("cancelled", {}, []),
    ],
)
def test_staff_may_ask_what_its_state_allows(state: str, values: dict[str, Any], commands: list[str]) -> None:
    """R-PAY-17, P7, P15."""
    assert payment(state, **values).commands == commands


@pytest.mark.parametrize(
    ("confirm_on", "states"),
    [("never", ""), ("pending", "pending authorized captured"), ("authorized", "authorized captured"), ("captured", "captured")],
)
def test_an_order_is_confirmed_when_its_payment_has_come_so_far(confirm_on: str, states: str) -> None:
    """R-ORD-34, R-ORD-37."""
    every = ("created", "pending", "authorized", "captured", "failed", "cancelled")

    assert [state for state in every if payment(state, confirm_on=confirm_on).confirms] == states.split()


def test_a_key_is_old_after_its_hours() -> None:
    """R-PAY-12."""
    assert [payment(key_used_at=100).key_is_old(100 + seconds) for seconds in (23 * 3600, 23 * 3600 + 1)] == [False, True]


@pytest.mark.parametrize(
    ("submission", "confirmed", "ended", "cancelled", "those"),
    [
        (0, 0, 0, 0, ""),
        (1, 0, 0, 0, "has_pro_forma"),
        (1, 1, 0, 0, "confirmed has_pro_forma"),
        (2, 1, 1, 0, "has_pro_forma"),
        (2, 0, 2, 0, ""),
        (2, 2, 1, 2, "cancelled confirmed"),
        (2, 0, 1, 1, "has_pro_forma"),
        (0, 0, 0, 1, "cancelled"),
    ],
)
def test_what_an_order_is_by_its_submissions(submission: int, confirmed: int, ended: int, cancelled: int, those: str) -> None:
    """A newer submission begins anew, whatever became of those before it."""
    order = Order(
        order_id="ord_1",
        submission=submission,
        content={} if submission else None,
        confirmed_submission=confirmed,
        ended_submission=ended,
        cancelled_submission=cancelled,
    )

    assert [name for name in ("cancelled", "confirmed", "has_pro_forma") if getattr(order, name)] == those.split()


def test_money_is_counted_once_and_what_belongs_to_no_order_is_not() -> None:
    """Lifecycles.md, outstanding."""
    payments = [
        payment("captured", captured=3000, refunded=500),
        payment("captured", captured=4999, orphaned=True),
        payment("authorized", amount=1000),
        payment("pending", amount=700),
        payment("failed", amount=900, captured=0),
    ]
    standing = Standing(
        Order(order_id="ord_1", total=5000, cancelled_units={"f": {"units": {}, "value": 100}, "g": {"units": {}}}), payments
    )

    assert (standing.captured, standing.authorized, standing.moving, standing.due) == (2500, 1000, 1700, 1400)
    assert standing.money_after(2000) == (500, 1700)
    assert standing.money_after(3000) == (0, 1200)
    assert standing.money_after(9000) == (0, 0)


def test_a_payment_is_of_its_submission_and_ends_with_an_order_that_was_cancelled_in_or_after_it() -> None:
    first, second = payment(id="pay_1"), payment("authorized", id="pay_2", submission=2, captured=700)
    standing = Standing(Order(order_id="ord_1", cancelled_submission=1), [first, second])

    assert (standing.of_submission(1), standing.of_submission(2)) == ([first], [second])
    assert (standing.cancels(first), standing.cancels(second)) == (True, False)
    assert standing.captured == 0, "of money that is promised nothing is there"


def test_more_than_enough_is_nothing_due() -> None:
    assert Standing(Order(order_id="ord_1", total=100), [payment("captured", captured=300)]).due == 0
    assert Standing(Order(order_id="ord_1", total=300), [payment("captured", captured=300)]).paid_in_full
    assert not Standing(Order(order_id="ord_1", total=301), [payment("captured", captured=300)]).paid_in_full


def test_a_pro_forma_says_how_to_pay_the_newest_offline_payment_that_is_open() -> None:
    """R-INV-04."""
    order = Order(order_id="ord_1", submission=1, currency="EUR", decimals=2, content=order_submitted("ord_1").model_dump(mode="json"))
    payments = [
        payment("pending", **OFFLINE, reference="old"),
        payment("pending", **OFFLINE, reference="this", instructions={"text": "Pay"}),
        payment("cancelled", **OFFLINE, reference="withdrawn"),
        payment("created", reference="by card"),
    ]

    shown, lines = pro_forma_of(Standing(order, payments), settings=ShopSettings(), now=NOON)

    assert shown.snapshot["payment"] == {"reference": "this", "instructions": {"text": "Pay"}}
    assert "payment" not in pro_forma_of(Standing(order, payments[2:]), settings=ShopSettings(), now=NOON)[0].snapshot
    assert (shown.id, order_of_pro_forma(shown.id)) == (pro_forma_id("ord_1"), "ord_1")
    assert len(lines) == 2
