"""The shop's public API, as a storefront and its staff call it. Bodies and answers are those of api.md."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from shared.errors import CartwrightError, ErrorItem, Refused, Unavailable

Record = dict[str, Any]
MOST_IN_ONE_PUT: Final = 1000
"""Products or counts in one bulk PUT."""


class ShopRefused(Refused):
    """The shop answered with a problem (api.md, section 3); `code`, `status` and `items()` are those of its answer."""

    def __init__(self, asked: str, status: int, problem: Mapping[str, Any]) -> None:
        found = problem.get("errors") or ()
        self.failures = tuple(ErrorItem(item["pointer"], item["code"], item["message"], item.get("meta")) for item in found)
        detail = str(problem.get("detail"))
        others = "".join(f"; {item.pointer}: {item.message}" for item in self.failures if item.message not in detail)
        super().__init__(f"{asked}: {detail}{others} ({problem['code']})")
        self.status = status
        self.code = str(problem["code"])

    def items(self) -> Sequence[ErrorItem]:
        return self.failures


class ShopAway(Unavailable):
    """Nobody answers, or a part of the shop is away; the same call is safe to repeat with its Idempotency-Key."""


class ShopFailed(CartwrightError):
    """The shop broke down over a request, or what answers at this address is no Cartwright."""


@dataclass(frozen=True)
class Cart:
    """An open cart and the token that opens it to its guest."""

    id: str
    token: str


class ShopClient:
    """One shop at `base_url`, through the keys of a storefront and of staff. Threads may share it: each call has its own connection.

    Every method raises ShopRefused, ShopAway and ShopFailed. `timeout_seconds` is the longest silence within one call.
    """

    def __init__(self, base_url: str, publishable_key: str, admin_key: str, *, timeout_seconds: float = 30.0) -> None:
        parts = urlsplit(base_url)
        self._secure = parts.scheme == "https"
        self._place = parts.netloc
        self._prefix = parts.path.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._publishable_key = publishable_key
        self._admin_key = admin_key
        self.base_url = base_url

    # What a customer does.

    def open_cart(self, **fields: Any) -> Cart:
        """A new cart with these fields, such as `currency`, `language` and `lines`."""
        order = self._store("POST", "/store/v1/carts", fields)
        return Cart(order["id"], order["order_token"])

    def add_line(self, cart: Cart, sku: str, quantity: int) -> Record:
        """Puts pieces of a product into the cart; answers the cart."""
        return self._store("POST", f"/store/v1/carts/{cart.id}/lines", {"sku": sku, "quantity": quantity}, cart)

    def change_cart(self, cart: Cart, **fields: Any) -> Record:
        """Contact, addresses, shipping method: the fields of the cart's PATCH; answers the cart."""
        return self._store("PATCH", f"/store/v1/carts/{cart.id}", fields, cart)

    def shipping_methods(self, cart: Cart) -> list[Record]:
        """Methods offered for the cart as it is."""
        return _data(self._store("GET", f"/store/v1/carts/{cart.id}/shipping_methods", None, cart))

    def submit(self, cart: Cart, payment_method: str) -> Record:
        """The order is placed: {order, payment}. The cart's id is the key, so a repeat places nothing twice."""
        return self._store("POST", f"/store/v1/carts/{cart.id}/submit", {"payment_method": payment_method}, cart)

    # What the card's owner and bank do, in test mode.

    def pay(self, payment: Mapping[str, Any], action: str) -> None:
        """Lets the simulated bank `succeed`, `authorize`, `process`, `fail` or `cancel` a card payment that `submit` answered.

        As with Stripe's own scripts, the client secret names the PaymentIntent.
        """
        ref = payment["client_secret"].partition("_secret_")[0]
        self._staff("POST", f"/admin/v1/simulators/stripe/{ref}/{action}")

    def in_test_mode(self) -> bool:
        """Whether the shop may be played with: only then there is a simulator."""
        try:
            self._staff("GET", "/admin/v1/test_clock")
        except ShopRefused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    # What staff do.

    def load_catalogue(
        self, *, sellers: Sequence[Record], products: Sequence[Record], stock: Sequence[Record], shipping_methods: Sequence[Record]
    ) -> None:
        """All of it; products last, so a shop that has products has the rest too. Raises ShopRefused for the first that does not fit."""
        for seller in sellers:
            self._staff("PUT", f"/admin/v1/sellers/{quote(seller['code'])}", seller)
        for method in shipping_methods:
            self._staff("PUT", f"/admin/v1/shipping_methods/{quote(method['code'])}", method)
        self._put_in_bulk("/admin/v1/stock", stock)
        self._put_in_bulk("/admin/v1/products", products)

    def change_settings(self, settings: Mapping[str, Any]) -> None:
        """Merge patch of the shop's settings."""
        self._staff("PATCH", "/admin/v1/settings", settings)

    def change_payment_method(self, code: str, **fields: Any) -> None:
        """Merge patch of a payment method."""
        self._staff("PATCH", f"/admin/v1/payment_methods/{quote(code)}", fields)

    def products(self, **filters: Any) -> list[Record]:
        """A page of products."""
        return _data(self._staff("GET", _with("/admin/v1/products", filters)))

    def stock(self, **filters: Any) -> list[Record]:
        """A page of stock: sku, on_hand, reserved, held, available."""
        return _data(self._staff("GET", _with("/admin/v1/stock", filters)))

    def create_order(self, **fields: Any) -> Record:
        """An order that staff write down for a customer, with discounts if they like."""
        return self._staff("POST", "/admin/v1/orders", fields)

    def confirm(self, order_id: str, **fields: Any) -> Record:
        """Staff say that the order is binding, with `record_payment` if the money is there; answers the order."""
        return self._staff("POST", f"/admin/v1/orders/{order_id}/confirm", fields)

    def record_payment(self, order_id: str, **fields: Any) -> Record:
        """Money that came without the provider: `method`, `amount`, `receipt_number`; answers the payment."""
        return self._staff("POST", f"/admin/v1/orders/{order_id}/payments", fields)

    def orders(self, **filters: Any) -> list[Record]:
        """A page of orders, newest first."""
        return _data(self._staff("GET", _with("/admin/v1/orders", filters)))

    def order(self, order_id: str, *include: str) -> Record:
        """The order in staff's eyes, with parts such as `payments`, `deliveries`, `invoices`."""
        return self._staff("GET", _with(f"/admin/v1/orders/{order_id}", {"include": ",".join(include)} if include else {}))

    def timeline(self, order_id: str) -> list[Record]:
        """What happened to the order in all services, oldest first; nothing while its first facts are under way."""
        try:
            return _data(self._staff("GET", f"/admin/v1/orders/{order_id}/timeline"))
        except ShopRefused as refused:
            if refused.status == 404:
                return []
            raise

    def deliveries(self, order_id: str) -> list[Record]:
        """The order's deliveries."""
        return _data(self._staff("GET", _with("/admin/v1/deliveries", {"order_id": order_id})))

    def validate(self, delivery_id: str, *, tracking_number: str) -> Record:
        """The parcel has left: answers the delivery, with its parcels."""
        return self._staff("POST", f"/admin/v1/deliveries/{delivery_id}/validate", {"tracking_number": tracking_number})

    def parcel_event(self, parcel_id: str, state: str) -> Record:
        """What the carrier says of a parcel: `out_for_delivery`, `delivered` and so on."""
        return self._staff("POST", f"/admin/v1/parcels/{parcel_id}/events", {"state": state})

    def invoices(self, **filters: Any) -> list[Record]:
        """A page of invoices, newest first."""
        return _data(self._staff("GET", _with("/admin/v1/invoices", filters)))

    def notifications(self, order_id: str) -> list[Record]:
        """Mails about the order."""
        return _data(self._staff("GET", _with("/admin/v1/notifications", {"order_id": order_id})))

    def _put_in_bulk(self, path: str, records: Sequence[Record]) -> None:
        for start in range(0, len(records), MOST_IN_ONE_PUT):
            answer = self._staff("PUT", path, {"data": records[start : start + MOST_IN_ONE_PUT]})
            if answer["errors"]:
                first = answer["errors"][0]
                pointer = f"/data/{first['index']}"
                raise ShopRefused(
                    f"PUT {path}",
                    422,
                    {"code": first["code"], "detail": f"{first['sku']} does not fit", "errors": [{**first, "pointer": pointer}]},
                )

    def _store(self, method: str, path: str, body: Mapping[str, Any] | None, cart: Cart | None = None) -> Record:
        headers = {"X-Publishable-Key": self._publishable_key}
        if cart is not None:
            headers["X-Order-Token"] = cart.token
        if path.endswith("/submit") and cart is not None:
            headers["Idempotency-Key"] = f"submit-{cart.id}"
        return self._call(method, path, body, headers)

    def _staff(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Record:
        return self._call(method, path, body, {"Authorization": f"Bearer {self._admin_key}"})

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, headers: dict[str, str]) -> Record:
        raw = None if body is None else json.dumps(body).encode()
        if raw is not None:
            headers["Content-Type"] = "application/json"
        connection = (http.client.HTTPSConnection if self._secure else http.client.HTTPConnection)(
            self._place, timeout=self._timeout_seconds
        )
        try:
            connection.request(method, self._prefix + path, raw, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ShopAway(f"nobody answers at {self.base_url}: {error or type(error).__name__}") from None
        finally:
            connection.close()
        return record_of(f"{method} {path.partition('?')[0]}", answer.status, text)


def record_of(asked: str, status: int, text: bytes) -> Record:
    """The record in an answer. Raises ShopRefused for a problem, ShopAway for a 503, ShopFailed for another 5xx and what is no JSON."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or (status >= 300 and "code" not in found):
        raise ShopFailed(f"{asked}: answered {status} in words that are no Cartwright's; does another program listen there?")
    if status < 300:
        return found
    if status == 503:
        raise ShopAway(f"{asked}: {found.get('detail')}")
    if status >= 500:
        raise ShopFailed(f"{asked}: {found.get('detail')} (request {found.get('request_id')})")
    raise ShopRefused(asked, status, found)


def _data(answer: Record) -> list[Record]:
    data: list[Record] = answer["data"]
    return data


def _with(path: str, filters: Mapping[str, Any]) -> str:
    return path + ("?" + urlencode(filters) if filters else "")
