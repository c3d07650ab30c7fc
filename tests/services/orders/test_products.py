"""What the shop sells: put one by one or by the thousand, found again, refused when its money is not exact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from services.orders.store import catalogue
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with, product

FULL = {
    "names": {"en": "Assam, 100 g", "fa": "چای آسام", "vi": "Trà Assam", "ru": "Ассам"},
    "price": "6.90",
    "currency": "EUR",
    "prices": {"VND": "207000", "KWD": "2.345"},
    "tax_rate": "7",
    "tax_rates": {"FR": "5.5", "GB": "0"},
    "type": "goods",
    "seller_id": "leaf",
    "weight_g": 130,
    "returnable": True,
    "return_period_days": 30,
    "return_actions": ["refund", "voucher"],
    "allow_backorder": True,
    "barcode": "2000000041070",
    "hs_code": "090240",
    "attributes": {"origin": "IN", "grades": [1, 2.5, None]},
    "active": False,
}


def put(orders: ServiceDriver, sku: str, **changes: Any) -> None:
    assert orders.asks("PUT", f"/admin/v1/products/{sku}", product(**changes)).status in (200, 201)


def skus(orders: ServiceDriver, query: str = "") -> list[str]:
    answer = orders.asks("GET", f"/admin/v1/products?{query}")
    assert answer.status == 200, answer.body
    return [item["sku"] for item in answer.body["data"]]


def pointers(answer: Any) -> list[tuple[str, str]]:
    assert answer.status == 422, answer.body
    return [(item["pointer"], item["code"]) for item in answer.body["errors"]]


def test_a_whole_product_comes_back_as_it_was_put(orders: ServiceDriver) -> None:
    made = orders.asks("PUT", "/admin/v1/products/TEA-1", FULL)
    found = orders.asks("GET", "/admin/v1/products/TEA-1")

    assert (made.status, made.headers["location"]) == (201, "/admin/v1/products/TEA-1")
    assert made.body == found.body == {"sku": "TEA-1", **FULL}


def test_what_is_left_out_has_its_default_and_a_put_replaces_the_whole(orders: ServiceDriver) -> None:
    orders.asks("PUT", "/admin/v1/products/TEA-1", FULL)

    again = orders.asks("PUT", "/admin/v1/products/TEA-1", product("TEA-1"))

    assert again.status == 200
    assert again.body == orders.asks("GET", "/admin/v1/products/TEA-1").body
    assert again.body == product("TEA-1") | {
        "prices": {},
        "tax_rates": {},
        "type": "goods",
        "seller_id": None,
        "weight_g": 0,
        "returnable": True,
        "return_period_days": None,
        "return_actions": None,
        "allow_backorder": False,
        "barcode": None,
        "hs_code": None,
        "attributes": {},
        "active": True,
    }


@pytest.mark.parametrize(("kind", "said", "returnable"), [("digital", ..., False), ("digital", True, True), ("service", ..., True)])
def test_digital_goods_are_not_returnable_unless_the_shop_says_so(orders: ServiceDriver, kind: str, said: Any, returnable: bool) -> None:
    answer = orders.asks("PUT", "/admin/v1/products/E-1", product(type=kind, returnable=said))

    assert answer.body["returnable"] is returnable


def test_a_zero_price_is_taken_here_and_refused_at_the_cart(orders: ServiceDriver) -> None:
    """R-ORD-06 depends on a setting, so it is asked where the product is put in a cart."""
    assert orders.asks("PUT", "/admin/v1/products/GIFT", product(price="0")).body["price"] == "0.00"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price": "12.505"}, [("/price", "money_precision")]),
        ({"price": "12.500"}, [("/price", "money_precision")]),
        ({"prices": {"JPY": "100.5", "KWD": "1.2345"}}, [("/prices/JPY", "money_precision"), ("/prices/KWD", "money_precision")]),
        ({"price": 12.5}, [("/price", "validation_failed")]),
        ({"price": "-1"}, [("/price", "validation_failed")]),
        ({"price": "1,5"}, [("/price", "validation_failed")]),
        ({"price": "1e3"}, [("/price", "validation_failed")]),
        ({"price": "9" * 17}, [("/price", "validation_failed")]),
        ({"price": ...}, [("/price", "validation_failed")]),
        ({"currency": "EURO"}, [("/currency", "validation_failed")]),
        ({"currency": "XXX"}, [("/price", "validation_failed")]),
        ({"currency": ...}, [("/currency", "validation_failed")]),
        ({"prices": {"EUR": "12.51"}}, [("/prices/EUR", "validation_failed")]),
        ({"prices": {"XXX": "1"}}, [("/prices/XXX", "validation_failed")]),
        ({"tax_rate": "20.125"}, [("/tax_rate", "validation_failed")]),
        ({"tax_rate": "100.01"}, [("/tax_rate", "validation_failed")]),
        ({"tax_rate": "-1"}, [("/tax_rate", "validation_failed")]),
        ({"tax_rate": 20}, [("/tax_rate", "validation_failed")]),
        ({"tax_rate": ...}, [("/tax_rate", "validation_failed")]),
        ({"tax_rates": {"DE": "x", "AT": "101"}}, [("/tax_rates/DE", "validation_failed"), ("/tax_rates/AT", "validation_failed")]),
        ({"tax_rates": {"Germany": "7"}}, [("/tax_rates/Germany", "validation_failed")]),
        ({"names": {}}, [("/names", "validation_failed")]),
        ({"names": {"xx": "Mug"}}, [("/names/xx", "validation_failed")]),
        ({"names": {"en": " "}}, [("/names/en", "validation_failed")]),
        ({"type": "thing"}, [("/type", "validation_failed")]),
        ({"weight_g": -1}, [("/weight_g", "validation_failed")]),
        ({"weight_g": "5"}, [("/weight_g", "validation_failed")]),
        ({"weight_g": 10**12}, [("/weight_g", "validation_failed")]),
        ({"return_period_days": -1}, [("/return_period_days", "validation_failed")]),
        ({"return_actions": ["repair"]}, [("/return_actions/0", "validation_failed")]),
        ({"seller_id": "no such code"}, [("/seller_id", "validation_failed")]),
        ({"active": 1}, [("/active", "validation_failed")]),
        ({"colour": "red"}, [("/colour", "validation_failed")]),
        ({"sku": "OTHER"}, [("/sku", "validation_failed")]),
        ({"attributes": {"long": "x" * 20_000}}, [("/attributes", "validation_failed")]),
        ({"price": "1.234", "tax_rate": "x"}, [("/price", "money_precision"), ("/tax_rate", "validation_failed")]),
    ],
)
def test_a_product_with_something_wrong_is_refused_with_a_pointer_to_it(
    orders: ServiceDriver, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """R-MON-01, R-MON-23: nothing is rounded silently, nothing is guessed."""
    answer = orders.asks("PUT", "/admin/v1/products/MUG", product(**changes))

    assert pointers(answer) == expected
    assert answer.code == expected[0][1]
    assert skus(orders) == []


@pytest.mark.parametrize("sku", ["a b", "x" * 65, "a\0", "café", "a%2Fb", "a\n"])
def test_a_sku_is_a_code(orders: ServiceDriver, sku: str) -> None:
    assert pointers(orders.asks("PUT", f"/admin/v1/products/{sku}", product())) == [("/sku", "validation_failed")]
    assert orders.asks("GET", f"/admin/v1/products/{sku}").code == "not_found"


def test_a_shop_that_uses_fewer_decimals_takes_and_shows_only_those(orders: ServiceDriver) -> None:
    """R-MON-23 with `store.currency_decimals`."""
    orders.commands("PATCH", "/internal/v1/settings", {"patch": {"store": {"currency_decimals": {"EUR": 0}}}})

    assert pointers(orders.asks("PUT", "/admin/v1/products/MUG", product(price="12.5"))) == [("/price", "money_precision")]
    assert orders.asks("PUT", "/admin/v1/products/MUG", product(price="12")).body["price"] == "12"


def test_a_price_finer_than_the_shop_uses_by_now_is_shown_as_it_is(orders: ServiceDriver) -> None:
    put(orders, "MUG", price="12.50")
    orders.commands("PATCH", "/internal/v1/settings", {"patch": {"store": {"currency_decimals": {"EUR": 0}}}})

    assert orders.asks("GET", "/admin/v1/products/MUG").body["price"] == "12.50"


def test_many_products_are_put_at_once_and_each_wrong_one_is_named(orders: ServiceDriver) -> None:
    put(orders, "OLD")
    data = [
        product("NEW-1"),
        product("BAD-1", price="1.234", tax_rate="x"),
        product("OLD", price="3"),
        product(),
        "nothing",
        product("NEW-1", price="9"),
        product("a b"),
        product("BAD-2", colour="red"),
        product("NEW-2"),
    ]

    answer = orders.asks("PUT", "/admin/v1/products", {"data": data})

    assert answer.status == 200
    assert (answer.body["created"], answer.body["updated"]) == (2, 1)
    assert [(item["index"], item["sku"], item["code"]) for item in answer.body["errors"]] == [
        (1, "BAD-1", "money_precision"),
        (1, "BAD-1", "validation_failed"),
        (3, None, "validation_failed"),
        (4, None, "validation_failed"),
        (5, "NEW-1", "validation_failed"),
        (6, "a b", "validation_failed"),
        (7, "BAD-2", "validation_failed"),
    ]
    assert answer.body["errors"][0]["message"].startswith("price: ")
    assert sorted(skus(orders)) == ["NEW-1", "NEW-2", "OLD"]
    assert orders.asks("GET", "/admin/v1/products/NEW-1").body["price"] == "12.50"
    assert orders.asks("GET", "/admin/v1/products/OLD").body["price"] == "3.00"


def test_a_thousand_products_are_taken_and_one_more_is_refused(orders: ServiceDriver) -> None:
    data = [product(f"P-{number}") for number in range(1001)]

    refused = orders.asks("PUT", "/admin/v1/products", {"data": data})
    taken = orders.asks("PUT", "/admin/v1/products", {"data": data[:1000]})
    again = orders.asks("PUT", "/admin/v1/products", {"data": data[:1000]})

    assert pointers(refused) == [("/data", "validation_failed")]
    assert taken.body == {"created": 1000, "updated": 0, "errors": []}
    assert again.body == {"created": 0, "updated": 1000, "errors": []}


def test_the_list_goes_from_the_newest_to_the_oldest_page_by_page(orders: ServiceDriver) -> None:
    for sku in ("A", "B"):
        put(orders, sku)
    orders.later(minutes=1)
    orders.asks("PUT", "/admin/v1/products", {"data": [product("C"), product("D"), product("A")]})

    found, after = [], ""
    while True:
        page = orders.asks("GET", f"/admin/v1/products?limit=1{after}").body
        found += [item["sku"] for item in page["data"]]
        if not page["page"]["has_more"]:
            assert page["page"]["next"] is None
            break
        after = f"&after={page['page']['next']}"

    assert found == skus(orders) == ["D", "C", "B", "A"]
    assert orders.asks("GET", "/admin/v1/products?limit=1&include=count").body["count"] == 4
    assert orders.asks("GET", "/admin/v1/products?q=b&include=count").body["count"] == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=assam", ["TEA"]),
        ("q=ASSAM%20tea", ["TEA"]),
        ("q=assam%20coffee", []),
        ("q=%DB%B1%DB%B2%DB%B3", ["TEA"]),
        ("q=%D9%83%D9%8A%DA%A9", ["CAKE"]),
        ("q=%25", []),
        ("q=_", []),
        ("q=", ["CAKE", "TEA"]),
        ("seller_id=leaf", ["TEA"]),
        ("seller_id=leaf,loom", ["TEA"]),
        ("seller_id=loom", []),
        ("type=goods", ["TEA"]),
        ("type=goods,service", ["CAKE", "TEA"]),
        ("active=true", ["TEA"]),
        ("active=false", ["CAKE"]),
        ("active=false&type=goods", []),
    ],
)
def test_filters_narrow_the_list(orders: ServiceDriver, query: str, expected: list[str]) -> None:
    """Digits and Persian letters are found however they are typed (api.md, section 2)."""
    put(orders, "TEA", names={"en": "Assam tea"}, seller_id="leaf", barcode="123")
    orders.later(minutes=1)
    put(orders, "CAKE", names={"fa": "کیک"}, type="service", active=False)

    assert skus(orders, query) == expected


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("colour=red", "/colour"),
        ("active=yes", "/active"),
        ("type=thing", "/type"),
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=x", "/limit"),
        ("limit=5&limit=5", "/limit"),
        ("after=cur_", "/after"),
        ("after=cur_WyJub29uIiwiQSJd", "/after"),
        ("after=cur_WzEsMl0", "/after"),
        ("after=nonsense", "/after"),
        ("q=%00", "/q"),
        ("include=lines", "/include"),
    ],
)
def test_an_unknown_or_malformed_parameter_of_the_list_is_refused(orders: ServiceDriver, query: str, pointer: str) -> None:
    assert pointers(orders.asks("GET", f"/admin/v1/products?{query}")) == [(pointer, "validation_failed")]


def test_a_product_that_is_not_there_is_not_found(orders: ServiceDriver) -> None:
    assert orders.asks("GET", "/admin/v1/products/NONE").code == "not_found"


def test_sellers_see_their_own_products_only(orders: ServiceDriver) -> None:
    """R-ACC-06"""
    put(orders, "MINE", seller_id="leaf")
    put(orders, "THEIRS", seller_id="loom")
    secret = key_with(orders, "seller")

    assert [item["sku"] for item in asks_with(orders, secret, "GET", "/admin/v1/products").body["data"]] == ["MINE"]
    assert asks_with(orders, secret, "GET", "/admin/v1/products?seller_id=loom").body["data"] == []
    assert asks_with(orders, secret, "GET", "/admin/v1/products/MINE").status == 200
    assert asks_with(orders, secret, "GET", "/admin/v1/products/THEIRS").code == "not_found"


def test_carts_get_products_in_minor_units_and_basis_points(orders: ServiceDriver) -> None:
    orders.asks("PUT", "/admin/v1/products/TEA-1", FULL)

    found = orders.given(lambda tx: catalogue.products(tx, ["TEA-1", "NONE"]))

    assert list(found) == ["TEA-1"]
    tea = found["TEA-1"]
    assert tea.prices == {"EUR": 690, "VND": 207000, "KWD": 2345}
    assert (tea.tax_rate_bp, tea.tax_rates_bp) == (700, {"FR": 550, "GB": 0})
    assert tea.return_actions == ("refund", "voucher")


@pytest.mark.parametrize("number", ["1" * 30, "1" * 5000, "NaN", "-Infinity"])
def test_a_number_that_cannot_be_given_back_is_not_taken(orders: ServiceDriver, number: str) -> None:
    raw = orjson.dumps(product(attributes={"big": "?"})).replace(b'"?"', number.encode())

    assert orders.asks("PUT", "/admin/v1/products/MUG", raw=raw).status in (400, 422)
    assert orders.asks("PUT", "/admin/v1/products", raw=b'{"data":[' + raw + b"]}").body.get("created", 0) == 0


def test_two_bulks_in_opposite_order_at_once_both_end(orders: ServiceDriver) -> None:
    data = [product(f"P-{number}") for number in range(60)]
    bodies = [data, data[::-1]] * 3
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda rows: orders.asks("PUT", "/admin/v1/products", {"data": rows}), bodies))

    assert [answer.status for answer in answers] == [200] * 6
    assert sum(answer.body["created"] for answer in answers) == 60
