"""The plug of orders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.orders.actions.access import keep_bootstrap_keys
from services.orders.api import access, catalogue, settings
from services.orders.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(
    name="orders",
    folder=Path(__file__).parent,
    metadata=METADATA,
    routers=(catalogue.router, access.router, settings.router),
    prepare=keep_bootstrap_keys,
    identify=access.identify,
)
