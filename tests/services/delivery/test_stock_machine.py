"""Whatever happens in whatever order, what is promised is there and no unit is lost: a state machine over both databases.

R-STK-01, R-STK-04, R-STK-10 and R-STK-13, with steps, partial hand-over, backorders, staff's holds and deliveries called off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.delivery.service import SERVICE
from shared.contracts.orders import OrderHeld, OrderReleased
from shared.values.clock import FixedClock
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.databases import Databases
from tests.support.driver import NOON
from tests.support.samples_delivery import cancelled, closed, confirmed, hold, line, reopened

SKUS = ("cup", "mug")
ORDERS = tuple(f"ord_01K000000000000000000000{letter}" for letter in "ABCD")
sku = st.sampled_from(SKUS)
order = st.sampled_from(ORDERS)
submission = st.integers(1, 2)
units = st.integers(0, 3)


OPEN = ("waiting_operation", "waiting_stock", "ready")


def machine(databases: Databases, backend: str) -> type[RuleBasedStateMachine]:
    """The machine, over this run's database."""

    class Shelf(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.seq = 0
            self.aside: set[str] = set()
            self.ordered: dict[tuple[str, int], int] = {}
            clock = FixedClock(NOON)
            self.delivery = DeliveryDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)

        def next_seq(self) -> int:
            """Each told step of an order has a number of its own."""
            self.seq += 1
            return self.seq

        def teardown(self) -> None:
            try:
                self.no_unit_is_lost()
            finally:
                self.delivery.db.dispose()

        def no_unit_is_lost(self) -> None:
            """What was confirmed is on its way, handed over, called off, or told as cancelled: each unit once (R-DLV-01, R-DLV-05)."""
            found: Counter[tuple[str, int]] = Counter()
            for order, submission, units in self.delivery.rows(_UNITS):
                found[order, submission] += units
            submissions = dict(self.delivery.rows("SELECT id, submission FROM deliveries"))
            for told in self.delivery.told_events("delivery.units_cancelled"):
                found[told.order_id, submissions[told.delivery_id]] += sum(item.quantity for item in told.lines)
            assert all(units == self.ordered[key] for key, units in found.items())

        def pick(self, number: int) -> dict[str, Any] | None:
            """One of the open deliveries."""
            found = [one for one in self.delivery.deliveries("limit=100") if one["state"] in OPEN]
            return found[number % len(found)] if found else None

        def does(self, number: int, command: str, body: dict[str, Any] | None = None) -> int:
            """Somebody does something with one of them."""
            found = self.pick(number)
            if found is None:
                return 200
            answer = self.delivery.asks("POST", f"/admin/v1/deliveries/{found['id']}/{command}", body)
            if command == "unreserve" and answer.status == 200:
                self.aside.add(found["id"])
            assert answer.status in (200, 409), answer.body
            return answer.status

        @rule(
            steps=st.sampled_from(["ship_only", "pick_ship", "pick_pack_ship"]),
            shipping=st.sampled_from(["as_available", "all_at_once"]),
            backorder=st.sampled_from(["always", "ask", "never"]),
            split_by=st.sampled_from(["none", "seller", "warehouse"]),
        )
        def set_policies(self, steps: str, shipping: str, backorder: str, split_by: str) -> None:
            self.delivery.given_settings(steps=steps, shipping_policy=shipping, backorder_policy=backorder, split_by=split_by)

        @rule(sku=sku, quantity=st.integers(-3, 3).filter(bool), warehouse=st.sampled_from(["berlin", "main"]))
        def move(self, sku: str, quantity: int, warehouse: str) -> None:
            body = {"sku": sku, "quantity": quantity, "reason": "correction", "warehouse": warehouse}
            assert self.delivery.asks("POST", "/admin/v1/stock/moves", body).status in (201, 422)

        @rule(order=order, submission=submission, cups=units, mugs=units)
        def hold_for_staff(self, order: str, submission: int, cups: int, mugs: int) -> None:
            lines = [line(sku, n, number=at) for at, (sku, n) in enumerate(zip(SKUS, (cups, mugs), strict=True)) if n]
            body = hold(*lines, order=order, submission=submission, minutes=5) | {"on_expiry": None}
            assert self.delivery.holds(body).status in (200, 409)

        @rule(order=order, submission=submission)
        def give_back(self, order: str, submission: int) -> None:
            body = {"order_id": order, "submission": submission}
            assert self.delivery.commands("POST", "/internal/v1/holds/give_back", body).status == 200

        @rule(minutes=st.integers(1, 20))
        def wait(self, minutes: int) -> None:
            self.delivery.later(minutes=minutes)
            self.delivery.runs_timers()
            for body in self.delivery.told_bodies():
                if body["type"] == "delivery.hold_lapsed":
                    self.delivery.hears(body)

        @rule(number=st.integers(0, 9), asked=st.lists(units, min_size=2, max_size=2), backorder=st.sampled_from([None, True, False]))
        def hand_over_a_part(self, number: int, asked: list[int], backorder: bool | None) -> None:
            found = self.pick(number)
            if found is None:
                return
            there = {item["id"]: item["reserved"] if found["kind"] == "outgoing" else item["quantity"] for item in found["lines"]}
            lines = [
                {"line_id": key, "quantity": min(quantity, there[key])}
                for key, quantity in zip(there, asked, strict=False)
                if min(quantity, there[key])
            ]
            answer = self.delivery.asks(
                "POST", f"/admin/v1/deliveries/{found['id']}/validate", {"lines": lines or None, "backorder": backorder}
            )
            assert answer.status in (200, 409) or found["kind"] == "put_back", answer.body

        @rule(number=st.integers(0, 9), command=st.sampled_from(["reserve", "unreserve", "start", "cancel"]))
        def prepare(self, number: int, command: str) -> None:
            self.does(number, command)

        @rule(number=st.integers(0, 9), priority=st.integers(0, 9))
        def assign(self, number: int, priority: int) -> None:
            self.does(number, "assign", {"priority": priority})

        @rule(order=order, held=st.booleans())
        def hold_or_release_the_order(self, order: str, held: bool) -> None:
            fact = OrderHeld(order_id=order, reason="look at it") if held else OrderReleased(order_id=order)
            self.delivery.hears(fact, seq=self.next_seq())

        @rule(sku=sku, on_hand=st.integers(0, 5), location=st.sampled_from(["A-1", "stock"]))
        def count(self, sku: str, on_hand: int, location: str) -> None:
            assert self.delivery.asks("PUT", f"/admin/v1/stock/{sku}", {"on_hand": on_hand, "location": location}).status == 200

        @rule(order=order, submission=submission, cups=units, mugs=units, may_wait=st.booleans(), held=st.booleans())
        def hold(self, order: str, submission: int, cups: int, mugs: int, may_wait: bool, held: bool) -> None:
            lines = [
                line(sku, n, number=at, allow_backorder=may_wait) for at, (sku, n) in enumerate(zip(SKUS, (cups, mugs), strict=True)) if n
            ]
            answer = self.delivery.holds(hold(*lines, order=order, submission=submission, minutes=15 if held else None))
            assert answer.status in (200, 409)

        @rule(order=order, submission=submission, cups=units, mugs=units, minute=st.integers(0, 3))
        def confirm(self, order: str, submission: int, cups: int, mugs: int, minute: int) -> None:
            sellers = ("lahijan", None)
            lines = [
                line(sku, n, number=at, seller_id=sellers[at]) for at, (sku, n) in enumerate(zip(SKUS, (cups, mugs), strict=True)) if n
            ]
            self.ordered.setdefault((order, submission), cups + mugs)
            self.delivery.hears(confirmed(*lines, order=order, submission=submission, minutes=minute))

        @rule(order=order, submission=submission)
        def reopen(self, order: str, submission: int) -> None:
            self.delivery.hears(reopened(order=order, submission=submission), seq=self.next_seq())

        @rule(order=order, submission=submission)
        def cancel(self, order: str, submission: int) -> None:
            self.delivery.hears(cancelled(order=order, submission=submission), seq=self.next_seq())

        @rule(moving=st.booleans(), attempt=st.integers(0, 1), pick=st.integers(0, 9))
        def close(self, moving: bool, attempt: int, pick: int) -> None:
            found = self.delivery.asks("GET", "/admin/v1/reservations?kind=hold").body["data"]
            if found:
                held = found[pick % len(found)]
                answer = closed(held["id"], "moving" if moving else "none", order=held["order_id"], attempt=attempt)
                self.delivery.hears(answer)

        @invariant()
        def promises_are_there(self) -> None:
            assert_promises_are_there(self.delivery)

        @invariant()
        def deliveries_are_what_they_say(self) -> None:
            """R-DLV-03, R-DLV-04, R-STK-11."""
            every = {found["id"]: found for found in self.delivery.deliveries("limit=100")}
            for found in every.values():
                if found["kind"] != "outgoing" or found["state"] not in OPEN:
                    assert not any(item["reserved"] for item in found["lines"])
                elif found["state"] == "waiting_operation":
                    assert all(every[before]["state"] in OPEN for before in found["previous"])
                else:
                    self._is_at_the_shelf(found)

        def _is_at_the_shelf(self, found: dict[str, Any]) -> None:
            missing = {item["sku"] for item in found["lines"] if item["reserved"] < item["quantity"]}
            there = any(item["reserved"] for item in found["lines"])
            assert all(item["reserved"] <= item["quantity"] for item in found["lines"])
            assert (found["state"] == "ready") == (there and (found["shipping_policy"] == "as_available" or not missing))
            if found["id"] not in self.aside:
                assert all(self._free(sku) == 0 for sku in missing), "somebody waits for what is free"

        def _free(self, sku: str) -> int:
            on_hand, reserved, held = self.delivery.stock(sku)
            return on_hand - reserved - held

    return Shelf


_UNITS = (
    "SELECT d.order_id, d.submission, sum(CASE WHEN d.state = 'done' THEN l.done ELSE l.quantity END) FROM deliveries d "
    "JOIN delivery_lines l ON l.delivery_id = d.id WHERE d.last GROUP BY d.order_id, d.submission"
)


def test_no_sequence_of_events_breaks_a_promise(databases: Databases, backend: str) -> None:
    make: Callable[[], RuleBasedStateMachine] = machine(databases, backend)
    health = [HealthCheck.too_slow, HealthCheck.data_too_large]
    examples = 20 if backend == "sqlite" else 8
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        make, settings=settings(max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=health)
    )
