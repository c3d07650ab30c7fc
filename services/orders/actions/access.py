"""Keys are given out, and whoever calls is recognised by what they send."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.orders.errors import ExpiryPassed, SellerMissing, UnknownRole
from services.orders.store import access as store
from services.orders.store.access import ApiKey, PublishableKey
from shared.db.tx import Tx
from shared.errors import Unauthenticated
from shared.settings import Environment
from shared.values.ids import new_id
from shared.values.order_token import order_token, token_opens
from shared.web.caller import NOBODY, ROLES, Caller, permissions_of

__all__ = ["Credentials", "create_api_key", "keep_bootstrap_keys", "order_token", "resolve_caller", "token_opens"]

OWNER: Final = "owner"
SELLER: Final = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request carries, as it came. `bearer` is what stands behind `Bearer`; "" for an Authorization of another kind."""

    bearer: str | None = None
    publishable_key: str | None = None
    order_token: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who calls, and the key whose use is to be noted, if it is time for that."""

    caller: Caller
    stale_key: str | None = None


def create_api_key(
    tx: Tx, *, name: str, roles: Sequence[str], seller_id: str | None = None, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is nowhere to be read again. `expires_at` is the machine's time, not the test clock's.

    Raises UnknownRole, SellerMissing, ExpiryPassed.
    """
    for index, role in enumerate(roles):
        if role != OWNER and role not in ROLES:
            raise UnknownRole(role, index)
    if SELLER in roles and seller_id is None:
        raise SellerMissing
    if expires_at is not None and expires_at <= tx.database.clock.now():
        raise ExpiryPassed(expires_at)

    key = ApiKey(id=new_id("key"), name=name, roles=tuple(roles), seller_id=seller_id, expires_at=expires_at)
    secret = "sk_" + secrets.token_urlsafe(32)
    store.insert_api_key(tx, key, sha256=_hash(secret))
    return key, secret


def keep_bootstrap_keys(tx: Tx, environment: Environment) -> None:
    """Stores the two keys that the environment gives, hashed; what it gave before ends. Harmless to repeat."""
    if environment.admin_key is not None:
        key = ApiKey(id=new_id("key"), name="bootstrap", roles=(OWNER,), seller_id=None, expires_at=None)
        store.keep_bootstrap_api_key(tx, key, sha256=_hash(environment.admin_key))
    if environment.publishable_key is not None:
        shown = PublishableKey(id=new_id("key"), name="bootstrap", channel="web", origins=())
        store.keep_bootstrap_publishable_key(tx, shown, sha256=_hash(environment.publishable_key))


def resolve_caller(tx: Tx, credentials: Credentials, order_id: str | None, *, secret: str) -> Resolved:
    """Who calls (api.md, section 4). Nothing sent: nobody. `order_id` is the order that the request is about; `secret` is the house's.

    A wrong order token leaves a storefront to which no order is open, so that the answer is 404 (R-ACC-01).
    Raises Unauthenticated for a key that is forged, unknown or expired.
    """
    if credentials.bearer is not None:
        return _integration(tx, credentials.bearer)
    if credentials.publishable_key is not None:
        return Resolved(_visitor(tx, credentials.publishable_key, credentials.order_token, order_id=order_id, secret=secret))
    return Resolved(NOBODY)


def _integration(tx: Tx, bearer: str) -> Resolved:
    key = store.api_key(tx, _hash(bearer))
    # Keys end by the machine's time: the test clock never rules credentials (api.md, section 12).
    if key is None or (key.expires_at is not None and key.expires_at <= tx.database.clock.now()):
        raise Unauthenticated("this Bearer is unknown or has expired")
    permissions = permissions_of(key.roles)
    if key.seller_id is not None:
        # Whatever its roles, a seller's key may no more than sellers may (R-ACC-06).
        permissions &= ROLES[SELLER]
    caller = Caller(type="api_key", id=key.id, name=key.name, permissions=permissions, seller=key.seller_id)
    return Resolved(caller, key.id if store.use_is_stale(tx, key) else None)


def _visitor(tx: Tx, publishable_key: str, token: str | None, *, order_id: str | None, secret: str) -> Caller:
    key = store.publishable_key(tx, _hash(publishable_key))
    if key is None:
        raise Unauthenticated("this X-Publishable-Key is unknown")
    # Without an id of its own: idempotency keys of a storefront belong to channel and client address.
    storefront = Caller(type="storefront", name=key.name, channel=key.channel, origins=key.origins)
    if token is None or order_id is None:
        return storefront

    generation = store.token_generation(tx, order_id)
    # Compared also when there is no such order: both take as long.
    opens = token_opens(secret, token, order_id, generation or 0)
    if generation is None or not opens:
        return storefront
    return storefront.model_copy(update={"type": "guest", "name": "guest", "order_id": order_id})


def _hash(secret: str) -> str:
    # Secrets that the house makes are 256 random bits: a slow hash would add nothing but time to every request.
    return hashlib.sha256(secret.encode()).hexdigest()
