"""kill -9, a mail server or a broker that is away: what was promised still happens, once."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.conftest import EMBEDDED, FULL
from tests.support.following import eventually, everything_followed_once
from tests.support.shop import Shop, send_signal
from tests.support.shop_client import Cart, found


def _paid(shop: Shop) -> Cart:
    """A cart of which the provider has just been told 200: its money is promised to be noted."""
    cart = shop.cart(shop.product())
    assert shop.tell("succeeded", cart.submitted()).ok(200)["state"] == "applied"
    return cart


def test_killed_right_after_the_webhooks_answer(shop: Shop) -> None:
    """R-PAY-01, R-ORD-33: all processes at once, as when the machine goes down; an unpaid and an open cart are as they were."""
    open_cart, unpaid = shop.cart(shop.product()), shop.cart(shop.product())
    payment = unpaid.submitted()
    cart = _paid(shop)
    shop.restart()

    everything_followed_once(shop, cart)
    open_cart.call("PATCH", "", {"name": "Sarah"}).ok()
    assert unpaid.submitted()["provider_ref"] == payment["provider_ref"]
    shop.tell("succeeded", payment).ok()
    everything_followed_once(shop, unpaid)


@EMBEDDED
def test_killed_while_the_pdf_is_drawn(shop: Shop) -> None:
    """R-INV-07: the invoice keeps its number, is drawn afterwards, and its mail goes out once."""
    for pid in shop.renderers():
        send_signal(pid, signal.SIGKILL)
    cart = _paid(shop)
    for pid in eventually(shop.renderers, what="a renderer"):
        send_signal(pid, signal.SIGSTOP)
    eventually(lambda: len(cart.mails("sent")) == 2, what="the mails of the confirmation")
    invoice = cart.order("invoices")["invoices"][0]
    assert (invoice["pdf_ready"], shop.staff("GET", f"/invoices/{invoice['id']}/pdf").code) == (False, "document_not_ready")
    shop.restart()

    order = everything_followed_once(shop, cart)
    assert order["invoices"][0]["number"] == invoice["number"]


@EMBEDDED
def test_killed_with_mails_pending(shop: Shop) -> None:
    """R-NOT-01, R-NOT-03: they go out once, after the restart, when the mail server is back."""
    shop.mail_cable.cut()
    cart = _paid(shop)
    everything_followed_once(shop, cart, mailed=False)
    eventually(lambda: len(cart.mails("failed")) == 3, what="mails that wait for their next try")
    shop.restart()
    assert cart.mails("sent") == []
    shop.mail_cable.mend()
    shop.pass_time(minutes=2)

    everything_followed_once(shop, cart)
    assert [len(mail["attempts"]) for mail in cart.mails()] == [2, 2, 2]


def test_a_mail_server_that_is_away_holds_nothing_back(shop: Shop) -> None:
    """R-ORD-15, R-NOT-03: the order is paid, invoiced and shipped without it; the mails go out once when it is back."""
    shop.mail_cable.cut()
    cart = _paid(shop)
    order = everything_followed_once(shop, cart, mailed=False)
    shop.staff("POST", f"/deliveries/{order['deliveries'][0]['id']}/validate", {"tracking_number": "1Z1"}).ok()
    eventually(lambda: cart.order()["status"] == "shipped", what="the shipped order")
    eventually(lambda: len(cart.mails("failed")) == 4, what="four mails that wait for their next try")
    assert all(mail["attempts"][0]["error"] for mail in cart.mails())

    shop.mail_cable.mend()
    shop.pass_time(minutes=2)
    eventually(lambda: len(cart.mails("sent")) == 4, what="the mails")
    subjects = shop.mails_to(order["customer"]["email"])
    assert len(subjects) == len(set(subjects)) == 3


def test_a_mail_server_that_never_answers_holds_nothing_back(shop: Shop) -> None:
    """R-ORD-15, R-NOT-02: the order goes through while the mails hang; a mail that was not taken goes out once afterwards."""
    shop.mail.stalls = True
    cart = _paid(shop)
    order = everything_followed_once(shop, cart, mailed=False)
    eventually(lambda: len(cart.mails("sending")) >= 2, what="mails that hang")
    shop.staff("POST", f"/deliveries/{order['deliveries'][0]['id']}/validate", {}).ok()
    eventually(lambda: cart.order()["status"] == "shipped", what="the shipped order")

    shop.mail.stalls = False
    shop.mail_cable.cut()
    shop.mail_cable.mend()
    eventually(lambda: not cart.mails("sending", "queued"), what="an end of every try")
    shop.pass_time(minutes=2)
    eventually(lambda: len(cart.mails("sent")) == 4, what="the mails")
    subjects = shop.mails_to(order["customer"]["email"])
    assert len(subjects) == len(set(subjects)) == 3


@FULL
@pytest.mark.parametrize("words", ["web all", "worker all", "worker billing.documents", "relay --beat all"])
def test_a_child_that_is_killed_is_started_again_and_the_order_completes(shop: Shop, words: str) -> None:
    """foundations.md, Processes: `up` minds its children; what the dead one was at is done by the next."""
    cart = _paid(shop)
    killed = shop.kill_child(*words.split())
    eventually(lambda: shop.child(*words.split()) != killed, what="a new child")
    eventually(shop.answers, what="the gateway")

    everything_followed_once(shop, cart)
    after = _paid(shop)
    everything_followed_once(shop, after)


@FULL
def test_a_broker_that_is_away_loses_nothing(shop: Shop) -> None:
    """R-MSG-01, R-MSG-06, R-OPS-03: carts are filled, submitted and paid meanwhile; what follows comes when the broker is back, once."""
    assert shop.broker_cable is not None
    shop.broker_cable.cut()
    carts = [_paid(shop) for _ in range(3)]
    assert [cart.order()["state"] for cart in carts] == ["quotation"] * 3
    shop.broker_cable.mend()

    for cart in carts:
        everything_followed_once(shop, cart)
    shop.broker_cable.cut()
    shop.broker_cable.mend()
    everything_followed_once(shop, _paid(shop))


def test_the_provider_away_at_submit_is_no_second_intent(shop: Shop) -> None:
    """R-PAY-12, R-ORD-10: 503, the hold stays; the repeat finds the intent whose answer was lost."""
    cart = shop.cart(shop.product())
    simulator = {"Authorization": "Bearer sk_test_simulator"}
    shop.call("POST", "/_stripe/simulator/faults", {"calls": 1, "how": "drop_answer"}, headers=simulator).ok()
    lost = cart.submit()
    payment = cart.submitted() if lost.status == 503 else lost.ok(200)["payment"]
    assert len(cart.payments()) == 1
    assert len(found(shop.listed("/reservations", order_id=cart.id), kind="hold", state="active")) == 1
    shop.staff("POST", f"/simulators/stripe/{payment['provider_ref']}/succeed", {}).ok()
    everything_followed_once(shop, cart)
