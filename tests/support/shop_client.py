"""How tests speak to a running shop: as its customers, its staff, and its payment provider. Plain HTTP of the standard library."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import itertools
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

WEBHOOK_SECRET: Final = "whsec_of_the_end_to_end_tests"
GERMANY: Final = {"name": "Sara", "line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
_fresh = itertools.count(1)


@dataclass(frozen=True)
class Reply:
    """An answer of the shop. Header names are lower case."""

    asked: str
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """Its JSON; None when it is empty."""
        return json.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str:
        """The problem's code."""
        return str((self.body or {}).get("code", ""))

    def ok(self, status: int | None = None) -> Any:
        """The JSON of a good answer; a bad one fails the test with all it says."""
        good = 200 <= self.status < 300 if status is None else self.status == status
        assert good, f"{self.asked}: {self.status} {self.raw[:600].decode(errors='replace')}"
        return self.body


class Client:
    """Calls one shop. Any thread may use it: each call has a connection of its own."""

    def __init__(self, port: int, *, admin_key: str, publishable_key: str, timeout_seconds: float = 40) -> None:
        self.port = port
        self.admin_key = admin_key
        self.publishable_key = publishable_key
        self._timeout = timeout_seconds

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request. `raw` goes out as it is, in place of `body` as JSON. Raises OSError when the shop is not there."""
        sent = raw if raw is not None else None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if sent is not None else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._timeout)
        try:
            connection.request(method, path, sent, {**given, **(headers or {})})
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(f"{method} {path}", answer.status, fields, answer.read())
        except http.client.HTTPException as error:
            raise ConnectionError(repr(error)) from error
        finally:
            connection.close()

    def staff(self, method: str, path: str, body: Any = None, *, key: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """As staff: `path` below /admin/v1; with the owner's key, or `key`."""
        return self.call(method, "/admin/v1" + path, body, headers={"Authorization": f"Bearer {key or self.admin_key}", **(headers or {})})

    def store(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """As a storefront: `path` below /store/v1; with a guest's `token`."""
        credentials = {"X-Publishable-Key": self.publishable_key} | ({"X-Order-Token": token} if token else {})
        return self.call(method, "/store/v1" + path, body, headers={**credentials, **(headers or {})})

    def key(self, *roles: str) -> str:
        """A new API key's secret."""
        return str(self.staff("POST", "/api_keys", {"name": " and ".join(roles), "roles": list(roles)}).ok(201)["secret"])

    def product(self, *, on_hand: int | None = 100, sku: str | None = None, **fields: Any) -> str:
        """The sku of a new product with so many pieces on the shelf; None: never counted."""
        sku = sku or f"mug-{next(_fresh)}-{secrets.token_hex(2)}"
        product = {"names": {"en": "Mug"}, "price": "12.50", "currency": "EUR", "tax_rate": "19", "weight_g": 300} | fields
        self.staff("PUT", f"/products/{sku}", product).ok(201)
        if on_hand is not None:
            self.staff("PUT", f"/stock/{sku}", {"on_hand": on_hand}).ok()
        return sku

    def cart(self, sku: str, quantity: int = 1, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Cart:
        """A guest's cart with all that submit needs. `fields` replace those of the request; `headers` may say whose it is."""
        email = f"guest-{next(_fresh)}-{secrets.token_hex(2)}@example.org"
        body = {"lines": [{"sku": sku, "quantity": quantity}], "email": email, "name": "Sara", "shipping_address": GERMANY}
        made = self.store("POST", "/carts", body | {"shipping_method": "standard"} | fields, headers=headers).ok(201)
        assert not made["requirements"], made["requirements"]
        return Cart(self, made["id"], made["order_token"], made)

    def order(self, order_id: str, *include: str) -> Any:
        """The order as staff see it."""
        return self.staff("GET", f"/orders/{order_id}" + (f"?include={','.join(include)}" if include else "")).ok()

    def listed(self, path: str, **filters: str) -> list[Any]:
        """`data` of a list for staff."""
        query = urlencode(filters, safe=",[]")
        found: list[Any] = self.staff("GET", f"{path}?{query}").ok()["data"]
        return found

    def timeline(self, order_id: str) -> list[Any]:
        """The order's history, oldest first."""
        found: list[Any] = self.staff("GET", f"/orders/{order_id}/timeline").ok()["data"]
        return found

    def hook(self, raw: bytes, *, secret: str = WEBHOOK_SECRET, at: int | None = None, signature: str | None = None) -> Reply:
        """A webhook of Stripe's, to the byte. `at`: when it was signed, Unix time; `signature`: another header than the right one."""
        at = int(time.time()) if at is None else at
        digest = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
        return self.call("POST", "/hooks/v1/stripe", raw=raw, headers={"Stripe-Signature": signature or f"t={at},v1={digest}"})

    def tell(self, news: str, payment: Mapping[str, Any], **differing: Any) -> Reply:
        """Stripe tells `payment_intent.<news>` of a payment, as `event_of` puts it."""
        return self.hook(event_of(news, payment, **differing))

    def bank(self, payment: Mapping[str, Any], action: str, **options: Any) -> None:
        """What the bank does at the built-in simulator, by the simulator's own door: also without a webhook (`webhook=False`)."""
        headers = {"Authorization": "Bearer sk_test_simulator"}
        path = f"/_stripe/simulator/payment_intents/{payment['provider_ref']}/{action}"
        self.call("POST", path, options, headers=headers).ok()

    def set_clock(self, now: str | None) -> None:
        """Business time stops at `now`, and all that is due by then is done; None: real time again."""
        (self.staff("POST", "/test_clock", {"now": now}) if now is not None else self.staff("DELETE", "/test_clock")).ok()


@dataclass
class Cart:
    """An order in its customer's hands."""

    client: Client
    id: str
    token: str
    made: Any = field(repr=False)

    def call(
        self, method: str, path: str = "", body: Any = None, *, below: str = "carts", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """A request of its owner about it."""
        return self.client.store(method, f"/{below}/{self.id}{path}", body, token=self.token, headers=headers)

    def submit(self, *, method: str = "card", key: str | None = None, **fields: Any) -> Reply:
        """Check out."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.call("POST", "/submit", {"payment_method": method, **fields}, headers=headers)

    def submitted(self, **fields: Any) -> Any:
        """Checks out, and the payment that is asked for."""
        return self.submit(**fields).ok(200)["payment"]

    def seen(self) -> Any:
        """The order as its customer sees it, with payments, parcels and documents."""
        return self.call("GET", below="orders").ok()

    def order(self, *include: str) -> Any:
        """The order as staff see it."""
        return self.client.order(self.id, *include)

    def payments(self) -> list[Any]:
        """Its payments, as staff see them."""
        return self.client.listed("/payments", order_id=self.id)

    def mails(self, *states: str) -> list[Any]:
        """Mails about it, whatever became of them."""
        return self.client.listed("/notifications", order_id=self.id, limit="100", **({"state": ",".join(states)} if states else {}))


def event_of(
    news: str,
    payment: Mapping[str, Any],
    *,
    event_id: str | None = None,
    created: int | None = None,
    amount: int | None = None,
    currency: str | None = None,
    ref: str | None = None,
    payment_id: str | None = None,
) -> bytes:
    """The body of a `payment_intent.<news>` event about a payment of the API, in Stripe's words; what is named differs from it.

    `created`: Unix time; `amount`: in cents; `payment_id`: what the intent's metadata say, with `ref` another intent's.
    """
    minor = int(Decimal(payment["amount"]).scaleb(2)) if amount is None else amount
    status = {"succeeded": "succeeded", "processing": "processing", "canceled": "canceled", "amount_capturable_updated": "requires_capture"}
    intent = {
        "id": ref or payment["provider_ref"],
        "object": "payment_intent",
        "amount": minor,
        "amount_received": minor if news == "succeeded" else 0,
        "amount_capturable": minor if news == "amount_capturable_updated" else 0,
        "currency": (currency or payment["currency"]).lower(),
        "status": status.get(news, "requires_payment_method"),
        "livemode": False,
        "latest_charge": f"ch_{secrets.token_hex(8)}" if news == "succeeded" else None,
        "last_payment_error": {"code": "card_declined", "message": "Your card was declined."} if news == "payment_failed" else None,
        "metadata": {"payment_id": payment_id or payment["id"], "order_id": payment["order_id"]},
    }
    event = {
        "id": event_id or f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "type": f"payment_intent.{news}",
        "created": int(time.time()) if created is None else created,
        "livemode": False,
        "data": {"object": intent},
    }
    return json.dumps(event).encode()


def found(rows: Sequence[Any], **values: Any) -> list[Any]:
    """Those rows that have these values."""
    return [row for row in rows if all(row[name] == value for name, value in values.items())]
