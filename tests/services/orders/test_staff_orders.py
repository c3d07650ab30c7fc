"""Orders made by staff and integrations, and the one list of all orders."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import ROLES, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with
from tests.support.samples_orders import HOME, by_guest, given_cart, given_confirmed, given_product, given_shop, given_submitted, submits

MUG = {"sku": "mug", "quantity": 2}
SALES = Caller(type="api_key", id="key_SALES", name="sales", permissions=ROLES["sales"])
SUPPORT = Caller(type="api_key", id="key_SUPPORT", name="support", permissions=ROLES["support"])


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def makes(orders: ServiceDriver, *, caller: Caller = SALES, **body: Any) -> Answer:
    return orders.asks("POST", "/admin/v1/orders", {"lines": [MUG]} | body, caller=caller)


def listed(orders: ServiceDriver, query: str = "") -> list[str]:
    answer = orders.asks("GET", f"/admin/v1/orders{query}")
    assert answer.status == 200, answer.body
    return [order["id"] for order in answer.body["data"]]


def test_staff_order_is_a_numbered_quotation(orders: ServiceDriver) -> None:
    """R-ORD-19, R-ORD-32, R-ORD-45."""
    answer = makes(orders, customer={"name": "Ada", "phone": "+49 30 901820", "type": "business", "company": "Engines"})

    order = answer.body
    assert (answer.status, answer.headers["location"]) == (201, f"/admin/v1/orders/{order['id']}")
    assert (order["state"], order["number"], order["channel"]) == ("quotation", "SO000001", "phone")
    assert (order["customer"]["phone"], order["customer"]["type"], order["customer"]["company"]) == ("+4930901820", "business", "Engines")
    assert "order_token" not in order
    assert (order["hold"], order["tags"], order["assignment"]["source"]) == (None, [], "none")


def test_own_prices_and_discounts_are_priced_by_the_engine(orders: ServiceDriver) -> None:
    """R-MON-03, R-MON-11: 2 x 10.00 less 10 %, 30.00, less 5 % of all items, less 3.00 of shipping."""
    order = makes(
        orders,
        lines=[
            MUG | {"unit_price": "10.00", "discount_percent": "10", "price_reason": "regular"},
            {"sku": "engraving", "quantity": 1},
        ],
        discounts=[
            {"label": "Spring", "type": "percent", "value": "5"},
            {"label": "Post", "type": "amount", "value": "3", "applies_to": "shipping"},
        ],
        shipping_method="standard",
        shipping_price="3.50",
        shipping_address=HOME,
    ).body

    line = order["lines"][0]
    assert (line["unit_price"], line["list_price"], line["discount_percent"], line["price_reason"]) == ("10.00", "12.50", "10", "regular")
    assert [(discount["amount"], discount["value"]) for discount in order["discounts"]] == [("2.40", "5"), ("3.00", "3.00")]
    assert (order["totals"]["items"], order["totals"]["discount"], order["totals"]["shipping"]) == ("48.00", "5.40", "3.50")
    assert (order["totals"]["net"], order["totals"]["total"]) == ("46.10", "55.32")
    assert order["shipping"]["price"] == "3.50"


def test_voucher_comes_off_the_total(orders: ServiceDriver) -> None:
    """R-MON-11."""
    order = makes(orders, discounts=[{"label": "Gift", "type": "voucher", "value": "10.00"}]).body

    assert (order["totals"]["voucher"], order["totals"]["total"], order["lines"][0]["voucher"]) == ("10.00", "20.00", "10.00")


def test_prices_of_staff_stand_when_the_catalogue_changes(orders: ServiceDriver) -> None:
    """R-MON-13."""
    order = makes(orders, customer={"email": "ada@example.org"}, shipping_method="pickup").body
    given_product(orders, "mug", price="99.00", weight_g=400)

    patched = by_guest(orders, "PATCH", order, body={"name": "Ada"}).body

    assert (patched["lines"][0]["unit_price"], patched["warnings"]) == ("12.50", [])
    assert submits(orders, order, expected_total=order["totals"]["total"]).status == 200


def test_phone_alone_is_contact_enough_for_staff(orders: ServiceDriver) -> None:
    assert "contact_missing" not in [r["code"] for r in makes(orders, customer={"phone": "+49 30 901820"}).body["requirements"]]
    assert "contact_missing" in [r["code"] for r in makes(orders).body["requirements"]]


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [MUG | {"unit_price": "10.00", "price_reason": "regular"}]},
        {"lines": [MUG | {"discount_percent": "10", "price_reason": "regular"}]},
        {"discounts": [{"label": "Spring", "type": "percent", "value": "5"}]},
        {"shipping_method": "standard", "shipping_price": "0.00"},
    ],
)
def test_another_price_needs_its_permission(orders: ServiceDriver, body: dict[str, Any]) -> None:
    """R-ORD-45, R-ACC-04."""
    answer = makes(orders, caller=SUPPORT, **body)

    assert (answer.status, answer.body["required_permission"]) == (403, "orders.price_override")
    assert makes(orders, **body).status == 201
    assert makes(orders, caller=SUPPORT).status == 201


def test_wrong_prices_are_reported_together(orders: ServiceDriver) -> None:
    """R-MON-23, R-ORD-45, R-ORD-06."""
    answer = makes(
        orders,
        lines=[
            MUG | {"unit_price": "10.001", "price_reason": "regular"},
            MUG | {"discount_percent": "101"},
            MUG | {"unit_price": "0.00", "price_reason": "gift"},
            {"sku": "nothing", "quantity": 1},
        ],
        discounts=[{"label": "x", "type": "amount", "value": "-1"}],
        shipping_price="1.00",
    )

    assert (answer.status, answer.code) == (422, "money_precision")
    assert [item["pointer"] for item in answer.body["errors"]] == [
        "/lines/0/unit_price",
        "/lines/1/price_reason",
        "/lines/1/discount_percent",
        "/lines/2/unit_price",
        "/lines/3/sku",
        "/discounts/0/value",
        "/shipping_price",
    ]


def test_exempt_customer_pays_no_tax_and_not_the_tax_in_the_price(orders: ServiceDriver) -> None:
    """R-MON-25: 12.50 with 20 % is 10.42 without."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"tax": {"prices_include_tax": True}}})

    order = makes(orders, customer={"tax_exempt": True}).body

    assert (order["lines"][0]["unit_price"], order["totals"]["tax"], order["totals"]["total"]) == ("10.42", "0.00", "20.84")


def test_external_id_is_unique(orders: ServiceDriver) -> None:
    """R-ORD-66."""
    assert makes(orders, external_id="shop-1").status == 201

    answer = makes(orders, external_id="shop-1")

    assert (answer.status, answer.code, answer.body["errors"][0]["pointer"]) == (409, "already_exists", "/external_id")
    assert len(listed(orders)) == 1


@pytest.mark.parametrize("field", [{"tags": ["vip"]}, {"channel": "import"}, {"valid_until": "2031-06-01T00:00:00Z"}])
def test_fields_of_later_features_are_unknown(orders: ServiceDriver, field: dict[str, Any]) -> None:
    assert makes(orders, **field).status == 422


def test_reading_and_writing_need_their_permissions(orders: ServiceDriver) -> None:
    """R-ACC-04, R-ACC-05."""
    order = makes(orders).body
    readonly, warehouse = key_with(orders, "readonly"), key_with(orders, "warehouse")

    assert asks_with(orders, readonly, "GET", f"/admin/v1/orders/{order['id']}").status == 200
    refused = asks_with(orders, warehouse, "POST", "/admin/v1/orders", {"lines": [MUG]})
    assert (refused.status, refused.body["required_permission"]) == (403, "orders.write")
    assert orders.asks("GET", "/admin/v1/orders", caller=None).status == 401


def test_every_order_is_on_the_one_list_newest_first(orders: ServiceDriver) -> None:
    """R-ORD-30."""
    cart = given_cart(orders)
    orders.later(minutes=1)
    staff = makes(orders).body
    orders.later(minutes=1)
    submitted = given_submitted(orders)

    assert listed(orders) == [submitted["id"], staff["id"], cart["id"]]
    assert listed(orders, "?sort=created_at") == [cart["id"], staff["id"], submitted["id"]]


def test_filters_narrow_the_list(orders: ServiceDriver) -> None:
    """R-ORD-31 among them."""
    cart = given_cart(orders)["id"]
    orders.later(hours=1)
    unpaid = given_submitted(orders)["id"]
    orders.later(hours=1)
    paid = given_confirmed(orders)["id"]
    staff = makes(orders).body["id"]

    assert listed(orders, "?state=confirmed") == [paid]
    assert set(listed(orders, "?state=confirmed,quotation")) == {cart, unpaid, paid, staff}
    assert listed(orders, "?payment_status=unpaid") == [unpaid]
    assert set(listed(orders, "?payment_status=paid,unpaid")) == {paid, unpaid}
    assert listed(orders, "?delivery_status=pending") == [paid]
    assert listed(orders, "?invoice_status=to_invoice") == [paid]
    assert listed(orders, "?channel=phone") == [staff]
    assert set(listed(orders, "?submitted=true")) == {unpaid, paid}
    assert set(listed(orders, "?submitted=false")) == {cart, staff}
    assert listed(orders, "?created_at[lt]=2031-05-01T13:00:00Z") == [cart]
    assert listed(orders, "?created_at[gte]=2031-05-01T13:00:00Z&created_at[lt]=2031-05-01T14:00:00Z") == [unpaid]
    assert listed(orders, "?confirmed_at[gte]=2031-05-01T14:00:00Z") == [paid]
    assert listed(orders, "?confirmed_at[lt]=2031-05-01T14:00:00Z") == []


@pytest.mark.parametrize(
    "query", ["q=ada", "tag=vip", "state=open", "submitted=yes", "sort=total", "created_at[gte]=yesterday", "created_at=1", "after=cur_x"]
)
def test_unknown_filters_and_values_are_refused(orders: ServiceDriver, query: str) -> None:
    answer = orders.asks("GET", f"/admin/v1/orders?{query}")

    assert (answer.status, answer.code) == (422, "validation_failed")


@pytest.mark.parametrize("sort", ["", "&sort=created_at"])
def test_pages_hold_every_order_once(orders: ServiceDriver, sort: str) -> None:
    """R-ORD-60: also those made at the same instant."""
    made = {given_cart(orders)["id"] for _ in range(5)}
    found: list[str] = []
    query: str | None = f"?limit=2{sort}"
    while query is not None:
        page = orders.asks("GET", f"/admin/v1/orders{query}").body
        found += [order["id"] for order in page["data"]]
        query = f"?limit=2{sort}&after={page['page']['next']}" if page["page"]["has_more"] else None

    assert (len(found), set(found)) == (5, made)


def test_list_shows_whole_orders(orders: ServiceDriver) -> None:
    order = makes(orders, discounts=[{"label": "Spring", "type": "percent", "value": "5"}]).body

    [shown] = orders.asks("GET", "/admin/v1/orders").body["data"]

    assert shown == orders.asks("GET", f"/admin/v1/orders/{order['id']}").body == order
