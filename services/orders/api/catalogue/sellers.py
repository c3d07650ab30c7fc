"""Routes of sellers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.orders.domain.catalogue import Seller
from services.orders.errors import CodeDiffers, MalformedCode
from services.orders.store import catalogue as store
from shared.contracts.shop_settings import Email, Language
from shared.errors import NotFound
from shared.language.digits import to_latin_digits
from shared.values.clock import parse_rfc3339, rfc3339
from shared.values.ids import CODE_PATTERN
from shared.web.door import read, write
from shared.web.listing import listing

router = APIRouter()


class SellerBody(BaseModel):
    """A whole seller: what is left out has its default, whatever was there before."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    code: str | None = None
    name: str = Field(min_length=1, max_length=200)
    emails: list[Email] = Field(max_length=20)
    language: Language | None = None
    phone: Annotated[str, Field(min_length=3, max_length=40), AfterValidator(to_latin_digits)] | None = None
    active: bool = True


@router.put("/sellers/{code}")
def put_seller(request: Request, code: str, body: SellerBody) -> Response:
    """Makes or replaces one seller."""
    with write(request, "catalogue.write") as door:
        if CODE_PATTERN.fullmatch(code) is None:
            raise MalformedCode("code", code)
        if body.code is not None and body.code != code:
            raise CodeDiffers("code", code, body.code)
        seller = Seller(
            code=code,
            name=body.name,
            emails=tuple(dict.fromkeys(body.emails)),
            language=body.language,
            phone=body.phone,
            active=body.active,
        )
        created = store.put_seller(door.tx, seller)
        view = _view(seller)
        return door.created(view, f"/admin/v1/sellers/{code}") if created else door.answer(view)


@router.get("/sellers")
def get_sellers(request: Request) -> Response:
    """Sellers, newest first. A seller sees themselves."""
    with read(request, "catalogue.read") as door:
        asked = listing(request, key=(parse_rfc3339, str))
        codes = None if door.caller.seller is None else [door.caller.seller]
        rows = store.list_sellers(door.tx, codes, after=asked.after, rows=asked.rows)
        return door.answer(
            asked.page(
                rows,
                lambda row: _view(row[0]),
                lambda row: (rfc3339(row[1][0]), row[1][1]),
                count=lambda: store.count_sellers(door.tx, codes),
            )
        )


@router.get("/sellers/{code}")
def get_seller(request: Request, code: str) -> Response:
    """One seller. A seller sees themselves."""
    with read(request, "catalogue.read") as door:
        seller = store.sellers(door.tx, [code]).get(code) if CODE_PATTERN.fullmatch(code) else None
        if seller is None or door.caller.seller not in (None, seller.code):
            raise NotFound(f"there is no seller {code}")
        return door.answer(_view(seller))


def _view(seller: Seller) -> dict[str, Any]:
    return {
        "code": seller.code,
        "name": seller.name,
        "emails": list(seller.emails),
        "language": seller.language,
        "phone": seller.phone,
        "active": seller.active,
    }
