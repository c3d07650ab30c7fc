"""Carts: made, shown, edited, and seen by nobody else."""

from __future__ import annotations

import pytest

from tests.support.driver import OWNER, ServiceDriver
from tests.support.samples_catalogue import PUBLISHABLE_KEY
from tests.support.samples_orders import HOME, STOREFRONT, by_guest, given_cart, given_product, given_shop, given_stock, guest, seen


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def test_first_product_makes_the_order_in_state_quotation(orders: ServiceDriver) -> None:
    """R-ORD-01."""
    cart = given_cart(orders)

    assert cart["id"].startswith("ord_")
    assert (cart["state"], cart["status"], cart["number"]) == ("quotation", "cart", None)
    assert orders.told() == ["orders.order_created"]
    [row] = orders.rows("SELECT record_type, from_state, to_state, command FROM history WHERE record_id = :id", id=cart["id"])
    assert row == ("order", None, "quotation", "create")


def test_answer_names_the_cart_and_its_version(orders: ServiceDriver) -> None:
    answer = orders.asks("POST", "/store/v1/carts", {}, caller=STOREFRONT)

    assert answer.headers["location"] == f"/store/v1/carts/{answer.body['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.body["lines"] == []


def test_token_of_the_201_alone_opens_the_cart(orders: ServiceDriver) -> None:
    """R-ACC-01, R-ACC-02."""
    key = {"x-publishable-key": PUBLISHABLE_KEY}
    cart = orders.asks("POST", "/store/v1/carts", {}, caller=None, headers=key).body
    path = f"/store/v1/carts/{cart['id']}"

    assert orders.asks("GET", path, caller=None, headers={**key, "x-order-token": cart["order_token"]}).status == 200
    assert "order_token" not in seen(orders, cart)
    assert orders.asks("GET", path, caller=None, headers={**key, "x-order-token": "wrong"}).status == 404
    assert orders.asks("GET", path, caller=None, headers=key).status == 404
    assert orders.asks("GET", path, caller=None).status == 401


def test_another_guest_sees_and_changes_nothing(orders: ServiceDriver) -> None:
    """R-ACC-01."""
    cart, other = given_cart(orders), given_cart(orders)
    path = f"/store/v1/orders/{cart['id']}"

    for method, target, body in (
        ("GET", path, None),
        ("PATCH", path, {"name": "Eve"}),
        ("POST", path + "/lines", {"sku": "mug", "quantity": 1}),
        ("DELETE", f"{path}/lines/{cart['lines'][0]['id']}", None),
        ("GET", path + "/shipping_methods", None),
    ):
        assert orders.asks(method, target, body, caller=guest(other["id"])).status == 404
    assert orders.asks("GET", path, caller=OWNER).status == 401


def test_requirements_name_all_that_submit_still_needs(orders: ServiceDriver) -> None:
    """R-ORD-07."""
    empty = given_cart(orders, lines=..., email=..., shipping_address=..., shipping_method=...)
    assert [item["code"] for item in empty["requirements"]] == ["lines_missing", "contact_missing"]

    bare = given_cart(orders, email=..., shipping_address=..., shipping_method=...)
    assert [item["code"] for item in bare["requirements"]] == ["contact_missing", "shipping_address_missing", "shipping_method_missing"]
    assert given_cart(orders)["requirements"] == []


def test_services_need_no_address(orders: ServiceDriver) -> None:
    """R-ORD-12."""
    cart = given_cart(orders, lines=[{"sku": "engraving", "quantity": 1}], shipping_address=..., shipping_method=...)

    assert cart["requirements"] == []
    assert by_guest(orders, "GET", cart, "/shipping_methods").body == {"data": []}


def test_pickup_needs_no_address(orders: ServiceDriver) -> None:
    """R-DLV-20."""
    assert given_cart(orders, shipping_address=..., shipping_method="pickup")["requirements"] == []


def test_address_that_the_method_does_not_serve_is_a_requirement(orders: ServiceDriver) -> None:
    cart = given_cart(orders)

    moved = by_guest(orders, "PATCH", cart, body={"shipping_address": HOME | {"country": "FR"}}).body

    assert [item["code"] for item in moved["requirements"]] == ["address_not_served"]
    refused = by_guest(orders, "PATCH", cart, body={"shipping_method": "standard"})
    assert (refused.status, refused.code) == (422, "shipping_method_unavailable")


def test_product_that_is_not_sold_any_more_is_a_requirement(orders: ServiceDriver) -> None:
    cart = given_cart(orders)
    given_product(orders, "mug", active=False)

    assert [(item["code"], item["pointer"]) for item in seen(orders, cart)["requirements"]] == [("product_unavailable", "/lines/0")]


def test_unknown_skus_and_currencies_are_reported_together(orders: ServiceDriver) -> None:
    """R-MON-24."""
    given_product(orders, "dong-only", price="100", currency="VND")
    lines = [{"sku": "nothing", "quantity": 1}, {"sku": "dong-only", "quantity": 1}]

    answer = orders.asks("POST", "/store/v1/carts", {"lines": lines}, caller=STOREFRONT)

    assert (answer.status, answer.code) == (422, "unknown_sku")
    assert [(item["pointer"], item["code"]) for item in answer.body["errors"]] == [
        ("/lines/0/sku", "unknown_sku"),
        ("/lines/1/sku", "currency_mismatch"),
    ]
    assert orders.told() == []


def test_phone_is_kept_in_e164_and_persian_digits_count(orders: ServiceDriver) -> None:
    """R-LNG-05, R-CAL-02."""
    cart = given_cart(orders, phone="+۴۹ ۳۰ ۹۰۱۸۲۰")
    assert cart["customer"]["phone"] == "+4930901820"

    for phone in ("12", "030 901820", "+49 abc"):
        refused = by_guest(orders, "PATCH", cart, body={"phone": phone})
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/phone")


def test_email_is_checked_and_its_host_made_small(orders: ServiceDriver) -> None:
    assert given_cart(orders, email=" Ada@Example.ORG ")["customer"]["email"] == "Ada@example.org"
    for email in ("ada", "a@b@c", "ada@example.org\nbcc: eve@example.org", ""):
        answer = orders.asks("POST", "/store/v1/carts", {"email": email}, caller=STOREFRONT)
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/email")


def test_null_takes_a_value_away_and_absent_fields_stay(orders: ServiceDriver) -> None:
    cart = given_cart(orders, name="Ada", customer_note="Ring twice", metadata={"campaign": "spring", "deep": {"a": 1, "b": 2}})

    patched = by_guest(orders, "PATCH", cart, body={"name": None, "metadata": {"campaign": None, "deep": {"a": 3}}}).body

    assert patched["customer"]["name"] is None
    assert patched["customer_note"] == "Ring twice"
    assert patched["metadata"] == {"deep": {"a": 3, "b": 2}}


def test_metadata_has_a_limit_also_over_several_edits(orders: ServiceDriver) -> None:
    cart = given_cart(orders, metadata={"a": "x" * 9000})

    answer = by_guest(orders, "PATCH", cart, body={"metadata": {"b": "x" * 9000}})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/metadata")


def test_metadata_of_staff_is_hidden_and_untouched(orders: ServiceDriver) -> None:
    """api.md, section 5: keys that begin with _."""
    order = orders.asks("POST", "/admin/v1/orders", {"lines": [{"sku": "mug", "quantity": 1}], "metadata": {"_margin": 3, "shown": 1}}).body

    assert by_guest(orders, "GET", order).body["metadata"] == {"shown": 1}
    assert by_guest(orders, "PATCH", order, body={"metadata": {"_margin": 0}}).status == 422
    assert orders.asks("GET", f"/admin/v1/orders/{order['id']}").body["metadata"]["_margin"] == 3


def test_unknown_fields_and_texts_for_numbers_are_refused(orders: ServiceDriver) -> None:
    for body in ({"pickup_point": "main"}, {"lines": [{"sku": "mug", "quantity": "2"}]}, {"lines": [{"sku": "mug", "quantity": 0}]}):
        assert orders.asks("POST", "/store/v1/carts", body, caller=STOREFRONT).status == 422


def test_quantity_beyond_stock_is_warned_of_and_accepted(orders: ServiceDriver) -> None:
    """R-ORD-04; R-ORD-05: lines of one sku count together."""
    cart = given_cart(orders, lines=[{"sku": "mug", "quantity": 6}, {"sku": "mug", "quantity": 5, "attributes": {"colour": "red"}}])

    assert [(w["code"], w["pointer"], w["meta"]) for w in cart["warnings"]] == [
        ("stock_short", "/lines/0", {"available": 10}),
        ("stock_short", "/lines/1", {"available": 10}),
    ]
    assert given_cart(orders, lines=[{"sku": "mug", "quantity": 10}])["warnings"] == []


def test_what_may_wait_for_stock_is_not_warned_of(orders: ServiceDriver) -> None:
    """R-STK-06."""
    given_product(orders, "mug", allow_backorder=True)

    assert given_cart(orders, lines=[{"sku": "mug", "quantity": 60}])["warnings"] == []


def test_older_news_of_stock_never_replaces_newer(orders: ServiceDriver) -> None:
    given_stock(orders, "mug", 1, seq=5)
    given_stock(orders, "mug", 99, seq=4)

    assert given_cart(orders)["warnings"][0]["meta"] == {"available": 1}


def test_edit_with_an_old_version_changes_nothing(orders: ServiceDriver) -> None:
    """R-ORD-46."""
    cart = given_cart(orders)
    assert by_guest(orders, "PATCH", cart, body={"name": "Ada"}, headers={"if-match": '"1"'}).headers["etag"] == '"2"'

    answer = by_guest(orders, "PATCH", cart, body={"name": "Eve"}, headers={"if-match": '"1"'})

    assert (answer.status, answer.code, answer.body["version"]) == (412, "version_mismatch", 2)
    assert seen(orders, cart)["customer"]["name"] == "Ada"


def test_edit_that_changes_nothing_tells_nothing(orders: ServiceDriver) -> None:
    cart = given_cart(orders)

    same = by_guest(orders, "PATCH", cart, body={"email": "ada@example.org", "shipping_method": "standard"}).body

    assert same["version"] == 1
    assert orders.told() == ["orders.order_created"]


def test_edit_tells_the_new_total(orders: ServiceDriver) -> None:
    cart = given_cart(orders)
    orders.later(minutes=5)

    patched = by_guest(orders, "PATCH", cart, body={"shipping_method": "pickup"}).body

    [fact] = orders.told_events("orders.order_updated")
    assert (fact.order_version, fact.total, fact.currency) == (2, patched["totals"]["total"], "EUR")
    assert fact.last_activity_at == patched["last_activity_at"] == "2031-05-01T12:05:00.000000Z"


def test_the_shops_languages_and_currency_are_taken_when_none_is_given(orders: ServiceDriver) -> None:
    assert (given_cart(orders)["language"], given_cart(orders)["currency"]) == ("en", "EUR")
    assert given_cart(orders, language="fa")["shipping"]["name"] == "ارسال عادی"
    answer = orders.asks("POST", "/store/v1/carts", {"currency": "XXX"}, caller=STOREFRONT)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/currency")


def test_a_cart_is_of_the_channel_of_its_storefront(orders: ServiceDriver) -> None:
    """R-ACC-11: the key says which, the request does not."""
    outlet = STOREFRONT.model_copy(update={"channel": "outlet"})
    made = orders.asks("POST", "/store/v1/carts", {}, caller=outlet).body
    given_cart(orders)

    assert orders.asks("POST", "/store/v1/carts", {"channel": "web"}, caller=outlet).status == 422
    assert orders.told_events("orders.order_created")[0].channel == "outlet"
    assert [one["id"] for one in orders.asks("GET", "/admin/v1/orders?channel=outlet").body["data"]] == [made["id"]]


def test_cart_with_the_same_key_is_made_once(orders: ServiceDriver) -> None:
    """R-API-01."""
    answers = [orders.asks("POST", "/store/v1/carts", {}, caller=STOREFRONT, headers={"idempotency-key": "k1"}) for _ in range(2)]

    assert answers[0].body == answers[1].body
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert orders.told() == ["orders.order_created"]
