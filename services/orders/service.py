"""The plug of orders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.orders.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(name="orders", folder=Path(__file__).parent, metadata=METADATA)
