"""A shop with something of everything in it, so that a stranger's calls get beyond 404: ids for every parameter, and who may use them."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from shared.contracts.api.public import PATHS
from shared.contracts.api.public.path import CUSTOMER, SIGNED_IN
from tests.support.following import eventually
from tests.support.seeded_records import FRESH, standing_records
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, WEBHOOK_SECRET, Cart

NOBODYS: Final[Mapping[str, str]] = {
    "order_id": "ord_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "line_id": "lin_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "delivery_id": "dlv_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "parcel_id": "pcl_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "payment_id": "pay_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "invoice_id": "inv_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "document_id": "inv_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "notification_id": "ntf_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "customer_id": "cus_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "staff_id": "usr_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "key_id": "key_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "event_id": "pev_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "task_id": "tsk_01KAVR5Z3M8QW4T7R2N5V0C1DE",
    "number": "0",
    "provider_ref": "pi_nobodys",
    "sku": "nothing",
    "code": "nothing",
    "action": "succeed",
}
"""Well-formed, and not there."""
SARA: Final = "sara@example.org"
"""A customer with an account, a cart and an order."""
SAM: Final = "sam@example.org"
"""An owner who signs in."""
PASSWORD: Final = "a long sentence"


@dataclass(frozen=True)
class Record:
    """Values of path parameters that belong together, and the token of the order among them."""

    values: Mapping[str, str]
    token: str | None = None


@dataclass
class SeededShop:
    """The shop, and what is in it."""

    shop: Shop
    skus: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """Of Sara's session and of Sam's."""
    fresh: dict[str, Callable[[Shop], Mapping[str, str]]] = field(default_factory=lambda: dict(FRESH))
    """What is still to be made before the first call of a path."""

    def calls(self, path: str) -> list[Record]:
        """Ways to fill a path's parameters: with every record that has them all, and once with what is not there."""
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        if "line_id" in names:
            self.add_cart()  # those before may have lost their lines
        if path in self.fresh:
            self.records.append(Record(self.fresh.pop(path)(self.shop)))
        # /sellers/{code} and its like: a code is one of the records below that path.
        kind = path.split("/{")[0].rsplit("/", 1)[-1]
        fitting = [record for record in self.records if set(names) <= set(record.values) and record.values.get("of", kind) == kind]
        found = [Record({name: record.values[name] for name in names}, record.token) for record in fitting]
        return [*found, Record({name: NOBODYS[name] for name in names})] if names else [Record({})]

    def make_anew(self, path: str) -> None:
        """What was made for this path may be used up by now: the next call gets another."""
        if path in FRESH:
            self.fresh[path] = FRESH[path]

    def headers(self, at: str, record: Record) -> dict[str, str]:
        """The credentials of a call, by its method and path."""
        who, path = PATHS[at].who, PATHS[at].path
        if who in (CUSTOMER, SIGNED_IN):
            bearer = self._signed_in(path.split("/")[1], anew=path.endswith("/sessions"))
        else:
            bearer = self.shop.admin_key if path.startswith("/admin/") else None
        given = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        if path.startswith("/store/"):
            given |= {"X-Publishable-Key": self.shop.publishable_key} | ({"X-Order-Token": record.token} if record.token else {})
        return given

    def _signed_in(self, door: str, *, anew: bool) -> str:
        """The token of a session of Sara's (`store`) or Sam's (`admin`). `anew`: it is one that may end."""
        if anew or door not in self.tokens:
            ask = {"store": self.shop.store, "admin": self.shop.staff}[door]
            opened = ask("POST", "/sessions", {"email": {"store": SARA, "admin": SAM}[door], "password": PASSWORD}).ok(201)
            if anew:
                return str(opened["token"])
            self.tokens[door] = opened["token"]
        return self.tokens[door]

    def add_cart(self) -> None:
        """A guest's cart that can be submitted."""
        cart = self.shop.cart(self.skus[0], 2)
        self.records.append(Record({"order_id": cart.id, "line_id": cart.made["lines"][0]["id"]}, cart.token))

    @staticmethod
    def signed(raw: bytes) -> dict[str, str]:
        """The header that makes a body Stripe's."""
        at = int(time.time())
        digest = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={at},v1={digest}"}


def seed(shop: Shop) -> SeededShop:
    """Fills the shop: sellers, goods, carts, an order that is being paid, a delivered one with its invoice, one of staff's."""
    seeded = SeededShop(shop)
    shop.staff("PUT", "/sellers/potters", {"name": "The Potters", "emails": ["orders@potters.example"]}).ok(201)
    seeded.skus = [shop.product(sku="mug-blue", seller_id="potters"), shop.product(on_hand=1), shop.product(type="digital", on_hand=None)]
    for sku in seeded.skus:
        seeded.records.append(Record({"sku": sku}))
    for kind, code in (("sellers", "potters"), ("shipping_methods", "standard"), ("payment_methods", "card")):
        seeded.records.append(Record({"of": kind, "code": code}))

    for _ in range(3):
        seeded.add_cart()
    paying = shop.cart(seeded.skus[0])
    payment = paying.submitted()
    _add(seeded, paying)
    for action in ("succeed", "authorize", "process", "fail", "cancel"):
        seeded.records.append(Record({"provider_ref": payment["provider_ref"], "action": action}))
    _add(seeded, delivered(shop, shop.cart(seeded.skus[0])))
    staff = shop.staff("POST", "/orders", {"lines": [{"sku": seeded.skus[0], "quantity": 1}], "shipping_address": GERMANY}).ok(201)
    seeded.records.append(Record({"order_id": staff["id"]}))
    seeded.records += [Record({"of": "scan", "code": code}) for code in (staff["number"], "mug-blue", "SO000123", "an INV/2031/00042")]
    _add_people(seeded)
    seeded.records += [Record(values) for values in standing_records(shop)]
    return seeded


def _add_people(seeded: SeededShop) -> None:
    """Accounts of customers and staff, and a key."""
    shop = seeded.shop
    # Strangers try many a password.
    shop.staff("PATCH", "/settings", {"limits": {"failed_logins_per_minute": 1000, "registrations_per_minute": 1000}}).ok()
    token = shop.store("POST", "/customers", {"email": SARA, "password": PASSWORD}).ok(201)["token"]
    for submitted in (True, False):
        cart = shop.cart(seeded.skus[0], headers={"Authorization": f"Bearer {token}"})
        if submitted:
            cart.submitted()
    customer = shop.staff("POST", "/customers", {"email": "lan@example.org", "addresses": [GERMANY]}).ok(201)
    seeded.records.append(Record({"customer_id": customer["id"]}))
    shop.staff("POST", "/staff", {"email": SAM, "name": "Sam", "roles": ["owner"], "password": PASSWORD}).ok(201)
    member = shop.staff("POST", "/staff", {"email": "lena@example.org", "name": "Lena", "roles": ["sales"]}).ok(201)
    seeded.records.append(Record({"staff_id": member["id"]}))
    key = shop.staff("POST", "/api_keys", {"name": "till", "roles": ["sales"]}).ok(201)
    seeded.records.append(Record({"key_id": key["id"]}))


def delivered(shop: Shop, cart: Cart) -> Cart:
    """Paid and sent, with its invoice rendered and its mails gone."""
    shop.tell("succeeded", cart.submitted()).ok()
    ready = eventually(lambda: [one for one in cart.order("deliveries")["deliveries"] if one["state"] == "ready"], what="a delivery")
    shop.staff("POST", f"/deliveries/{ready[0]['id']}/validate", {"tracking_number": "1Z999"}).ok()
    eventually(lambda: [one for one in cart.order("invoices")["invoices"] if one["pdf_ready"]], what="the PDF")
    eventually(lambda: len(cart.mails("sent")) >= 3, what="the mails")
    return cart


def _add(seeded: SeededShop, cart: Cart) -> None:
    """Records of the order and of all that hangs on it."""
    order = cart.order("payments", "deliveries", "invoices")
    seeded.records.append(Record({"order_id": cart.id, "line_id": order["lines"][0]["id"]}, cart.token))
    seeded.records += [Record({"payment_id": payment["id"]}) for payment in order["payments"]]
    seeded.records += [Record({"notification_id": mail["id"]}) for mail in cart.mails()]
    for delivery in order["deliveries"]:
        seeded.records.append(Record({"delivery_id": delivery["id"]}))
        seeded.records += [Record({"parcel_id": parcel["id"]}) for parcel in delivery["parcels"]]
    for invoice in order["invoices"]:
        seeded.records.append(Record({"invoice_id": invoice["id"]}))
        seeded.records.append(Record({"order_id": cart.id, "document_id": invoice["id"]}, cart.token))


def narrowed(document: dict[str, Any], seeded: SeededShop) -> dict[str, Any]:
    """The document with what this shop has in place of any well-formed code or amount: bodies that are taken, not only read."""
    wanted: dict[str, dict[str, Any]] = {
        "sku": {"enum": seeded.skus},
        "shipping_method": {"enum": ["standard"]},
        "payment_method": {"enum": ["card"]},
        "currency": {"enum": ["EUR"]},
        "country": {"enum": ["DE"]},
        "email": {"enum": [SARA, *(f"guest-{number}@example.org" for number in range(20))]},
        "password": {"enum": [PASSWORD]},
        "to": {"enum": ["sara@example.org"]},
        "roles": {"type": "array", "items": {"enum": ["warehouse", "sales"]}, "minItems": 1, "maxItems": 2},
    }
    for names, values in (
        (("price", "unit_price", "shipping_price", "value"), ["0.50", "3.00"]),
        (("tax_rate", "discount_percent"), ["0", "7.5", "19"]),
        (("at", "expires_at", "now"), ["2031-05-01T14:20:00Z", "2031-05-02T00:00:00+02:00"]),
    ):
        wanted |= {name: {"enum": values} for name in names}
    narrow = deepcopy(document)
    for name in _request_schemas(narrow):
        properties = narrow["components"]["schemas"][name].get("properties", {})
        for key in set(properties) & set(wanted):
            properties[key] = wanted[key]
    return narrow


def _request_schemas(document: dict[str, Any]) -> set[str]:
    schemas: dict[str, Any] = document["components"]["schemas"]
    roots = [operation.get("requestBody") for item in document["paths"].values() for operation in item.values()]
    found: set[str] = set()
    waiting = _references(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas[name])
    return found


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"].rsplit("/", 1)[-1]] if str(part.get("$ref", "")).startswith("#/components/schemas/") else []
        return own + [name for value in part.values() for name in _references(value)]
    return [name for value in part for name in _references(value)] if isinstance(part, list) else []
