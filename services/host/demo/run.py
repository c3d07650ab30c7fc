"""`cartwright demo`: the shop in test mode with the sample catalogue, and some orders in it to look at."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from typing import Any, Final

from services.host import demo
from services.host.demo.client import Record, ShopAway, ShopClient
from services.host.demo.placing import NothingMoves, place, wait_for
from services.host.demo.plan import plan_orders
from services.host.keys import read_keys
from services.host.up import up
from shared.errors import CartwrightError, SettingInvalid
from shared.settings import Environment

CLOSING_SECONDS: Final = 30.0
SETTINGS: Final[dict[str, Any]] = {
    "store": {
        "name": "Cartwright's Tea House",
        "address": {
            "name": "Cartwright's Tea House",
            "line1": "Speicherstraße 12",
            "city": "Hamburg",
            "postal_code": "20457",
            "country": "DE",
        },
        "tax_id": "DE999000100",
        "phone": "+493023125100",
        "email": "hello@tea-house.example.org",
        "mail_from": "hello@tea-house.example.org",
        "orders_emails": ["orders@tea-house.example.org"],
        "time_zone": "Europe/Berlin",
        "default_currency": "EUR",
        "currency_decimals": {"IRR": 0},
    },
    "tax": {"prices_include_tax": False, "rounding": "per_line"},
    "billing": {"invoice_trigger": {"business": "on_confirm", "private": "on_payment"}},
}
"""The sample shop's own; all of it invented."""
ACCOUNT: Final = {"iban": "DE02 1203 0000 0000 2020 51", "bic": "BYLADEM1001", "bank": "Sample Bank"}
"""Where wires go: an account number from the banks' own examples."""


def run_demo(environment: Environment, *, orders: int) -> int:
    """Starts everything, fills an empty shop with `orders` orders at most, says how to look at it, and stays up until Ctrl-C.

    Raises SettingInvalid: a key of Stripe's is set, and the demo pays by its simulator only; what `up` raises.
    """
    if environment.stripe_api_key is not None:
        raise SettingInvalid("CARTWRIGHT_STRIPE_API_KEY is set: the demo pays by its own simulator, never at Stripe; leave it empty")
    # On PostgreSQL and RabbitMQ the children read the environment themselves.
    os.environ["CARTWRIGHT_TEST_MODE"] = "1"
    quiet = {} if "log_level" in environment.model_fields_set else {"log_level": "WARNING"}
    if quiet:
        os.environ["CARTWRIGHT_LOG_LEVEL"] = quiet["log_level"]
    environment = environment.model_copy(update={"test_mode": True, **quiet})
    closing = threading.Event()

    def ready() -> None:
        threading.Thread(target=_open_shop, args=(environment, closing), kwargs={"orders": orders}, name="demo", daemon=True).start()

    _say("Starting the shop …")
    try:
        up(environment, ready=ready)
    except KeyboardInterrupt:
        pass
    finally:
        closing.set()
    _say("\nThe shop is closed. Its data stays; the next start finds it.")
    return 0


def _open_shop(environment: Environment, closing: threading.Event, *, orders: int) -> None:
    keys = read_keys(environment)
    shop = ShopClient(environment.local_url, keys.publishable_key, keys.admin_key)
    try:
        _fill(shop, closing, orders=orders)
        _tell_how_to_look(shop, admin_key=keys.admin_key, publishable_key=keys.publishable_key)
    except CartwrightError as error:
        # A shop that closes is away a little before it says so.
        if not closing.wait(CLOSING_SECONDS if isinstance(error, ShopAway) else 0):
            _say(f"The demo stopped filling the shop, which stays up at {shop.base_url}: {error}", to=sys.stderr)


def _fill(shop: ShopClient, closing: threading.Event, *, orders: int) -> None:
    catalogue = {
        "sellers": demo.sellers(),
        "products": demo.products(),
        "stock": demo.stock(),
        "shipping_methods": demo.shipping_methods(),
    }
    if not shop.products(limit=1):
        shop.change_settings(SETTINGS)
        shop.change_payment_method("wire", details=ACCOUNT)
        shop.load_catalogue(**catalogue)
        _say(f"Loaded {len(catalogue['products'])} products of {len(catalogue['sellers'])} sellers, with stock and shipping methods.")
    if shop.orders(limit=1):
        _say("The shop has orders already: none are placed.")
        return
    plans = plan_orders(
        orders,
        customers=demo.customers(),
        products=catalogue["products"],
        stock=catalogue["stock"],
        shipping_methods=catalogue["shipping_methods"],
    )
    for position, plan in enumerate(plans, start=1):
        if closing.is_set():
            return
        number = place(shop, plan)
        customer = f"{plan.customer['language']}  {plan.currency}  {plan.customer['type']}"
        _say(f"{position:4}  {_short(number):12}  {customer:18}  {plan.stage.value}")


def _short(number: str) -> str:
    return number if len(number) <= 12 else "…" + number[-11:]


def _tell_how_to_look(shop: ShopClient, *, admin_key: str, publishable_key: str) -> None:
    cartwright = "cartwright" if shutil.which("cartwright") else "./run"
    header = f"-H 'Authorization: Bearer {admin_key}'"
    lines = [
        "",
        f"The shop is open at {shop.base_url}; Ctrl-C closes it.",
        f"  admin key        {admin_key}",
        f"  publishable key  {publishable_key}",
        "",
        "The last orders:",
        f"  curl -s {header} '{shop.base_url}/admin/v1/orders?limit=5'",
    ]
    invoice = _drawn_invoice(shop)
    if invoice is not None:
        lines += [
            f"What happened to order {invoice['order_number']}, in all services:",
            f"  curl -s {header} '{shop.base_url}/admin/v1/orders/{invoice['order_id']}/timeline'",
            f"Its invoice {invoice['number']}:",
            f"  curl -s {header} -o invoice.pdf '{shop.base_url}/admin/v1/invoices/{invoice['id']}/pdf'",
        ]
    lines += ["One more order, and its timeline as it happens:", f"  {cartwright} order --language fa"]
    _say("\n".join(lines))


def _drawn_invoice(shop: ShopClient) -> Record | None:
    """An invoice whose PDF is there; the first of a new shop takes some seconds. None: there is none, or none gets drawn."""

    def drawn() -> list[Record]:
        return [invoice for invoice in shop.invoices(state="posted", limit=100) if invoice["pdf_ready"]]

    if not shop.invoices(state="posted", limit=1):
        return None
    try:
        wait_for(lambda: bool(drawn()), "the first invoice's PDF")
    except NothingMoves:
        return None
    return drawn()[0]


def _say(text: str, *, to: Any = None) -> None:
    print(text, file=to or sys.stdout, flush=True)
