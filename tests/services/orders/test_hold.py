"""A held order goes on only when somebody has released it; its money is recorded all the same (O13, R-ORD-50)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts import billing
from shared.contracts.choreography import CHOREOGRAPHY
from shared.web.caller import ROLES, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_order_facts import authorized, captured, failed, hold_closed, mismatched, payment
from tests.support.samples_order_news import disputed, expired, resolved, review_required, reviewed
from tests.support.samples_orders import by_guest, given_cart, given_confirmed, given_shop, given_submitted, seen, submits

SALES = Caller(type="api_key", id="key_SALES", name="sales", permissions=ROLES["sales"])


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def holds(orders: ServiceDriver, order: dict[str, Any], *, reason: str = "address", note: str | None = None, **more: Any) -> Answer:
    return orders.asks("POST", f"/admin/v1/orders/{order['id']}/hold", {"reason": reason, "note": note}, **{"caller": SALES, **more})


def releases(orders: ServiceDriver, order: dict[str, Any], **more: Any) -> Answer:
    return orders.asks("POST", f"/admin/v1/orders/{order['id']}/release", {}, **{"caller": SALES, **more})


def staff_view(orders: ServiceDriver, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orders.asks("GET", f"/admin/v1/orders/{order['id']}").body
    return found


def test_hold_says_why_by_whom_and_when(orders: ServiceDriver) -> None:
    """R-ORD-58: the customer does not see it."""
    order = given_submitted(orders)

    answer = holds(orders, order, note="house number?")

    assert answer.status == 200
    assert answer.body["hold"] == {
        "reason": "address",
        "note": "house number?",
        "by": {"type": "api_key", "id": "key_SALES", "name": "sales"},
        "at": "2031-05-01T12:00:00.000000Z",
    }
    assert (answer.body["state"], answer.body["version"]) == ("quotation", order["version"] + 1)
    [fact] = orders.told_events("orders.order_held")
    assert (fact.number, fact.reason, fact.note) == (order["number"], "address", "house number?")
    assert "hold" not in seen(orders, order)


def test_hold_and_release_twice_change_nothing(orders: ServiceDriver) -> None:
    """lifecycles.md, section 1: a command whose result already holds."""
    order = given_submitted(orders)
    first = holds(orders, order)

    assert holds(orders, order, reason="other").body == first.body
    free = releases(orders, order)
    assert (free.body["hold"], releases(orders, order).body) == (None, free.body)
    assert orders.told("orders.order_held", "orders.order_released") == ["orders.order_held", "orders.order_released"]


def test_money_of_a_held_order_is_recorded_and_confirms_on_release(orders: ServiceDriver) -> None:
    """R-ORD-50: Held, then captured."""
    order = given_submitted(orders)
    holds(orders, order)
    orders.hears(captured(order), seq=2)
    held = seen(orders, order)
    assert (held["state"], held["payment_status"], held["totals"]["paid"]) == ("quotation", "paid", "35.83")

    answer = releases(orders, order)

    assert answer.body["state"] == "confirmed"
    assert orders.told()[-4:] == [
        "orders.order_held",
        "orders.order_released",
        "orders.order_confirmed",
        "orders.order_status_changed",
    ]


def test_release_confirms_nothing_that_is_not_paid(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    holds(orders, order)
    orders.hears(authorized(order, confirms_order=False), seq=2)

    assert releases(orders, order).body["state"] == "quotation"


def test_free_order_waits_for_the_release(orders: ServiceDriver) -> None:
    """R-ORD-13 and R-ORD-50."""
    order = orders.asks(
        "POST",
        "/admin/v1/orders",
        {
            "customer": {"email": "ada@example.org"},
            "lines": [{"sku": "engraving", "quantity": 1, "discount_percent": "100", "price_reason": "gift"}],
        },
    ).body
    assert submits(orders, order, method="none").body["order"]["submitted_at"] is not None
    holds(orders, order)
    orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm_free", {"submission": 1, "reason": "nothing to pay"})
    assert staff_view(orders, order)["state"] == "quotation"

    assert releases(orders, order).body["state"] == "confirmed"


def test_confirmed_order_is_held_and_released(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    assert holds(orders, order).body["state"] == "confirmed"
    assert releases(orders, order).body["hold"] is None
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


def test_cancelled_order_is_neither_held_nor_released(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(hold_closed(order, on_expiry="cancel"))

    for answer in (holds(orders, order), releases(orders, order)):
        assert (answer.status, answer.code, answer.body["from"]) == (409, "illegal_transition", "cancelled")


def test_hold_needs_its_permission_a_reason_and_the_version(orders: ServiceDriver) -> None:
    """R-ACC-04, R-ORD-46."""
    order = given_submitted(orders)
    readonly = Caller(type="api_key", id="key_R", name="readonly", permissions=ROLES["readonly"])

    for call in (holds, releases):
        assert call(orders, order, caller=readonly).body["required_permission"] == "orders.write"
        assert call(orders, order, headers={"if-match": '"1"'}).code == "version_mismatch"
    assert orders.asks("POST", f"/admin/v1/orders/{order['id']}/hold", {}, caller=SALES).status == 422


@pytest.mark.parametrize("cls", [billing.PaymentFailed, billing.PaymentCancelled])
def test_promised_money_that_fails_holds_a_confirmed_order(orders: ServiceDriver, cls: Any) -> None:
    """P5, P6, R-PAY-21: from authorized only."""
    order = given_submitted(orders)
    orders.hears(authorized(order), seq=2)
    failure = {"failure": billing.Failure(code="expired", message="too late")} if cls is billing.PaymentFailed else {}
    fact = payment(order, cls, state=cls.name.rpartition("_")[2], state_before="authorized", **failure)

    orders.hears(fact, seq=3)

    shown = staff_view(orders, order)
    assert (shown["state"], shown["hold"]["reason"], shown["hold"]["by"]["type"]) == ("confirmed", cls.name.partition(".")[2], "system")
    assert (shown["payment_status"], shown["totals"]["outstanding"]) == ("unpaid", "35.83")


def test_decline_of_an_open_payment_holds_nothing(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(failed(order, state_before="created"), seq=2)
    assert staff_view(orders, order)["hold"] is None

    confirmed = given_confirmed(orders, name="Bob")
    orders.hears(payment(confirmed, billing.PaymentCancelled, payment_id="pay_other", state="cancelled", state_before="created"), seq=1)
    assert staff_view(orders, confirmed)["hold"] is None


def test_withdrawn_promise_of_an_order_not_confirmed_holds_nothing(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(authorized(order, confirms_order=False), seq=2)

    orders.hears(payment(order, billing.PaymentCancelled, state="cancelled", state_before="authorized"), seq=3)

    assert staff_view(orders, order)["hold"] is None


def test_promise_that_is_over_holds_the_order(orders: ServiceDriver) -> None:
    """R-PAY-21."""
    order = given_submitted(orders)
    orders.hears(authorized(order), seq=2)

    orders.hears(expired(order), seq=3)

    assert staff_view(orders, order)["hold"]["reason"] == "authorization_expired"


def test_dispute_holds_the_order_and_a_lost_one_takes_its_money(orders: ServiceDriver) -> None:
    """R-PAY-24; P14, R-PAY-23: lost counts as refunded; the order stays confirmed, nothing is told to restock (R-STK-09)."""
    order = given_confirmed(orders)

    orders.hears(disputed(order), seq=4)
    assert staff_view(orders, order)["hold"]["reason"] == "payment_disputed"
    orders.hears(disputed(order, "lost"), seq=5)

    shown = staff_view(orders, order)
    assert (shown["state"], shown["payment_status"], shown["totals"]["refunded"]) == ("confirmed", "refunded", "35.83")
    assert orders.told("orders.order_cancelled", "orders.order_reopened") == []


def test_dispute_lost_over_a_part_takes_that_part(orders: ServiceDriver) -> None:
    """P14: what the bank has given back is refunded, to the cent; billing's next word on the payment has it already."""
    order = given_confirmed(orders)

    orders.hears(disputed(order, "lost", amount="5.83"), seq=4)
    shown = staff_view(orders, order)
    assert (shown["payment_status"], shown["totals"]["refunded"]) == ("partially_refunded", "5.83")

    orders.hears(captured(order, refunded="10.00"), seq=5)
    assert staff_view(orders, order)["totals"]["refunded"] == "10.00"


def test_paid_twice_and_one_taken_back_is_paid(orders: ServiceDriver) -> None:
    """R-PAY-24: the bank gives the second payment back; the first stands."""
    order = given_confirmed(orders)
    orders.hears(captured(order, payment_id="pay_second"), seq=4)
    assert staff_view(orders, order)["payment_status"] == "overpaid"

    orders.hears(disputed(order, "lost"), seq=5)

    shown = staff_view(orders, order)
    assert (shown["payment_status"], shown["totals"]["outstanding"], shown["state"]) == ("paid", "0.00", "confirmed")


@pytest.mark.parametrize("fact", [billing.PaymentDisputed, billing.PaymentFailed, billing.PaymentCancelled])
def test_money_that_goes_moves_no_stock(fact: Any) -> None:
    """R-STK-09, R-PAY-10: delivery does not hear of it; goods are given back when the hold ends or the order is cancelled."""
    assert [hearer for hearer in CHOREOGRAPHY[fact] if hearer.startswith("delivery.")] == []


@pytest.mark.parametrize("dispute", ["won", "lost"])
def test_dispute_that_is_decided_holds_nothing(orders: ServiceDriver, dispute: str) -> None:
    order = given_confirmed(orders)

    orders.hears(disputed(order, dispute), seq=4)

    assert staff_view(orders, order)["hold"] is None


def test_dispute_never_reopens_a_cancelled_order(orders: ServiceDriver) -> None:
    """R-PAY-23."""
    order = given_submitted(orders)
    orders.hears(hold_closed(order, on_expiry="cancel"))

    orders.hears(disputed(order), seq=4)

    assert (staff_view(orders, order)["state"], staff_view(orders, order)["hold"]) == ("cancelled", None)


def test_failed_review_holds_the_order_a_passed_one_does_not(orders: ServiceDriver) -> None:
    """P13, R-PAY-17: the review does not keep the confirmation."""
    order = given_submitted(orders)
    orders.hears(captured(order), seq=2)
    orders.hears(review_required(order), seq=3)
    assert staff_view(orders, order)["state"] == "confirmed"

    orders.hears(reviewed(order, "passed"), seq=4)
    assert staff_view(orders, order)["hold"] is None
    orders.hears(reviewed(order, "failed"), seq=5)
    assert staff_view(orders, order)["hold"]["reason"] == "review_failed"


def test_mismatch_that_is_resolved_lets_the_customer_pay_anew(orders: ServiceDriver) -> None:
    """P15, R-PAY-11: until then 409 payment_in_progress."""
    order = given_submitted(orders)
    orders.hears(mismatched(order), seq=2)
    assert submits(orders, order, method="wire").code == "payment_in_progress"

    orders.hears(resolved(order), seq=3)

    assert submits(orders, order, method="wire").code == "reopen_first"


def test_held_cart_can_still_be_edited(orders: ServiceDriver) -> None:
    cart = given_cart(orders)
    holds(orders, cart)

    assert by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1}).status == 200
