"""README.md, what a shop can do today: look, and run it; what is not there, and where more is written."""

from __future__ import annotations

import json
import re

import pytest

from tests.strangers.conftest import ROOT, run
from tests.strangers.test_delivering import delivery, does, paid
from tests.strangers.test_selling import PASSWORD, confirmed
from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_list_orders_by_every_state_and_find_them(shop: Shop) -> None:
    """Views with their counts; by number in any digits, name, e-mail; scan the code of an order or product."""
    cart = paid(shop)
    order = cart.order()
    for query in (order["number"], order["number"].translate(PERSIAN), order["customer"]["email"]):
        assert cart.id in [one["id"] for one in eventually(lambda: shop.listed("/orders", q=query), what=query)], query  # noqa: B023
    for status, value in (("state", "confirmed"), ("payment_status", "paid"), ("delivery_status", "pending")):
        assert cart.id in [one["id"] for one in shop.listed("/orders", **{status: value}, limit="100")]
    assert len(shop.staff("GET", "/orders/counts").ok()) >= 1
    assert shop.staff("GET", f"/scan/{order['number']}").ok()["id"] == cart.id


def test_list_what_belongs_to_orders(shop: Shop) -> None:
    """Payments, invoices, deliveries, reservations, stock, its moves and mails; one order with all its parts; its timeline; all facts."""
    cart = paid(shop)
    does(shop, delivery(cart), "validate")
    for path in ("/payments", "/invoices", "/deliveries", "/reservations", "/notifications"):
        assert eventually(lambda: shop.listed(path, order_id=cart.id), what=path)  # noqa: B023
    assert shop.listed("/stock")
    assert shop.listed("/stock/moves")
    order = cart.order("payments", "deliveries", "invoices")
    assert order["payments"]
    assert order["deliveries"]
    told = eventually(
        lambda: {entry["service"] for entry in shop.timeline(cart.id)} >= {"orders", "billing", "delivery"}, what="a timeline"
    )
    assert told
    assert shop.listed("/events")


def test_see_what_needs_a_person_as_tasks(shop: Shop) -> None:
    """With the requests that repair it; they end by themselves when their cause is gone."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.tell("succeeded", payment, amount=1).ok()
    [task] = eventually(lambda: shop.listed("/tasks", order_id=cart.id, state="open"), what="the task")
    assert task["actions"]
    shop.staff("POST", f"/payments/{payment['id']}/resolve", {"action": "ignore", "note": "a test"}).ok()
    eventually(lambda: not shop.listed("/tasks", order_id=cart.id, state="open"), what="its end")


def test_let_staff_sign_in_and_give_out_keys(shop: Shop) -> None:
    """Roles, keys that are taken back, sellers who see their own lines, an audit log, and refusals that are problems with a code."""
    email = "lena@shop.example"
    shop.staff("POST", "/staff", {"email": email, "name": "Lena", "roles": ["warehouse"], "password": PASSWORD}).ok(201)
    token = shop.call("POST", "/admin/v1/sessions", {"email": email, "password": PASSWORD}).ok(201)["token"]
    refused = shop.staff("GET", "/payments", key=token)
    assert (refused.status, refused.code, refused.headers["content-type"]) == (403, "forbidden", "application/problem+json")
    key = shop.staff("POST", "/api_keys", {"name": "till", "roles": ["sales"]}).ok(201)
    assert shop.staff("GET", "/orders", key=key["secret"]).status == 200
    shop.staff("DELETE", f"/api_keys/{key['id']}")
    eventually(lambda: shop.staff("GET", "/orders", key=key["secret"]).status == 401, what="the key's end")

    cart = shop.cart(shop.product(seller_id="loom"))
    cart.call("POST", "/lines", {"sku": shop.product(), "quantity": 1}).ok()
    seller = shop.staff("POST", "/api_keys", {"name": "loom", "roles": ["seller"], "seller_id": "loom"}).ok(201)["secret"]
    assert shop.staff("GET", f"/orders/{cart.id}", key=seller).status == 404
    shop.tell("succeeded", cart.submitted()).ok()
    confirmed(cart)
    assert len(shop.staff("GET", f"/orders/{cart.id}", key=seller).ok()["lines"]) == 1
    assert "POST /admin/v1/api_keys" in {entry["action"] for entry in shop.listed("/audit_log", limit="100")}


def test_look_at_settings_connections_and_health(shop: Shop) -> None:
    """And at work that failed for good."""
    assert shop.call("GET", "/healthz").status == 200
    assert set(shop.call("GET", "/readyz").ok()["services"].values()) == {"ok"}
    assert shop.staff("GET", "/settings").ok()
    ours = {name: value for name, value in shop.environment.items() if name.startswith("CARTWRIGHT_")}
    check = run(shop.folder, "check", **ours)
    assert (check.returncode, check.stderr) == (0, "")
    letters = run(shop.folder, "dead-letters", **ours)
    assert letters.returncode == 0, letters.stderr


def test_play_stripe_and_move_the_clock(shop: Shop) -> None:
    """In test mode: its disputes, too."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    for action in ("succeed", "dispute"):
        shop.staff("POST", f"/simulators/stripe/{payment['provider_ref']}/{action}", {}).ok()
    eventually(lambda: cart.payments()[0]["dispute"] == "open", what="the dispute")
    shop.pass_time(minutes=1)
    assert shop.staff("GET", "/test_clock").ok()["now"]


def test_nothing_is_lost_when_a_process_dies(shop: Shop) -> None:
    """ "whichever process dies in between": kill -9 right after the webhook's answer, and once in effect."""
    cart = shop.cart(shop.product())
    shop.tell("succeeded", cart.submitted()).ok(200)
    shop.restart()
    order = confirmed(cart)
    assert order["payment_status"] == "paid"
    eventually(lambda: len(cart.order("invoices")["invoices"]) == 1 == len(cart.order("deliveries")["deliveries"]), what="what follows")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/payments/{payment}/refund", {}),
        ("POST", "/orders/{order}/refunds", {}),
        ("POST", "/orders/{order}/lock", {}),
        ("PUT", "/statuses/mine", {}),
        ("POST", "/returns", {}),
        ("PUT", "/templates/invoice", {}),
        ("PUT", "/webhooks/mine", {}),
        ("POST", "/orders/{order}/labels", {}),
    ],
)
def test_what_does_not_exist_is_refused_not_ignored(shop: Shop, method: str, path: str, body: object) -> None:
    """ "It is planned. What does not exist is refused, not ignored." Also a field or a setting."""
    reply = shop.staff(method, path.format(payment="pay_1", order="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"), body)
    assert (reply.status, reply.code) in ((404, "not_found"), (405, "method_not_allowed"))
    assert shop.staff("PATCH", "/settings", {"returns": {"period_days": 30}}).status == 422
    assert shop.store("POST", "/carts", {"discount_code": "SPRING"}).status == 422


def test_returns_can_only_be_looked_up(shop: Shop) -> None:
    """ "which lines may come back, and why others may not, can be looked up; nothing can be sent back yet"."""
    cart = paid(shop, shipping_address=GERMANY)
    does(shop, delivery(cart), "validate")
    lines = eventually(lambda: cart.call("GET", "/returnable", below="orders").ok()["data"], what="what may come back")
    assert len(lines) == 1
    assert cart.call("POST", "/returns", {}, below="orders").status in (404, 405)


def test_what_is_not_in_scope_has_no_path() -> None:
    """Saved cards, signatures, ratings, back-in-stock notices: the document knows of none."""
    paths = " ".join(json.loads((ROOT / "services" / "gateway" / "openapi.json").read_text())["paths"])
    for word in ("saved", "signature", "rating", "review_request", "back_in_stock", "commission", "drop_ship", "sms"):
        assert word not in paths


def test_documents_are_there_and_the_shop_describes_itself(shop: Shop) -> None:
    """Every link of the README leads somewhere; /openapi.json is OpenAPI 3.1 with every path that this page names."""
    readme = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#]+)\)", readme)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
    document = shop.call("GET", "/openapi.json").ok()
    assert document["openapi"].startswith("3.1")
    assert "/hooks/v1/stripe" in document["paths"]
