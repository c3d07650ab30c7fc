"""A shop whose every secret can be told from all else, and a day in it. What it leaves behind: remains.py."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

import psutil

from tests.support.following import eventually
from tests.support.remains import lay_the_tap, postgresql
from tests.support.shop import Shop, open_shop
from tests.support.shop_client import Cart, Reply, event_of
from tests.support.stripe_double import StripeDouble, stripe_double

PERSON: Final = {
    "name": "Zora Canaria",
    "email": "zora@canaria.example",
    "phone": "+4915112345678",
    "street": "Kanarienstrasse 77",
    "note": "ring at Fjodor's",
}


@dataclass
class Run:
    """`secret`: canaries by what they are. `answers`: all that was said to whoever asked, with what they may find in it."""

    shop: Shop
    double: StripeDouble
    secret: dict[str, str]
    answers: list[tuple[Reply, frozenset[str]]] = field(default_factory=list)
    command_lines: list[str] = field(default_factory=list)
    """Of all its processes."""

    def ask(self, method: str, path: str, body: Any = None, *, may_tell: str = "", raw: bytes | None = None, **headers: str) -> Reply:
        """A request. `may_tell` names the canaries, by commas, that this answer is there to give."""
        reply = self.shop.call(method, path, body, raw=raw, headers={name.replace("_", "-"): value for name, value in headers.items()})
        self.answers.append((reply, frozenset(may_tell.split(", ")) if may_tell else frozenset()))
        return reply

    @property
    def owner(self) -> dict[str, str]:
        """The owner's credentials, as words for `ask`."""
        return {"Authorization": f"Bearer {self.shop.admin_key}"}

    @property
    def store(self) -> dict[str, str]:
        """A storefront's."""
        return {"X_Publishable_Key": self.shop.publishable_key}

    def telling(self, text: str | bytes, *names: str) -> list[str]:
        """The canaries, all or those named, that can be read out of it: as they are, escaped, in hex or in Base64."""
        found = text.encode() if isinstance(text, str) else text
        return [name for name in names or self.secret if any(form in found for form in forms(self.secret[name]))]


def forms(value: str) -> set[bytes]:
    """How a value looks in bytes, also inside of something longer that was encoded as a whole."""
    raw = value.encode()
    # Of three ways to stand in Base64 the whole groups of four letters are the same whatever is around.
    turned = {base64.b64encode(b"x" * shift + raw)[4 * (shift > 0) : -4] for shift in range(3)}
    return {raw, raw.hex().encode(), quote(value, safe="").encode(), *turned, *(part.translate(_URL_SAFE) for part in turned)}


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


@contextmanager
def open_run(mode: str) -> Iterator[Run]:
    """The shop, with a Stripe account of its own that takes its key."""
    given = {name: f"{prefix}canary{secrets.token_hex(16)}" for name, prefix in _GIVEN.items()}
    with TemporaryDirectory(prefix="cartwright-stripe-") as folder, stripe_double(Path(folder), api_key=given["Stripe's key"]) as double:
        variables = {
            "CARTWRIGHT_SECRET": given["house's secret"],
            "CARTWRIGHT_STRIPE_API_KEY": given["Stripe's key"],
            "CARTWRIGHT_STRIPE_API_BASE": double.api_base,
            "CARTWRIGHT_STRIPE_WEBHOOK_SECRET": given["webhook's secret"],
        }
        passwords = {place: given[f"{place}'s password"] for place in ("mail", "database", "broker")}
        keys = {"admin_key": given["owner's key"], "publishable_key": given["publishable key"]}
        with open_shop(mode, variables=variables, passwords=passwords, keys=keys) as shop:
            yield Run(shop, double, given)


_GIVEN: Final = {
    "owner's key": "sk_",
    "publishable key": "pk_",
    "house's secret": "",
    "Stripe's key": "sk_test_",
    "webhook's secret": "whsec_",
    "mail's password": "",
    "database's password": "",
    "broker's password": "",
    "customer's password": "",
    "staff's password": "",
    "card's number": "4000",
}


def live(run: Run) -> None:
    """A day in the shop: people sign up and in, buy, and err; Stripe, the mail server and the broker go away and come back."""
    if run.shop.mode == "full":
        lay_the_tap(run.shop)
    sku = run.shop.product()
    customer, cart = _of_the_customer(run, sku)
    _of_staff(run)
    _pay(run, cart)
    _err(run, cart)
    _trouble(run, sku, customer)
    _look(run, cart)
    processes = [psutil.Process(run.shop.process_id), *psutil.Process(run.shop.process_id).children(recursive=True)]
    run.command_lines = [" ".join(process.cmdline()) for process in processes if process.is_running()]


def _of_the_customer(run: Run, sku: str) -> tuple[dict[str, str], Cart]:
    body = {"email": PERSON["email"], "password": run.secret["customer's password"], "name": PERSON["name"], "phone": PERSON["phone"]}
    run.secret["hash of a body with a password"] = hashlib.sha256(json.dumps(body).encode()).hexdigest()
    made = run.ask("POST", "/store/v1/customers", body, may_tell="customer's session", Idempotency_Key="register", **run.store)
    run.secret["customer's session"] = made.ok(201)["token"]
    customer = {**run.store, "Authorization": f"Bearer {made.body['token']}"}
    address = {"name": PERSON["name"], "line1": PERSON["street"], "city": "Berlin", "postal_code": "10115", "country": "DE"}
    buys = {"lines": [{"sku": sku, "quantity": 1}], "email": PERSON["email"], "name": PERSON["name"], "phone": PERSON["phone"]}
    buys |= {"shipping_address": address, "shipping_method": "standard", "customer_note": PERSON["note"]}
    reply = run.ask("POST", "/store/v1/carts", buys, may_tell="order's token", Idempotency_Key="cart", **customer)
    run.secret["order's token"] = reply.ok(201)["order_token"]
    again = run.ask("POST", "/store/v1/carts", buys, may_tell="order's token", Idempotency_Key="cart", **customer)
    assert again.headers["idempotent-replayed"] == "true"
    return customer, Cart(run.shop, reply.body["id"], reply.body["order_token"], reply.body)


def _of_staff(run: Run) -> None:
    password, email = run.secret["staff's password"], "sam@canaria.example"
    run.ask("POST", "/admin/v1/staff", {"email": email, "name": "Sam", "roles": ["owner"], "password": password}, **run.owner).ok(201)
    session = run.ask("POST", "/admin/v1/sessions", {"email": email, "password": password}, may_tell="staff's session")
    run.secret["staff's session"] = session.ok(201)["token"]
    made = run.ask(
        "POST", "/admin/v1/api_keys", {"name": "till", "roles": ["sales"]}, may_tell="API key", Idempotency_Key="key", **run.owner
    )
    run.secret["API key"] = made.ok(201)["secret"]
    for token in ("staff's session", "API key"):
        run.ask("GET", "/admin/v1/me", Authorization=f"Bearer {run.secret[token]}").ok()


def _pay(run: Run, cart: Cart) -> None:
    guest = {**run.store, "X_Order_Token": cart.token}
    path = f"/store/v1/carts/{cart.id}/submit"
    submitted = run.ask("POST", path, {"payment_method": "card"}, may_tell="client's secret", Idempotency_Key="submit", **guest)
    payment = submitted.ok()["payment"]
    run.secret["client's secret"] = payment["client_secret"]
    event = json.loads(event_of("succeeded", payment))
    event["data"]["object"]["client_secret"] = payment["client_secret"]
    run.shop.hook(json.dumps(event).encode(), secret=run.secret["webhook's secret"]).ok()
    eventually(lambda: len(cart.mails("sent")) >= 3, what="the mails of a paid order")


def _err(run: Run, cart: Cart) -> None:
    """Everything is said where it does not belong, or wrongly."""
    secret, guest = run.secret, {**run.store, "X_Order_Token": cart.token}
    for name in ("owner's key", "customer's session", "order's token", "API key", "house's secret"):
        run.ask("GET", f"/store/v1/orders/{cart.id}", X_Publishable_Key=secret[name])
        run.ask("GET", f"/store/v1/orders/{cart.id}/documents", **run.store, X_Order_Token=secret[name] + "x")
        run.ask("GET", "/admin/v1/payments", Authorization=f"Bearer {secret[name]}x")
        run.ask("GET", "/admin/v1/orders", Authorization=f"Basic {secret[name]}")
    password = secret["customer's password"]
    for body in (
        {"email": PERSON["email"], "password": password + "x"},
        {"email": PERSON["email"], "password": [password]},
        {"email": [PERSON["email"]], "password": password, "colour": password},
        {"password": password},
    ):
        run.ask("POST", "/store/v1/sessions", body, **run.store)
        run.ask("POST", "/admin/v1/sessions", body)
        run.ask("POST", "/admin/v1/staff", body, **run.owner)
    run.ask("POST", "/store/v1/sessions", raw=f'{{"password": "{password}"'.encode(), Content_Type="application/json", **run.store)
    run.ask("POST", "/store/v1/sessions", raw=f"password={password}".encode(), Content_Type="text/plain", **run.store)
    number = secret["card's number"]
    run.ask("POST", f"/store/v1/carts/{cart.id}/submit", {"payment_method": "card", "card": {"number": number}}, **guest)
    signature = "t=1,v1=" + secret["webhook's secret"]
    run.ask("POST", "/hooks/v1/stripe", raw=b"{}", Content_Type="application/json", Stripe_Signature=signature)


def _trouble(run: Run, sku: str, customer: dict[str, str]) -> None:
    """Each neighbour goes away once, and what it refuses is said and logged."""
    shop = run.shop
    run.double.fail_next(5, "500")
    lost = shop.cart(sku, email=PERSON["email"], name=PERSON["name"])
    refused = run.ask("POST", f"/store/v1/carts/{lost.id}/submit", {"payment_method": "card"}, X_Order_Token=lost.token, **run.store)
    assert refused.status >= 500
    shop.mail.recipient_reply = f"550 no such user {PERSON['email']}"
    if shop.broker_cable is not None:
        shop.broker_cable.cut()
        with postgresql(shop) as connection:
            # Whoever asks next finds a broken connection.
            connection.execute(_END_ALL_OTHERS)
        for _ in range(5):
            run.ask("GET", "/store/v1/customers/me", **customer)
            run.ask("GET", "/admin/v1/payments", **run.owner)
    mails = shop.listed("/notifications", recipient=PERSON["email"], limit="100")
    resent = eventually(lambda: _resent(run, mails[0]["id"]), what="a mail sent anew")
    if shop.broker_cable is not None:
        shop.broker_cable.mend()
    eventually(lambda: shop.staff("GET", f"/notifications/{resent}").ok()["state"] == "dead", what="a mail that was refused")
    shop.mail.recipient_reply = None


_END_ALL_OTHERS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _resent(run: Run, mail: str) -> str:
    reply = run.ask("POST", f"/admin/v1/notifications/{mail}/resend", {}, **run.owner)
    return str(reply.body["id"]) if reply.status == 201 else ""


_LISTS: Final = (
    *("orders", "customers", "staff", "api_keys", "settings", "audit_log", "events", "provider_events"),
    *("payments", "payment_methods", "tasks", "invoices", "deliveries"),
)


def _look(run: Run, cart: Cart) -> None:
    """The owner looks at everything that there is to look at."""
    for path in (*_LISTS, f"orders/{cart.id}?include=payments,deliveries,invoices", f"orders/{cart.id}/timeline", "notifications"):
        found = run.ask("GET", f"/admin/v1/{path}", **run.owner).ok()
        for record in found["data"] if path in ("provider_events", "notifications") else ():
            # A mail is shown as it was sent, and the customer's link is in it.
            may_tell = "order's token" if path == "notifications" else ""
            run.ask("GET", f"/admin/v1/{path}/{record['id']}", may_tell=may_tell, **run.owner).ok()
    for path in ("/readyz", "/healthz", "/openapi.json", "/metrics"):
        run.ask("GET", path)
    run.ask("GET", f"/store/v1/orders/{cart.id}", **run.store, X_Order_Token=cart.token).ok()
    run.ask("GET", f"/store/v1/orders/{cart.id}/documents", **run.store, X_Order_Token=cart.token).ok()
