"""Orders made by staff and integrations."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import ROLES, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with
from tests.support.samples_orders import HOME, by_guest, given_cart, given_confirmed, given_product, given_shop, submits

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


@pytest.mark.parametrize("field", [{"channel": "import"}, {"paid": True}, {"delivered": True}])
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


def test_staff_say_what_they_know_of_the_order(orders: ServiceDriver) -> None:
    """Fields of POST /admin/v1/orders; R-ORD-67: the note and the tags are nobody else's."""
    given = {"note": "calls back on Monday", "tags": ["vip", "trade", "vip"], "metadata": {"_desk": 3}, "customer_reference": "PO 7"}

    order = makes(orders, promised_at="2031-05-20T09:00:00+02:00", **given).body

    assert (order["note"], order["tags"], order["metadata"]) == ("calls back on Monday", ["vip", "trade"], {"_desk": 3})
    assert (order["customer_reference"], order["promised_at"]) == ("PO 7", "2031-05-20T07:00:00.000000Z")
    customers = by_guest(orders, "GET", order).body
    assert {"note", "tags", "hold", "assignment"} & set(customers) == set()
    assert customers["metadata"] == {}


def test_maker_of_an_order_is_its_manager(orders: ServiceDriver) -> None:
    """R-ORD-44; customers do not see who looks after it, nor is the acting user ever the salesperson (R-ORD-42)."""
    assert makes(orders).body["assignment"] == {
        "team": None,
        "salesperson": None,
        "manager": "key_SALES",
        "source": "none",
        "rule": None,
    }
    cart = given_cart(orders)
    assert "assignment" not in cart
    assert orders.asks("GET", f"/admin/v1/orders/{cart['id']}").body["assignment"]["manager"] is None


def test_new_orders_get_the_shops_team_and_salesperson(orders: ServiceDriver) -> None:
    """R-ORD-42: the defaults, for carts and orders of staff alike; told with the confirmation."""
    values = {"orders": {"default_team": "north", "default_salesperson": "usr_EVE"}}
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": values})

    made, confirmed = makes(orders).body, given_confirmed(orders)

    assert made["assignment"] == {"team": "north", "salesperson": "usr_EVE", "manager": "key_SALES", "source": "rule", "rule": None}
    assigned = orders.asks("GET", f"/admin/v1/orders/{confirmed['id']}").body["assignment"]
    assert (assigned["team"], assigned["salesperson"], assigned["manager"], assigned["source"]) == ("north", "usr_EVE", None, "rule")
    told = orders.told_events("orders.order_confirmed")[0].assignment
    assert (told.team, told.salesperson, told.manager) == ("north", "usr_EVE", None)


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ({"tags": [""]}, "/tags/0"),
        ({"note": ""}, "/note"),
        ({"promised_at": "2031-05-20"}, "/promised_at"),
        ({"pickup_point": "main"}, "/pickup_point"),
        ({"pickup_point": "main", "shipping_method": "standard", "shipping_address": HOME}, "/pickup_point"),
    ],
    ids=["tag", "note", "time", "no_method", "no_pickup"],
)
def test_fields_that_make_no_sense_are_refused(orders: ServiceDriver, field: dict[str, Any], pointer: str) -> None:
    answer = makes(orders, **field)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_customer_fetches_an_offer_where_staff_said(orders: ServiceDriver) -> None:
    order = makes(orders, shipping_method="pickup", pickup_point="main").body

    assert (order["shipping"]["pickup"], order["shipping"]["pickup_point"]) == (True, "main")


def test_offer_of_staff_is_accepted_as_it_is_or_not(orders: ServiceDriver) -> None:
    """R-ORD-69: no lines, no shipping; contact and the submit are the customer's."""
    order = makes(orders, customer={"email": "ada@example.org"}, shipping_method="standard", shipping_address=HOME).body
    line = order["lines"][0]["id"]

    for method, path, body in (
        ("POST", "/lines", MUG),
        ("PATCH", f"/lines/{line}", {"quantity": 1}),
        ("DELETE", f"/lines/{line}", None),
        ("PATCH", "", {"shipping_method": "pickup"}),
    ):
        answer = by_guest(orders, method, order, path, body)
        assert (answer.status, answer.code, answer.body["allowed"]) == (409, "illegal_transition", ["submit"])

    assert by_guest(orders, "PATCH", order, body={"name": "Ada"}).status == 200
    assert submits(orders, order).body["order"]["totals"]["total"] == order["totals"]["total"]
