"""Every endpoint of the API, read out of its OpenAPI document: to whom it opens, and what it may answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from services.gateway.openapi import whole_openapi
from shared.contracts.api.public.path import ANY_STAFF, ANYBODY, CUSTOMER, HOLDER, OWNER, SIGNED_IN, STOREFRONT, STRIPE

Opens = Literal["anybody", "storefront", "customer", "owner", "holder", "stripe", "any_staff", "signed_in", "permission"]
_SAYS: Final[Mapping[str, Opens]] = {
    ANYBODY.says: "anybody",
    STOREFRONT.says: "storefront",
    CUSTOMER.says: "customer",
    OWNER.says: "owner",
    HOLDER.says: "holder",
    STRIPE.says: "stripe",
    ANY_STAFF.says: "any_staff",
    SIGNED_IN.says: "signed_in",
}
"""By the last paragraph of its description."""
_PERMISSION: Final = re.compile(r"Needs the permission `([a-z._]+)`\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path. `security`: sets of schemes, any one of which is asked for; `body`: the document's own example."""

    method: str
    path: str
    opens: Opens
    permission: str | None
    security: tuple[frozenset[str], ...]
    statuses: frozenset[int]
    body: Any

    @property
    def at(self) -> str:
        """As `GET /store/v1/carts/{order_id}`."""
        return f"{self.method} {self.path}"


def endpoints() -> tuple[Endpoint, ...]:
    """All of them, in the document's order. Raises KeyError for one that does not say to whom it opens."""
    paths: dict[str, dict[str, Any]] = orjson.loads(whole_openapi())["paths"]
    return tuple(_endpoint(method.upper(), path, operation) for path, item in paths.items() for method, operation in item.items())


def _endpoint(method: str, path: str, operation: Mapping[str, Any]) -> Endpoint:
    says = operation["description"].split("\n\n")[-1]
    permission = _PERMISSION.fullmatch(says)
    taken = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Endpoint(
        method=method,
        path=path,
        opens="permission" if permission is not None else _SAYS[says],
        permission=None if permission is None else permission[1],
        security=tuple(frozenset(schemes) for schemes in operation["security"]),
        statuses=frozenset(int(status) for status in operation["responses"]),
        body=taken.get("example"),
    )
