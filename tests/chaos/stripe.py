"""Stripe in a process of its own that may be stopped, and a way to the shop's webhook on which news is delayed, lost and doubled.

`python -m tests.chaos.stripe PORT FILE WEBHOOK_URL SEED`
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import uvicorn

from services.host.simulators.stripe import Deliver, StripeSimulator, http_deliver
from tests.chaos.keys import STRIPE_API_KEY, WEBHOOK_SECRET

MISHAPS: Final = {"none": 60, "late": 12, "lost on the way": 8, "answer lost": 8, "doubled": 12}
"""What becomes of a webhook, of a hundred."""
LATEST_SECONDS: Final = 6.0


def troubled(deliver: Deliver, seed: int) -> Deliver:
    """The same way, with mishaps; what is not answered with 2xx is brought again, as Stripe does."""
    dice = random.Random(f"webhooks of {seed}")

    async def bring(body: bytes, headers: Mapping[str, str]) -> int:
        (mishap,) = dice.choices(list(MISHAPS), list(MISHAPS.values()))
        if mishap == "late":
            await asyncio.sleep(dice.uniform(0.2, LATEST_SECONDS))
        if mishap == "lost on the way":
            return 0
        if mishap == "doubled":
            first, second = await asyncio.gather(deliver(body, headers), deliver(body, headers), return_exceptions=True)
            return first if isinstance(first, int) else second if isinstance(second, int) else 0
        status = await deliver(body, headers)
        return 0 if mishap == "answer lost" else status

    return bring


def main(port: int, path: Path, webhook: str, seed: int) -> None:
    """Serves until it is ended."""
    deliver = troubled(http_deliver(webhook, timeout_seconds=5), seed)
    simulator = StripeSimulator(path, api_key=STRIPE_API_KEY, webhook_secret=WEBHOOK_SECRET, deliver=deliver)
    uvicorn.run(simulator, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="on")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
