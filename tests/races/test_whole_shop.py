"""A whole shop with two of each process, and many who want the same at the same moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.support.doubled import Doubled, doubled_shop
from tests.support.following import everything_followed_once
from tests.support.modes import FULL_MODE
from tests.support.racing import at_once
from tests.support.shop_client import Reply, event_of, found

BUYERS = 20


@pytest.fixture(scope="module", params=["embedded", FULL_MODE])
def running_shop(request: pytest.FixtureRequest) -> Iterator[Doubled]:
    """One shop per mode for all tests of this file: each buys products of its own."""
    with doubled_shop(str(request.param)) as running:
        yield running


@pytest.fixture
def doubled(running_shop: Doubled) -> Iterator[Doubled]:
    """The shop; the last of its log is shown when the test has failed."""
    yield running_shop
    print(running_shop.shop.log())


def test_the_last_unit_is_given_to_one_of_twenty_parallel_buyers(doubled: Doubled) -> None:
    """R-ORD-04, R-STK-01, R-STK-02: the others get 409 with what is missing, before any intent is opened; their carts are open again."""
    shop = doubled.shop
    sku = shop.product(on_hand=1)
    with ThreadPoolExecutor(4) as pool:
        carts = list(pool.map(lambda _: shop.cart(sku), range(BUYERS)))
    buyers = [cart if number % 2 else doubled.elsewhere(cart) for number, cart in enumerate(carts)]
    replies = dict(zip((cart.id for cart in carts), at_once([buyer.submit for buyer in buyers]), strict=True))

    winners = [cart for cart in carts if replies[cart.id].status == 200]
    assert len(winners) == 1, [(reply.status, reply.code) for reply in replies.values()]
    refused = [reply for reply in replies.values() if reply.status != 200]
    assert {(reply.status, reply.code) for reply in refused} == {(409, "out_of_stock")}
    assert all(reply.body["errors"][0]["meta"] == {"sku": sku, "requested": 1, "available": 0} for reply in refused)
    assert [payment["order_id"] for cart in carts for payment in cart.payments()] == [winners[0].id]
    stock = shop.staff("GET", f"/stock/{sku}").ok()
    assert (stock["on_hand"], stock["held"], stock["reserved"], stock["available"]) == (1, 1, 0, 0)
    loser = next(cart for cart in carts if cart is not winners[0])
    assert loser.order()["submitted_at"] is None
    loser.call("PATCH", "", {"name": "Sarah"}).ok()

    shop.tell("succeeded", winners[0].payments()[0]).ok()
    everything_followed_once(shop, winners[0])


def test_the_same_webhook_five_times_at_once_to_two_processes_has_one_effect(doubled: Doubled) -> None:
    """R-PAY-02, R-ORD-33: 200 for each, stored once, and one of all that follows."""
    shop = doubled.shop
    cart = shop.cart(shop.product())
    raw = event_of("succeeded", cart.submitted())

    replies = at_once([partial(doubled.doors[turn % 2].hook, raw) for turn in range(5)])

    assert sorted(reply.ok(200)["duplicate"] for reply in replies) == [False, True, True, True, True]
    everything_followed_once(shop, cart)
    stored = shop.listed("/provider_events", event_id=json.loads(raw)["id"])
    assert [(event["state"], event["deliveries"]) for event in stored] == [("applied", 5)]


def test_webhook_browser_and_staff_together_confirm_once(doubled: Doubled) -> None:
    """R-ORD-33, R-ORD-39, R-PAY-09: two webhooks, a sync, two confirms by staff, and the browser that comes back and submits again."""
    shop, other = doubled.doors
    cart = shop.cart(doubled.shop.product())
    payment = cart.submitted()
    doubled.shop.bank(payment, "succeed", webhook=False)
    confirm = f"/orders/{cart.id}/confirm"
    acts: list[Callable[[], Reply]] = [
        partial(shop.tell, "succeeded", payment),
        partial(other.tell, "succeeded", payment),
        partial(shop.staff, "POST", f"/payments/{payment['id']}/sync"),
        partial(shop.staff, "POST", confirm, {}),
        partial(other.staff, "POST", confirm, {}),
        doubled.elsewhere(cart).submit,
        partial(cart.call, "GET", below="orders"),
    ]

    replies = at_once(acts)

    assert [reply.status for reply in replies] == [200] * len(acts), [(reply.asked, reply.raw) for reply in replies if reply.status != 200]
    everything_followed_once(doubled.shop, cart)


def test_submits_with_one_key_on_two_processes_are_one_with_one_answer(doubled: Doubled) -> None:
    """R-ORD-02, R-ORD-10, R-API-01: while it runs 409, then the first answer, byte for byte; the key is no other request's."""
    cart = doubled.shop.cart(doubled.shop.product())
    carts = (cart, doubled.elsewhere(cart))

    replies = at_once([partial(carts[turn % 2].submit, key="once") for turn in range(4)])

    assert {reply.status for reply in replies} <= {200, 409}
    assert {reply.code for reply in replies if reply.status == 409} <= {"idempotency_in_progress"}
    first = next(reply for reply in replies if reply.status == 200)
    for again in (one.submit(key="once") for one in carts):
        assert (again.status, again.raw, again.headers["idempotent-replayed"]) == (200, first.raw, "true")
    assert len(cart.payments()) == 1
    other_body = cart.submit(key="once", method="wire")
    assert (other_body.status, other_body.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("keys", [(None, None, None, None), ("a", "b", "c", "d")], ids=["keyless", "keyed"])
def test_submits_of_one_cart_on_two_processes_open_one_payment(doubled: Doubled, keys: tuple[str | None, ...]) -> None:
    """R-ORD-02, R-ORD-10, R-PAY-12: without keys and with different ones, the same order, number, payment and intent."""
    sku = doubled.shop.product(on_hand=5)
    cart = doubled.shop.cart(sku)
    carts = (cart, doubled.elsewhere(cart))

    replies = at_once([partial(carts[turn % 2].submit, key=key) for turn, key in enumerate(keys)])

    answers = [reply.ok(200) for reply in replies]
    assert {(answer["order"]["number"], answer["payment"]["id"]) for answer in answers} == {
        (cart.order()["number"], cart.payments()[0]["id"])
    }
    assert {answer["payment"]["provider_ref"] for answer in answers} == {cart.payments()[0]["provider_ref"]}
    assert len(cart.payments()) == 1
    assert doubled.shop.staff("GET", f"/stock/{sku}").ok()["held"] == 1


def test_an_edit_against_a_submit_never_parts_the_payment_from_the_goods(doubled: Doubled) -> None:
    """R-ORD-09: in one tab a second piece is put in, in another one the cart is submitted; all that is asked for is what is bought."""
    shop = doubled.shop
    sku = shop.product()
    for turn in range(4):
        cart = shop.cart(sku)
        tabs = (cart, doubled.elsewhere(cart))
        edit = partial(tabs[turn % 2].call, "POST", "/lines", {"sku": sku, "quantity": 1})

        edited, submitted = at_once([edit, tabs[1 - turn % 2].submit])

        payment = submitted.ok(200)["payment"]
        assert (edited.status, edited.code) in ((200, ""), (409, "payment_in_progress"))
        order, units = cart.order(), 2 if edited.status == 200 else 1
        assert [line["quantity"] for line in order["lines"]] == [units]
        assert payment["amount"] == order["totals"]["total"]
        (hold,) = found(shop.listed("/reservations", order_id=cart.id, kind="hold"), state="active")
        assert [line["quantity"] for line in hold["lines"]] == [units]


@pytest.mark.parametrize("running_shop", [FULL_MODE], indirect=True, scope="module")
def test_a_relay_that_is_killed_leaves_the_rest_to_the_second(doubled: Doubled) -> None:
    """R-MSG-02: between its commits the facts of three orders; each is told once in effect. Embedded there is one relay."""
    shop = doubled.shop
    carts = [shop.cart(shop.product()) for _ in range(3)]
    payments = [cart.submitted() for cart in carts]

    shop.kill_child("relay", "--beat", "all")
    for payment in payments:
        shop.tell("succeeded", payment).ok()

    for cart in carts:
        everything_followed_once(shop, cart)
