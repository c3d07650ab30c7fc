"""Keys of a shop that lives as long as one run, in a folder of its own, and listens on 127.0.0.1 alone. Known, so that a run can go on."""

from __future__ import annotations

from typing import Final

STRIPE_API_KEY: Final = "sk_test_chaos"
WEBHOOK_SECRET: Final = "whsec_chaos"
ADMIN_KEY: Final = "sk_" + "chaos" * 8
PUBLISHABLE_KEY: Final = "pk_" + "chaos" * 6
SECRET: Final = "secret-of-chaos-" * 3
