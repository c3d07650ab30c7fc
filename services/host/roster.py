"""The five services."""

from __future__ import annotations

from typing import Final

from services.billing.service import SERVICE as BILLING
from services.delivery.service import SERVICE as DELIVERY
from services.notifications.service import SERVICE as NOTIFICATIONS
from services.orders.service import SERVICE as ORDERS
from services.returns.service import SERVICE as RETURNS
from shared.service import Service

ROSTER: Final[dict[str, Service]] = {service.name: service for service in (ORDERS, DELIVERY, BILLING, RETURNS, NOTIFICATIONS)}
