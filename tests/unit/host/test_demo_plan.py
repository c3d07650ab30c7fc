"""What the demo is going to do, without a shop."""

from collections import Counter

from services.host import demo
from services.host.demo.plan import BY_WIRE, HEAVY_GRAMS, NO_CARD_FOR, Plan, Stage, plan_orders


def planned(count: int) -> list[Plan]:
    return list(
        plan_orders(
            count,
            customers=demo.customers(),
            products=demo.products(),
            stock=demo.stock(),
            shipping_methods=demo.shipping_methods(),
        )
    )


def test_two_starts_plan_the_same_orders() -> None:
    assert planned(40) == planned(40)


def test_forty_orders_show_every_stage_all_languages_and_the_currencies_of_the_shop() -> None:
    orders = planned(40)

    assert {order.stage for order in orders} == set(Stage)
    assert {order.customer["language"] for order in orders if order.stage in (Stage.PAID, Stage.SHIPPED, Stage.DELIVERED)} == {
        "en",
        "fa",
        "vi",
        "ru",
    }
    assert {order.currency for order in orders} == {"EUR", "VND", "IRR"}
    assert {order.customer["type"] for order in orders} == {"private", "business"}


def test_what_the_card_cannot_take_is_paid_by_wire() -> None:
    assert {order.stage for order in planned(200) if order.currency in NO_CARD_FOR} == set(BY_WIRE)


def test_no_more_is_planned_than_the_shelf_holds_but_for_what_waits_for_stock() -> None:
    sold: Counter[str] = Counter()
    for order in planned(5000):
        for sku, quantity in order.lines:
            sold[sku] += quantity
    shelf = {item["sku"]: item["on_hand"] for item in demo.stock()}
    to_wait_for = {product["sku"] for product in demo.products() if product["allow_backorder"] and not shelf.get(product["sku"])}

    assert {sku for sku, on_hand in shelf.items() if sold[sku] > on_hand} <= to_wait_for


def test_the_plan_ends_when_all_goods_are_sold() -> None:
    orders = planned(5000)

    assert len(orders) < 5000
    assert all(order.lines for order in orders)


def test_every_parcel_is_one_that_its_shipping_method_takes() -> None:
    weights = {product["sku"]: product["weight_g"] for product in demo.products()}
    methods = {method["code"]: method for method in demo.shipping_methods()}

    for order in planned(500):
        method = methods[order.shipping_method]
        assert method["pickup"] is (order.stage is Stage.TO_BE_FETCHED)
        if not method["pickup"]:
            assert order.address["country"] in method["countries"]
            assert sum(weights[sku] * quantity for sku, quantity in order.lines) <= method["max_weight_g"]
        assert all(quantity == 1 for sku, quantity in order.lines if weights[sku] > HEAVY_GRAMS)
