"""What all request bodies have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from services.delivery.domain.delivery import Delivery
from shared.errors import Invalid, NotFound
from shared.language.digits import to_latin_digits
from shared.values.clock import parse_rfc3339
from shared.values.ids import CODE_PATTERN
from shared.web.caller import Caller

Code = Annotated[str, StringConstraints(pattern=rf"^{CODE_PATTERN.pattern}$")]
"""A code that the shop chose: sku, warehouse, location, carrier."""
TypedCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), AfterValidator(to_latin_digits)]
"""A code that somebody typed, in whatever digits (R-LNG-05); never empty (R-NOT-07)."""


class Body(BaseModel):
    """Strict, and no fields that nobody asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)


def code_in_path(code: str, *, name: str) -> str:
    """The code of a PUT's path. Raises Invalid."""
    if CODE_PATTERN.fullmatch(code) is None:
        raise Invalid("has 1 to 64 letters, digits, dots, dashes or underscores", pointer=f"/{name}")
    return code


def need_whole_shop(caller: Caller) -> None:
    """What is not split by seller: a seller sees none of it (R-ACC-06). Raises NotFound."""
    if caller.seller is not None:
        raise NotFound("there is nothing of this seller here")


def need_own(caller: Caller, delivery: Delivery, *, asked: str | None = None) -> None:
    """A seller sees and does only the deliveries that are theirs alone (R-ACC-06). Raises NotFound.

    `asked` is what they asked for, in the words that deny what is not there: "parcel pcl_…"; by default the delivery itself.
    """
    if caller.seller is not None and delivery.seller_id != caller.seller:
        raise NotFound(f"there is no {asked or f'delivery {delivery.id}'}")


def instant(text: str | None, *, pointer: str) -> datetime | None:
    """A time of a body. Raises Invalid."""
    try:
        return None if text is None else parse_rfc3339(text)
    except ValueError:
        raise Invalid("is no RFC 3339 time with an offset", pointer=pointer) from None
