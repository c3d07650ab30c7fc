"""Our Stripe simulator in a process of its own, so that its CPU is not counted as the shop's: `stripe_double.py PORT FILE`.

It sends no webhooks: the load's customers sign and send their own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from benchmarks.load_settings import STRIPE_API_KEY, WEBHOOK_SECRET
from services.host.simulators.stripe import StripeSimulator


async def _nowhere(_body: bytes, _headers: Mapping[str, str]) -> int:
    return 200


def main(port: int, path: Path) -> None:
    """Serves until it is terminated."""
    simulator = StripeSimulator(path, api_key=STRIPE_API_KEY, webhook_secret=WEBHOOK_SECRET, deliver=_nowhere)
    uvicorn.run(simulator, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
