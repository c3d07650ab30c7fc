"""The plug of notifications."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.notifications.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(name="notifications", folder=Path(__file__).parent, metadata=METADATA)
