"""A submit holds its goods, all of them or none."""

from __future__ import annotations

from functools import partial

from services.delivery.actions.hold import tell_hold_due
from shared.db.timers import Timer
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import NOON, OWNER
from tests.support.samples_delivery import ORDER, OTHER, cancelled, closed, confirmed, goods, hold, line, reopened


def test_held_units_cannot_be_sold_until_they_expire(delivery: DeliveryDriver) -> None:
    """R-STK-03."""
    delivery.given_stock(mug=5)

    answer = delivery.holds(hold(*goods(mug=2)))

    assert answer.status == 200
    assert answer.body["reservation"] | {"id": "", "lines": []} == {
        "id": "",
        "order_id": ORDER,
        "kind": "hold",
        "state": "active",
        "expires_at": "2031-05-01T12:15:00.000000Z",
        "lines": [],
        "created_at": "2031-05-01T12:00:00.000000Z",
    }
    assert answer.body["reservation"]["lines"] == [
        {"order_line_id": "lin_1", "sku": "mug", "quantity": 2, "warehouse": "main", "location": "stock"}
    ]
    assert delivery.stock("mug") == (5, 0, 2)
    assert delivery.told()[-2:] == ["delivery.stock_held", "delivery.stock_changed"]
    changed = delivery.told_events("delivery.stock_changed")[-1]
    assert (changed.on_hand, changed.reserved, changed.held, changed.available) == (5, 0, 2, 3)


def test_all_shortages_are_named_at_once_and_nothing_is_held(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=1, tea=9)

    answer = delivery.holds(hold(*goods(mug=2, tea=3, cup=1)))

    assert (answer.status, answer.code) == (409, "out_of_stock")
    assert [error["meta"] for error in answer.body["errors"]] == [
        {"sku": "cup", "requested": 1, "available": 0},
        {"sku": "mug", "requested": 2, "available": 1},
    ]
    assert [error["code"] for error in answer.body["errors"]] == ["out_of_stock", "out_of_stock"]
    assert delivery.reservations() == []
    assert delivery.stock("tea") == (9, 0, 0)


def test_lines_of_one_sku_are_checked_as_a_sum(delivery: DeliveryDriver) -> None:
    """R-ORD-05."""
    delivery.given_stock(mug=3)

    answer = delivery.holds(hold(line("mug", 2, number=1), line("mug", 2, number=2)))

    assert answer.body["errors"][0]["meta"] == {"sku": "mug", "requested": 4, "available": 3}


def test_repeated_for_the_same_submission_nothing_changes(delivery: DeliveryDriver) -> None:
    """R-STK-04."""
    delivery.given_stock(mug=3)
    first = delivery.holds(hold(*goods(mug=2)))
    told = delivery.told()
    delivery.later(minutes=3)

    second = delivery.holds(hold(*goods(mug=2)))

    assert second.body == first.body
    assert (delivery.stock("mug"), delivery.told()) == ((3, 0, 2), told)


def test_a_backorder_line_repeated_keeps_the_hold_it_has(delivery: DeliveryDriver) -> None:
    """R-STK-04, R-STK-06."""
    delivery.given_stock(mug=1)
    first = delivery.holds(hold(line("mug", 3, allow_backorder=True)))

    assert delivery.holds(hold(line("mug", 3, allow_backorder=True))).body == first.body


def test_other_lines_of_the_same_submission_are_held_instead(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3, tea=1)
    delivery.holds(hold(*goods(mug=2)))

    delivery.holds(hold(*goods(tea=1)))

    assert (delivery.stock("mug"), delivery.stock("tea")) == ((3, 0, 0), (1, 0, 1))
    assert delivery.reservations() == [("hold", "released", 2), ("hold", "active", 1)]


def test_a_line_that_is_gone_is_held_no_more(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3, tea=1)
    delivery.holds(hold(*goods(mug=2, tea=1)))

    delivery.holds(hold(*goods(mug=2)))

    assert (delivery.stock("mug"), delivery.stock("tea")) == ((3, 0, 2), (1, 0, 0))


def test_what_an_earlier_submission_holds_is_free_for_the_next(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3)
    delivery.holds(hold(*goods(mug=2)))

    answer = delivery.holds(hold(*goods(mug=3), submission=2))

    assert answer.status == 200
    assert delivery.stock("mug") == (3, 0, 3)
    released = delivery.told_events("delivery.stock_released")[0]
    assert (released.submission, released.reason, released.lines[0].quantity) == (1, "submitted_anew", 2)


def test_an_ended_submission_gives_back_its_own_hold_only(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.holds(hold(*goods(mug=2), submission=2))

    delivery.hears(reopened(submission=1))
    assert delivery.stock("mug") == (5, 0, 2)

    delivery.hears(reopened(submission=2), seq=2)
    assert delivery.stock("mug") == (5, 0, 0)
    assert delivery.told_events("delivery.stock_released")[0].reason == "reopened"


def test_what_the_next_submission_leaves_serves_one_that_waits(delivery: DeliveryDriver) -> None:
    """R-STK-11."""
    delivery.given_stock(mug=2)
    delivery.holds(hold(*goods(mug=2)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))
    assert delivery.states() == ["waiting_stock"]

    delivery.holds(hold(*goods(mug=1), submission=2))

    assert (delivery.states(), delivery.stock("mug")) == (["ready"], (2, 1, 1))


def test_what_expired_serves_one_that_waits(delivery: DeliveryDriver) -> None:
    """R-STK-11."""
    delivery.given_stock(mug=2)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))

    delivery.hears(closed(held, "none"))

    assert delivery.states() == ["ready"]


def test_what_was_reopened_serves_one_that_waits(delivery: DeliveryDriver) -> None:
    """R-STK-11."""
    delivery.given_stock(mug=2)
    delivery.holds(hold(*goods(mug=2)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))

    delivery.hears(reopened())

    assert delivery.states() == ["ready"]


def test_a_look_without_minutes_holds_nothing(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3)
    told = delivery.told()

    answer = delivery.holds(hold(*goods(mug=3), minutes=None))

    assert (answer.status, answer.body) == (200, {"reservation": None})
    assert delivery.holds(hold(*goods(mug=4), minutes=None)).code == "out_of_stock"
    assert (delivery.reservations(), delivery.told()) == ([], told)


def test_a_look_frees_what_an_earlier_submission_holds(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3)
    delivery.holds(hold(*goods(mug=2)))

    assert delivery.holds(hold(*goods(mug=3), submission=2, minutes=None)).status == 200
    assert delivery.stock("mug") == (3, 0, 0)


def test_a_line_that_allows_a_backorder_never_refuses_and_takes_what_is_left(delivery: DeliveryDriver) -> None:
    """R-STK-06."""
    delivery.given_stock(mug=5)

    answer = delivery.holds(hold(line("mug", 9, number=1, allow_backorder=True), line("mug", 3, number=2)))

    assert answer.status == 200
    assert {item["order_line_id"]: item["quantity"] for item in answer.body["reservation"]["lines"]} == {"lin_2": 3, "lin_1": 2}


def test_a_backorder_of_goods_never_counted_is_held_empty(delivery: DeliveryDriver) -> None:
    answer = delivery.holds(hold(line("mug", 1, allow_backorder=True)))

    assert (answer.status, answer.body["reservation"]["lines"]) == (200, [])
    assert delivery.told() == ["delivery.stock_held"]


def test_a_submission_that_ended_holds_nothing(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.hears(reopened(submission=1))

    answer = delivery.holds(hold(*goods(mug=1), submission=1))

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert delivery.holds(hold(*goods(mug=1), submission=2)).status == 200


def test_a_cancelled_order_holds_nothing(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.hears(cancelled())

    assert delivery.holds(hold(*goods(mug=2))).code == "illegal_transition"


def test_an_earlier_end_heard_later_opens_nothing_again(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.hears(reopened(submission=2), seq=9)
    delivery.hears(reopened(submission=1), seq=5)

    assert delivery.holds(hold(*goods(mug=1), submission=2)).code == "illegal_transition"


def test_an_old_call_never_takes_the_hold_of_a_newer_submission(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.holds(hold(*goods(mug=2), submission=2))

    assert delivery.holds(hold(*goods(mug=1), submission=1)).code == "illegal_transition"
    assert delivery.stock("mug") == (5, 0, 2)


def test_a_confirmed_order_needs_no_hold_any_more(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.holds(hold(*goods(mug=2)))
    delivery.hears(confirmed(*goods(mug=2)))

    answer = delivery.holds(hold(*goods(mug=2)))

    assert answer.body["reservation"]["kind"] == "firm"
    assert delivery.stock("mug") == (5, 2, 0)


def test_when_its_time_is_over_billing_is_asked(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]

    delivery.later(minutes=14)
    assert delivery.runs_timers() == []
    delivery.later(minutes=1)
    assert delivery.runs_timers() == ["holds"]

    due = delivery.told_events("delivery.hold_due")[0]
    assert (due.reservation_id, due.submission, due.attempt, due.on_expiry) == (held, 1, 0, "release")
    assert delivery.stock("mug") == (5, 0, 2), "it is still held until billing answers"


def test_a_hold_expires_without_money(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]

    delivery.hears(closed(held, "none"))

    assert delivery.stock("mug") == (5, 0, 0)
    assert delivery.reservations() == [("hold", "expired", 2)]
    assert delivery.told()[-3:] == ["delivery.hold_expired", "delivery.stock_released", "delivery.stock_changed"]
    delivery.later(hours=1)
    assert delivery.runs_timers() == []


def test_while_money_moves_a_hold_is_prolonged_and_asked_about_again(delivery: DeliveryDriver) -> None:
    """R-STK-03."""
    delivery.given_stock(mug=5)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.later(minutes=15)
    delivery.runs_timers()

    delivery.hears(closed(held, "moving"))

    assert delivery.stock("mug") == (5, 0, 2)
    delivery.later(minutes=5)
    delivery.runs_timers()
    assert [due.attempt for due in delivery.told_events("delivery.hold_due")] == [0, 1]
    delivery.hears(closed(held, "cancelled", attempt=1))
    assert delivery.reservations() == [("hold", "expired", 2)]


def test_an_answer_to_an_earlier_question_ends_no_prolonged_hold(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.hears(closed(held, "moving", attempt=3))

    delivery.hears(closed(held, "none", attempt=2))

    assert delivery.reservations() == [("hold", "active", 2)]


def test_an_answer_to_an_earlier_question_does_not_turn_the_count_of_questions_back(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.hears(closed(held, "moving", attempt=3))

    delivery.hears(closed(held, "moving", attempt=1))

    delivery.later(minutes=5)
    delivery.runs_timers()
    assert [due.attempt for due in delivery.told_events("delivery.hold_due")] == [4]


def test_nobody_asks_about_a_hold_that_was_consumed_in_the_same_moment(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.hears(confirmed(*goods(mug=2)))

    delivery.given(partial(tell_hold_due, Timer("holds", held, NOON, {})))

    assert delivery.told("delivery.hold_due") == []


def test_an_answer_for_a_hold_not_known_yet_is_heard_again_later(delivery: DeliveryDriver) -> None:
    assert delivery.hears_again_later(closed("res_01K0000000000000000000000Z", "none"))


def test_strangers_find_no_holds(delivery: DeliveryDriver) -> None:
    answer = delivery.asks("POST", "/internal/v1/holds", hold(*goods(mug=1)), caller=None)

    assert (answer.status, answer.code) == (404, "not_found")


def test_reservations_are_listed_by_order_sku_kind_and_state(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=9, tea=9)
    delivery.holds(hold(*goods(mug=2)))
    delivery.holds(hold(*goods(tea=3), order=OTHER))
    delivery.hears(confirmed(*goods(tea=3), order=OTHER))

    assert delivery.reservations() == [("hold", "active", 2), ("hold", "consumed", 3), ("firm", "active", 3)]
    assert delivery.reservations(f"order_id={ORDER}") == [("hold", "active", 2)]
    assert delivery.reservations("sku=tea&state=active") == [("firm", "active", 3)]
    assert delivery.reservations("kind=hold&state=consumed,released") == [("hold", "consumed", 3)]
    assert delivery.asks("GET", "/admin/v1/reservations?state=lost").code == "validation_failed"
    assert delivery.asks("GET", "/admin/v1/reservations?colour=red").body["errors"][0]["pointer"] == "/colour"


def test_reservations_need_their_permission(delivery: DeliveryDriver) -> None:
    """R-ACC-04, R-ACC-06."""
    caller = OWNER.model_copy(update={"permissions": OWNER.permissions - {"stock.read"}})

    answer = delivery.asks("GET", "/admin/v1/reservations", caller=caller)

    assert (answer.status, answer.body["required_permission"]) == (403, "stock.read")
    assert delivery.asks("GET", "/admin/v1/reservations", caller=OWNER.model_copy(update={"seller": "lahijan"})).status == 404


def test_what_is_promised_is_there(delivery: DeliveryDriver) -> None:
    """R-STK-01."""
    delivery.given_stock(mug=5)
    delivery.holds(hold(*goods(mug=2)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))

    assert delivery.clock.now() == NOON
    assert_promises_are_there(delivery)
