"""The plug of returns."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.returns.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(name="returns", folder=Path(__file__).parent, metadata=METADATA)
