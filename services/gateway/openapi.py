"""The contract as OpenAPI: written by the host out of all services' routes into one file, served as it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("openapi.json")


@cache
def whole_openapi() -> bytes:
    """The file; `cartwright openapi` writes it, and a test fails when it is stale."""
    return FILE.read_bytes()
