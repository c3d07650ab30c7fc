"""Keys are given out, and whoever calls is recognised by what they send."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.actions.sessions import PREFIX, token_hash
from services.orders.actions.staff import check_roles
from services.orders.errors import BootstrapKey, ExpiryPassed
from services.orders.store import access as store
from services.orders.store.access import ApiKey, PublishableKey
from services.orders.store.sessions import Session, find_session
from shared.db.tx import Tx
from shared.errors import Unauthenticated
from shared.settings import Environment
from shared.values.ids import new_id
from shared.values.order_token import order_token, token_opens
from shared.web.caller import NOBODY, OWNER, Caller, granted_to

__all__ = ["Credentials", "create_api_key", "end_api_key", "keep_bootstrap_keys", "order_token", "resolve_caller", "token_opens"]


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
    check_roles(roles, seller_id)
    if expires_at is not None and expires_at <= tx.database.clock.now():
        raise ExpiryPassed(expires_at)

    key = ApiKey(id=new_id("key"), name=name, roles=tuple(roles), seller_id=seller_id, expires_at=expires_at)
    secret = "sk_" + secrets.token_urlsafe(32)
    store.insert_api_key(tx, key, sha256=token_hash(secret))
    return key, secret


def end_api_key(tx: Tx, key_id: str) -> None:
    """The key opens nothing any more. Raises NotFound, BootstrapKey."""
    if store.lock_api_key(tx, key_id):
        raise BootstrapKey
    store.delete_api_key(tx, key_id)


def keep_bootstrap_keys(tx: Tx, environment: Environment) -> None:
    """Stores the two keys that the environment gives, hashed; what it gave before ends. Harmless to repeat."""
    if environment.admin_key is not None:
        key = ApiKey(id=new_id("key"), name="bootstrap", roles=(OWNER,), seller_id=None, expires_at=None)
        store.keep_bootstrap_api_key(tx, key, sha256=token_hash(environment.admin_key))
    if environment.publishable_key is not None:
        shown = PublishableKey(id=new_id("key"), name="bootstrap", channel="web", origins=())
        store.keep_bootstrap_publishable_key(tx, shown, sha256=token_hash(environment.publishable_key))


def resolve_caller(tx: Tx, credentials: Credentials, order_id: str | None, *, secret: str) -> Resolved:
    """Who calls (api.md, section 4). Nothing sent: nobody. `order_id` is the order that the request is about; `secret` is the house's.

    A wrong order token leaves a storefront to which no order is open, so that the answer is 404 (R-ACC-01).
    Raises Unauthenticated for a key that is forged, unknown or expired.
    """
    session = None
    if credentials.bearer is not None:
        session = find_session(tx, token_hash(credentials.bearer)) if credentials.bearer.startswith(PREFIX) else None
        if session is None:
            return _integration(tx, credentials.bearer)
        if session.expires_at <= tx.database.clock.now():
            raise Unauthenticated("this session has expired; sign in again")
        if session.kind == "staff":
            return Resolved(_member(session))
    if credentials.publishable_key is not None:
        return Resolved(_visitor(tx, credentials, session, order_id=order_id, secret=secret))
    if session is not None:
        raise Unauthenticated("this needs an X-Publishable-Key beside the customer's Bearer")
    return Resolved(NOBODY)


def _member(session: Session) -> Caller:
    return Caller(
        type="staff",
        id=session.person_id,
        name=session.name or session.person_id,
        permissions=granted_to(session.roles, session.seller_id),
        seller=session.seller_id,
        language=session.language,
    )


def _integration(tx: Tx, bearer: str) -> Resolved:
    key = store.api_key(tx, token_hash(bearer))
    # Keys end by the machine's time: the test clock never rules credentials (api.md, section 12).
    if key is None or (key.expires_at is not None and key.expires_at <= tx.database.clock.now()):
        raise Unauthenticated("this Bearer is unknown or has expired")
    caller = Caller(type="api_key", id=key.id, name=key.name, permissions=granted_to(key.roles, key.seller_id), seller=key.seller_id)
    return Resolved(caller, key.id if store.use_is_stale(tx, key) else None)


def _visitor(tx: Tx, credentials: Credentials, session: Session | None, *, order_id: str | None, secret: str) -> Caller:
    key = store.publishable_key(tx, token_hash(credentials.publishable_key or ""))
    if key is None:
        raise Unauthenticated("this X-Publishable-Key is unknown")
    # Without an id of its own: idempotency keys of a storefront belong to channel and client address.
    caller = Caller(type="storefront", name=key.name, channel=key.channel, origins=key.origins)
    if session is not None:
        who = {"type": "customer", "customer": session.person_id, "name": session.name or "customer", "language": session.language}
        caller = caller.model_copy(update=who)
    token = credentials.order_token
    if order_id is None or (token is None and session is None):
        return caller

    generation, owner = store.order_access(tx, order_id)
    # Compared also when there is no such order: both take as long.
    opens = token is not None and token_opens(secret, token, order_id, generation or 0) and generation is not None
    if session is not None:
        # An equal e-mail gives nothing: the order was made while signed in, or staff have assigned it (R-ACC-01).
        return caller.model_copy(update={"order_id": order_id}) if opens or owner == session.person_id else caller
    return caller.model_copy(update={"type": "guest", "name": "guest", "order_id": order_id}) if opens else caller
