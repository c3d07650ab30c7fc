"""Whatever happens in whatever order, what is promised is there (R-STK-01): a state machine over SQLite."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.delivery.service import SERVICE
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


def machine(databases: Databases) -> type[RuleBasedStateMachine]:
    """The machine, over this run's database."""

    class Shelf(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.seq = 0
            clock = FixedClock(NOON)
            self.delivery = DeliveryDriver(SERVICE, databases.open("sqlite", SERVICE, clock), clock)

        def next_seq(self) -> int:
            """Each told step of an order has a number of its own."""
            self.seq += 1
            return self.seq

        def teardown(self) -> None:
            self.delivery.db.dispose()

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
            lines = [line(sku, n, number=at) for at, (sku, n) in enumerate(zip(SKUS, (cups, mugs), strict=True)) if n]
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

        @rule(pick=st.integers(0, 9))
        def validate(self, pick: int) -> None:
            found = self.delivery.deliveries()
            if found:
                assert self.delivery.validates(delivery=pick % len(found)).status in (200, 409)

        @invariant()
        def promises_are_there(self) -> None:
            assert_promises_are_there(self.delivery)

        @invariant()
        def deliveries_are_what_they_say(self) -> None:
            for found in self.delivery.deliveries():
                missing = {item["sku"] for item in found["lines"] if item["reserved"] + item["done"] < item["quantity"]}
                assert (found["state"] in ("ready", "done")) == (not missing) or found["state"] == "cancelled"
                if found["state"] == "waiting_stock":
                    assert all(self._free(sku) == 0 for sku in missing), "somebody waits for what is free"

        def _free(self, sku: str) -> int:
            on_hand, reserved, held = self.delivery.stock(sku)
            return on_hand - reserved - held

    return Shelf


def test_no_sequence_of_events_breaks_a_promise(databases: Databases) -> None:
    make: Callable[[], RuleBasedStateMachine] = machine(databases)
    health = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        make, settings=settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=health)
    )
