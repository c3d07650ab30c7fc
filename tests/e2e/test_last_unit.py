"""The last piece on the shelf, and many who want it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.support.shop import Shop

BUYERS = 20


def test_the_last_unit_is_given_to_one_of_twenty_parallel_buyers(shop: Shop) -> None:
    """R-ORD-04, R-STK-01, R-STK-02: the others get 409 with what is missing, before any intent is opened; their carts are open again."""
    sku = shop.product(on_hand=1)
    carts = [shop.cart(sku) for _ in range(BUYERS)]
    with ThreadPoolExecutor(BUYERS) as pool:
        replies = dict(zip((cart.id for cart in carts), pool.map(lambda cart: cart.submit(), carts), strict=True))

    winners = [order_id for order_id, reply in replies.items() if reply.status == 200]
    assert len(winners) == 1, [(reply.status, reply.code) for reply in replies.values()]
    refused = [reply for reply in replies.values() if reply.status != 200]
    assert {(reply.status, reply.code) for reply in refused} == {(409, "out_of_stock")}
    assert all(reply.body["errors"][0]["meta"] == {"sku": sku, "requested": 1, "available": 0} for reply in refused)
    assert [payment["order_id"] for cart in carts for payment in cart.payments()] == winners
    stock = shop.staff("GET", f"/stock/{sku}").ok()
    assert (stock["on_hand"], stock["held"], stock["reserved"], stock["available"]) == (1, 1, 0, 0)
    loser = next(cart for cart in carts if cart.id not in winners)
    assert loser.order()["submitted_at"] is None
    loser.call("PATCH", "", {"name": "Sarah"}).ok()
