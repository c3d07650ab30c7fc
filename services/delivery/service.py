"""The plug of delivery."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.delivery import handlers
from services.delivery.actions.hold import tell_hold_due
from services.delivery.actions.release import HOLDS
from services.delivery.api import ROUTERS
from services.delivery.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(
    name="delivery",
    folder=Path(__file__).parent,
    metadata=METADATA,
    routers=ROUTERS,
    hears={
        "reserve_stock": handlers.reserve_stock,
        "create_delivery": handlers.create_delivery,
        "release_stock": handlers.release_stock,
        "cancel_deliveries": handlers.cancel_deliveries,
        "expire_hold": handlers.expire_hold,
        "release_hold": handlers.release_hold,
        "hold_deliveries": handlers.hold_deliveries,
        "release_deliveries": handlers.release_deliveries,
        "record_due": handlers.record_due,
        "record_review": handlers.record_review,
        "copy_settings": handlers.copy_settings,
    },
    timers={HOLDS: tell_hold_due},
)
