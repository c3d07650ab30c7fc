"""The plug of delivery."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.delivery.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(name="delivery", folder=Path(__file__).parent, metadata=METADATA)
