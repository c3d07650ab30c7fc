"""The plug of billing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.billing.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(name="billing", folder=Path(__file__).parent, metadata=METADATA)
