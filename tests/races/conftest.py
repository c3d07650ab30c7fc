"""Each service alone on either database, as its own tests have it."""

from __future__ import annotations

from tests.services.billing.conftest import billing, confirmed, stripe
from tests.services.delivery.conftest import delivery
from tests.services.notifications.conftest import notifications, shelf, sink
from tests.services.orders.conftest import orders

__all__ = ["billing", "confirmed", "delivery", "notifications", "orders", "shelf", "sink", "stripe"]
