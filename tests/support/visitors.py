"""Everybody who may stand before the shop's door: with nothing, with what is right, and with what is not right any more or never was."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.values.order_token import order_token
from shared.web.caller import CALLER_HEADER, HOUSE, SIGNATURE_HEADER, encode_caller, sign
from tests.support.permissions import ROLES
from tests.support.shop import Shop, keys_of

PASSWORD: Final = "a long sentence of theirs"
SELLER, FOREIGN_SELLER = "potters", "weavers"
NEVER: Final = "2000-01-01 00:00:00.000000"
Kind = Literal["nobody", "wrong", "storefront", "guest", "customer", "staff", "link"]
"""`nobody` sends nothing that counts, `wrong` a credential that opens nothing: the rest is known to the shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, and the order that it is about: some credentials are made for just that."""

    method: str
    target: str
    body: bytes
    order_id: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """`credentials` are headers. `owns`: the order asked about is theirs; `role` and `seller` of staff; `session`: signed in, no key."""

    name: str
    kind: Kind
    credentials: Callable[[Ask], Mapping[str, str]]
    owns: bool = False
    role: str | None = None
    seller: str | None = None
    session: bool = False


def visitors(shop: Shop, *, customer: str, other_order: tuple[str, str]) -> tuple[Visitor, ...]:
    """All of them. `customer`: the token of whom all orders asked about belong to; `other_order`: id and token of a guest's."""
    secret = keys_of(shop.folder)["secret"]
    return (
        *_with_nothing_that_counts(shop, secret),
        *_with_wrong_keys(shop, secret),
        *_whose_time_is_over(shop),
        *_in_the_store(shop, secret, customer=customer, other_order=other_order),
        *_staff(shop),
    )


def bearer(token: str) -> dict[str, str]:
    """The header."""
    return {"Authorization": f"Bearer {token}"}


def _always(name: str, kind: Kind, headers: Mapping[str, str]) -> Visitor:
    return Visitor(name=name, kind=kind, credentials=lambda _ask: headers)


def _with_nothing_that_counts(shop: Shop, secret: str) -> list[Visitor]:
    def hop(ask: Ask, signed_with: str) -> Mapping[str, str]:
        caller = encode_caller(HOUSE)
        signature = sign(signed_with, method=ask.method, target=ask.target, body=ask.body, caller=caller, request_id="req_forged")
        return {CALLER_HEADER: caller, SIGNATURE_HEADER: signature, "X-Request-Id": "req_forged"}

    return [
        _always("nobody", "nobody", {}),
        _always("owner's key as a cookie", "nobody", {"Cookie": f"session={shop.admin_key}; Authorization=Bearer {shop.admin_key}"}),
        _always("a caller of the house, unsigned", "nobody", {CALLER_HEADER: encode_caller(HOUSE)}),
        Visitor(name="a caller of the house, signed wrongly", kind="nobody", credentials=lambda ask: hop(ask, "another secret")),
        # Not even with the right secret: from outside there is no such header.
        Visitor(name="a caller of the house, signed rightly", kind="nobody", credentials=lambda ask: hop(ask, secret)),
        Visitor(name="the order's token without a storefront", kind="nobody", credentials=lambda ask: {"X-Order-Token": ask.token}),
        _always("owner's key as an order token", "nobody", {"X-Order-Token": shop.admin_key}),
    ]


def _with_wrong_keys(shop: Shop, secret: str) -> list[Visitor]:
    key = shop.admin_key
    bearers = {
        "a forged key": "sk_" + "A" * 43,
        "owner's key and a letter": key + "x",
        "owner's key cut short": key[:-1],
        "owner's key in capitals": key.upper(),
        "the publishable key as a Bearer": shop.publishable_key,
        "the house's secret as a Bearer": secret,
        "a forged session": "ses_" + "A" * 43,
        "a hash in place of its key": hashlib.sha256(key.encode()).hexdigest(),
        "a JWT that nobody signed": _jwt({"alg": "none"}, ""),
        "a JWT signed with the house's secret": _jwt({"alg": "HS256"}, secret),
        "SQL": "' OR '1'='1",
        "an empty Bearer": "",
    }
    store = {"X-Publishable-Key": shop.publishable_key}
    others = {
        "owner's key as Basic": {"Authorization": f"Basic {key}"},
        "owner's key alone": {"Authorization": key},
        "a forged publishable key": {"X-Publishable-Key": "pk_" + "A" * 32},
        "an empty publishable key": {"X-Publishable-Key": ""},
        "owner's key as a publishable key": {"X-Publishable-Key": key},
        "a storefront with a forged session": {**store, **bearer("ses_" + "A" * 43)},
    }
    return [
        *(_always(name, "wrong", bearer(token)) for name, token in bearers.items()),
        *(_always(name, "wrong", headers) for name, headers in others.items()),
    ]


def _jwt(header: Mapping[str, str], secret: str) -> str:
    parts = [{**header, "typ": "JWT"}, {"sub": "usr_OWNER", "roles": ["owner"], "exp": int(time.time()) + 3600}]
    text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest() if secret else b""
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _whose_time_is_over(shop: Shop) -> list[Visitor]:
    left = _member(shop, "left", "owner")
    staff = {name: _signed_in(shop, left) for name in ("gone", "signed out", "expired")}
    shop.call("DELETE", "/admin/v1/sessions", headers=bearer(staff["signed out"])).ok(204)
    customers = {name: registered(shop, f"{name}@over.example") for name in ("out", "late")}
    store = {"X-Publishable-Key": shop.publishable_key}
    shop.call("DELETE", "/store/v1/sessions", headers={**store, **bearer(customers["out"])}).ok(204)
    keys = {name: shop.staff("POST", "/api_keys", _key(name, "owner")).ok(201) for name in ("ended", "late")}
    shop.staff("DELETE", f"/api_keys/{keys['ended']['id']}").ok(204)
    _end(shop, "sessions", "token_sha256", staff["expired"], customers["late"])
    _end(shop, "api_keys", "secret_sha256", keys["late"]["secret"])
    active = _member(shop, "expired", "owner")
    expired = _signed_in(shop, active)
    _end(shop, "sessions", "token_sha256", expired)
    shop.staff("POST", f"/staff/{left[0]}/deactivate", {}).ok()
    over = {
        "staff who have left": bearer(staff["gone"]),
        "staff who have signed out": bearer(staff["signed out"]),
        "staff whose session is over": bearer(expired),
        "a customer who has signed out": {**store, **bearer(customers["out"])},
        "a customer whose session is over": {**store, **bearer(customers["late"])},
        "a key that was ended": bearer(keys["ended"]["secret"]),
        "a key that has expired": bearer(keys["late"]["secret"]),
    }
    return [_always(name, "wrong", headers) for name, headers in over.items()]


def _in_the_store(shop: Shop, secret: str, *, customer: str, other_order: tuple[str, str]) -> list[Visitor]:
    store = {"X-Publishable-Key": shop.publishable_key}
    stranger = registered(shop, STRANGERS_EMAIL)

    def guest(name: str, token: Callable[[Ask], str], *, owns: bool = False) -> Visitor:
        kind: Kind = "guest" if owns else "storefront"
        return Visitor(name=name, kind=kind, credentials=lambda ask: {**store, "X-Order-Token": token(ask)}, owns=owns)

    signed_in = {**store, **bearer(customer)}
    return [
        _always("a storefront", "storefront", store),
        guest("a guest with a wrong token", lambda _ask: "A" * 43),
        guest("a guest with another order's token", lambda _ask: other_order[1]),
        guest("a guest with the token of before", lambda ask: order_token(secret, ask.order_id, 0)),
        guest("a guest with the token to come", lambda ask: order_token(secret, ask.order_id, 2)),
        guest("a guest with another house's token", lambda ask: order_token("another secret", ask.order_id, 1)),
        guest("a guest with the order's id for a token", lambda ask: ask.order_id),
        guest("the guest", lambda ask: ask.token, owns=True),
        Visitor(name="the customer", kind="customer", credentials=lambda _ask: signed_in, owns=True),
        # With the e-mail that stands in the order.
        Visitor(name="another customer", kind="customer", credentials=lambda _ask: {**store, **bearer(stranger)}),
        _always("the customer without a storefront", "wrong", bearer(customer)),
    ]


STRANGERS_EMAIL: Final = "eve@example.org"
"""Of a customer to whom no order is open that the visitors ask about: also none with this address in it."""


def _staff(shop: Shop) -> list[Visitor]:
    shop.staff("PUT", f"/sellers/{FOREIGN_SELLER}", {"name": "The Weavers", "emails": ["orders@weavers.example"]}).ok(201)

    def one(name: str, role: str, token: str, *, seller: str | None = None, session: bool = False) -> Visitor:
        return Visitor(name=name, kind="staff", credentials=lambda _ask: bearer(token), role=role, seller=seller, session=session)

    def sessions_of(role: str, seller: str | None) -> str:
        return _signed_in(shop, _member(shop, f"{role}-{seller}", role, seller))

    def key(role: str, seller: str | None = None) -> str:
        return str(shop.staff("POST", "/api_keys", _key(role, role, seller)).ok(201)["secret"])

    plain = ("sales", "warehouse", "owner")
    sellers = (SELLER, FOREIGN_SELLER)
    return [
        *(one(f"{role} with a key", role, key(role)) for role in ROLES if role != "seller"),
        *(one(f"{role}, signed in", role, sessions_of(role, None), session=True) for role in plain),
        *(one(f"a seller's key: {code}", "seller", key("seller", code), seller=code) for code in sellers),
        *(one(f"a seller, signed in: {code}", "seller", sessions_of("seller", code), seller=code, session=True) for code in sellers),
        one(f"an owner's key that is a seller's: {FOREIGN_SELLER}", "seller", key("owner", FOREIGN_SELLER), seller=FOREIGN_SELLER),
        one("the owner's key", "owner", shop.admin_key),
    ]


def _key(name: str, role: str, seller: str | None = None) -> dict[str, object]:
    return {"name": name, "roles": [role], "seller_id": seller, "expires_at": "2099-01-01T00:00:00Z"}


def _member(shop: Shop, name: str, role: str, seller: str | None = None) -> tuple[str, str]:
    email = f"{name.replace(' ', '-')}@staff.example"
    body = {"email": email, "name": name, "roles": [role], "password": PASSWORD, "seller_id": seller}
    return shop.staff("POST", "/staff", body).ok(201)["id"], email


def _signed_in(shop: Shop, member: tuple[str, str]) -> str:
    answer = shop.call("POST", "/admin/v1/sessions", {"email": member[1], "password": PASSWORD})
    return str(answer.ok(201)["token"])


def registered(shop: Shop, email: str) -> str:
    """The token of a new customer's session."""
    return str(shop.store("POST", "/customers", {"email": email, "password": PASSWORD}).ok(201)["token"])


def _end(shop: Shop, table: str, column: str, *tokens: str) -> None:
    """Their time is over: they were good until long ago. Nothing in the API can do this, and nobody waits for twelve hours."""
    with sqlite3.connect(shop.folder / "data" / "orders.db", timeout=30) as connection:
        for token in tokens:
            digest = hashlib.sha256(token.encode()).hexdigest()
            changed = connection.execute(f"UPDATE {table} SET expires_at = ? WHERE {column} = ?", (NEVER, digest))
            assert changed.rowcount == 1
    connection.close()
