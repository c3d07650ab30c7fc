"""What orders refuses, each with a code of api.md, section 3."""

from __future__ import annotations

from datetime import datetime

from shared.errors import Invalid
from shared.values.clock import rfc3339


class CodeDiffers(Invalid):
    """The body names another code or sku than the path."""

    def __init__(self, field: str, in_path: str, in_body: str) -> None:
        super().__init__(f"the path says {in_path}, the body {in_body}", pointer=f"/{field}")


class MalformedCode(Invalid):
    """A code or sku has letters of the alphabet, digits, and _ . - only, at most 64 of them."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{text!r} is not made of 1 to 64 of A-Z a-z 0-9 _ . -", pointer=f"/{field}")


class UnknownRole(Invalid):
    """A key is given a role that does not exist."""

    def __init__(self, role: str, index: int) -> None:
        super().__init__(f"there is no role {role}", pointer=f"/roles/{index}")


class SellerMissing(Invalid):
    """The role seller means: the orders of one seller; the key must say whose."""

    def __init__(self) -> None:
        super().__init__("a key with the role seller names its seller", pointer="/seller_id")


class ExpiryPassed(Invalid):
    """The key would have ended before it was given out."""

    def __init__(self, expires_at: datetime) -> None:
        super().__init__(f"{rfc3339(expires_at)} has passed already", pointer="/expires_at")
