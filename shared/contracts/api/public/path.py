"""How a path of the API is described to strangers. One row per method and path; services/host/openapi.py writes the document of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel

JSON: Final = "application/json"
PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who may call, as OpenAPI's `security`: any one of `keys`, each a set of schemes that go together."""

    says: str
    keys: tuple[tuple[str, ...], ...] = ()
    codes: tuple[str, ...] = ()
    permission: str | None = None


ANYBODY: Final = Who(says="Needs no credentials.")
STOREFRONT: Final = Who(
    says="Called by a storefront with its publishable key, and for signed-in customers with their token.",
    keys=(("PublishableKey",), ("PublishableKey", "Bearer")),
    codes=("unauthenticated",),
)
OWNER: Final = Who(
    says="Opens to the guest who holds the order's token and to the customer whose order it is; for everybody else there is none.",
    keys=(("PublishableKey", "OrderToken"), ("PublishableKey", "Bearer")),
    codes=("unauthenticated", "not_found"),
)
HOLDER: Final = Who(
    says="Opens to whoever holds the signed link, and to the order's owner.",
    keys=((), ("PublishableKey", "OrderToken"), ("PublishableKey", "Bearer")),
    codes=("unauthenticated", "not_found"),
)
CUSTOMER: Final = Who(
    says="Called for a signed-in customer: with their token, beside the storefront's publishable key.",
    keys=(("PublishableKey", "Bearer"),),
    codes=("unauthenticated",),
)
ANY_STAFF: Final = Who(says="Any member of staff and any API key will do.", keys=(("Bearer",),), codes=("unauthenticated",))
SIGNED_IN: Final = Who(says="Called with the token of a member of staff's session.", keys=(("Bearer",),), codes=("unauthenticated",))
STRIPE: Final = Who(says="Called by Stripe; the body is signed.", codes=("signature_invalid",))


def staff(permission: str) -> Who:
    """Staff and integrations with this permission (api.md, section 4)."""
    return Who(
        says=f"Needs the permission `{permission}`.", keys=(("Bearer",),), codes=("unauthenticated", "forbidden"), permission=permission
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A good answer. `shape`: its model; None: no JSON. `example`: where the one put together of the model's own says too little."""

    shape: type[BaseModel] | None = None
    says: str = "Done."
    media_type: str = JSON
    headers: tuple[str, ...] = ()
    """Names out of HEADERS."""
    example: Any = None


HEADERS: Final[Mapping[str, str]] = {
    "ETag": 'The version of what is answered, in quotes: `"3"`.',
    "Location": "The path of what was made.",
    "Idempotent-Replayed": "`true`: this is the first answer to this Idempotency-Key, again.",
    "Retry-After": "Seconds after which the same call makes sense again.",
    "Content-Disposition": "The file's name.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parameter of the query. `one_of` with `several`: values joined by commas, which mean or."""

    name: str
    says: str = ""
    one_of: tuple[str, ...] = ()
    several: bool = True
    example: str = ""
    pattern: str = ""


def flag(name: str, says: str) -> Query:
    """`true` or `false`."""
    return Query(name=name, says=says, one_of=("true", "false"), several=False)


COUNTED: Final = Query(name="include", says="Adds `count`: how many there are on all pages together.", one_of=("count",), several=False)
"""Of lists that can be counted."""


def since_and_before(name: str) -> tuple[Query, Query]:
    """`name[gte]` and `name[lt]`."""
    example = "2031-05-01T00:00:00Z"
    return (
        Query(name=f"{name}[gte]", says="At this time or later (RFC 3339).", several=False, example=example),
        Query(name=f"{name}[lt]", says="Before this time (RFC 3339).", several=False, example=example),
    )


def sorted_by(first: str, *others: str) -> Query:
    """`sort`: `first` falling when nothing is asked for."""
    both = tuple(f"{sign}{name}" for name in (first, *others) for sign in ("-", ""))
    return Query(name="sort", says=f"By this; with `-` falling. Without it: `-{first}`.", one_of=both, several=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One method of one path.

    `at`: as `GET /store/v1/carts/{order_id}`. `takes`: an example of the request's body; its schema is the route's. `errors`: codes
    beside those that follow from the rest: who may call, a body, a path parameter, `queries`, `versioned`, an Idempotency-Key.
    """

    at: str
    name: str
    """OpenAPI's operationId: what a generated client calls it."""
    summary: str
    who: Who
    answers: Mapping[int, Answer]
    takes: Any = None
    errors: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    paged: bool = False
    """A list with `limit` and `after`."""
    versioned: bool = False
    """Answers an ETag; a write takes If-Match."""
    keyed: bool | None = None
    """Takes an Idempotency-Key; None: as every POST does."""
    says: str = ""
    """More than the summary, where there is no route whose docstring says it: of paths that the gateway composes."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further request headers, with what they are."""

    @property
    def method(self) -> str:
        """`GET`."""
        return self.at.partition(" ")[0]

    @property
    def path(self) -> str:
        """`/store/v1/carts/{order_id}`."""
        return self.at.partition(" ")[2]

    @property
    def takes_key(self) -> bool:
        """Whether it heeds an Idempotency-Key."""
        return self.method == "POST" if self.keyed is None else self.keyed

    def codes(self) -> tuple[str, ...]:
        """Every error code that it can answer, without doubles."""
        found = [*self.who.codes]
        if self.takes is not None:
            found += ["malformed_request", "file_too_large", "unsupported_media_type", "validation_failed"]
        if "{" in self.path:
            found.append("not_found")
        if self.queries or self.paged:
            found.append("validation_failed")
        if self.versioned and self.method != "GET":
            found.append("version_mismatch")
        if self.takes_key:
            found += ["idempotency_in_progress", "idempotency_key_reused", "validation_failed"]
        return tuple(dict.fromkeys((*found, *self.errors, "service_unavailable")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A tag of the document: its paths, and a sentence about them."""

    name: str
    says: str
    paths: Sequence[Path]


def below_orders_too(*paths: Path) -> tuple[Path, ...]:
    """Each path below /store/v1/carts/{order_id}, and once more below /store/v1/orders/{order_id}, where it does the same."""
    twins = (
        replace(
            path,
            at=path.at.replace("/store/v1/carts/", "/store/v1/orders/"),
            name=path.name.replace("cart", "own_order") if "cart" in path.name else f"{path.name}_of_own_order",
            summary=f"{path.summary} (the same, below orders)",
        )
        for path in paths
    )
    return (*paths, *twins)
