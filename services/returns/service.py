"""The plug of returns."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.returns import handlers
from services.returns.api import router
from services.returns.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(
    name="returns",
    folder=Path(__file__).parent,
    metadata=METADATA,
    routers=(router,),
    orders_apart=False,
    hears={
        "copy_order": handlers.copy_order,
        "record_delivered": handlers.record_delivered,
        "record_arrival": handlers.record_arrival,
        "copy_settings": handlers.copy_settings,
    },
)
