"""Runs the machine over a database and an account at Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.house import House
from tests.machine.keeping_shop import KeepingShop
from tests.support.databases import Databases
from tests.support.stripe_double import StripeDouble, stripe_double


@contextmanager
def machine(backend: str, databases: Databases, folder: Path) -> Iterator[type[KeepingShop]]:
    """The machine over one house, which each example begins anew, and one account at Stripe, whose file is in `folder`."""
    with stripe_double(folder) as stripe:
        house = House(databases, backend, stripe)

        class Machine(KeepingShop):
            @staticmethod
            def open() -> tuple[House, StripeDouble]:
                return house, stripe

        try:
            yield Machine
        finally:
            house.close()


def run(found: type[KeepingShop], *, examples: int, steps: int, shrink: bool = True, same_each_time: bool = False) -> None:
    """Raises what an example raised, with the example among its notes. `same_each_time`: no chance, no memory of earlier runs."""
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        found,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=same_each_time,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
