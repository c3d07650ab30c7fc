"""Keys of a shop that lives as long as one run and listens on 127.0.0.1 alone."""

from __future__ import annotations

import secrets
from typing import Final

STRIPE_API_KEY: Final = "sk_test_benchmark"
WEBHOOK_SECRET: Final = "whsec_benchmark"
ADMIN_KEY: Final = "sk_" + "benchmark" * 4
PUBLISHABLE_KEY: Final = "pk_" + "benchmark" * 3
SECRET: Final = secrets.token_urlsafe(32)
MOST_ORDERS: Final = 20_000
MOST_CLIENTS: Final = 64
