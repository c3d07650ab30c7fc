"""The table of a run."""

from __future__ import annotations

from collections import Counter

from tests.chaos.run import Outcome


def table(outcome: Outcome) -> str:
    """What was done, to whom, and what it has left behind."""
    asked = outcome.asked
    begun = "" if asked.until >= asked.orders else f"the first {asked.until} of "
    head = (
        f"{begun}{asked.orders} orders, {sum(outcome.faults.values())} faults, seed {asked.seed}, {asked.mode}"
        f"{'' if asked.mode == 'embedded' else f' ({asked.layout} processes)'}: driven in {outcome.driven_seconds:.0f} s,"
        f" whole {outcome.healed_seconds:.0f} s after the last fault"
    )
    blocks = [
        head,
        _block("faults", outcome.faults),
        _block("processes that ended and were started again", outcome.deaths),
        _block("orders accepted", outcome.kinds),
        _block("what their customers saw last", outcome.ends),
        _block("calls repeated with the same key, by what was answered", outcome.retries),
        _block("explained", outcome.explained),
        "\n  ".join([_line("violations", len(outcome.violations)), *outcome.violations]),
    ]
    return "\n\n".join(blocks)


def _block(title: str, counted: Counter[str]) -> str:
    lines = [_line(f"  {name}", number) for name, number in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    return "\n".join([_line(title, sum(counted.values())), *lines])


def _line(name: str, number: int) -> str:
    return f"{name:72}{number:6}"
