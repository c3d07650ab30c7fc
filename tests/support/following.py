"""What must have followed from a paid order, everywhere and once, as its neighbours see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from tests.support import eventually as waiting
from tests.support.shop import Shop
from tests.support.shop_client import Cart, found

PATIENCE_SECONDS: Final = 60
"""A whole shop shares the machine with whatever else runs there; only what never comes takes so long."""
MAILS_OF_A_PAID_ORDER: Final = ("invoice", "new_order", "order_confirmation")
T = TypeVar("T")


def eventually(look: Callable[[], T], *, what: str = "") -> T:
    """What `look` gives once it is true, with the patience that a whole shop needs."""
    return waiting.eventually(look, seconds=PATIENCE_SECONDS, what=what)


def everything_followed_once(shop: Shop, cart: Cart, *, mailed: bool = True, declined: bool = False) -> Any:
    """Waits until all that a paid order brings about is there, then looks that nothing is there twice; the order with its parts.

    One confirmation (R-ORD-33), one delivery with the goods reserved (R-DLV-01, R-STK-04), one invoice with its PDF (R-INV-01),
    each mail once in its list and once at the mail server (R-NOT-01). `mailed`: whether mails can go out; `declined`: whether
    the card was declined first, which is one more mail.
    """
    mails = sorted([*MAILS_OF_A_PAID_ORDER, *(["payment_failed"] if declined else [])])
    eventually(lambda: _all_there(cart, mails, mailed=mailed), what=f"all that follows from the paid {cart.id}")

    order = cart.order("payments", "invoices", "deliveries")
    confirmed = f"Order {order['number']} confirmed"
    titles = eventually(lambda: confirmed in (told := [entry["title"] for entry in shop.timeline(cart.id)]) and told, what=confirmed)
    assert titles.count(confirmed) == 1, titles
    assert len(found(order["payments"], state="captured")) == 1
    assert [delivery["state"] for delivery in order["deliveries"]] == ["ready"]
    assert len(order["invoices"]) == 1
    firm = shop.listed("/reservations", order_id=cart.id, kind="firm")
    assert [line["quantity"] for line in firm[0]["lines"]] == [line["quantity"] for line in order["lines"]]
    assert len(firm) == 1
    assert not found(shop.listed("/reservations", order_id=cart.id, kind="hold"), state="active")
    assert sorted(mail["template"] for mail in cart.mails()) == mails
    if mailed:
        subjects = shop.mails_to(order["customer"]["email"])
        assert len(subjects) == len(set(subjects)) == len(mails) - 1, subjects
    return order


def _all_there(cart: Cart, expected: list[str], *, mailed: bool) -> bool:
    order = cart.order("deliveries", "invoices")
    assert order["state"] == "confirmed", order["state"]
    statuses = (order["payment_status"], order["delivery_status"], order["invoice_status"])
    assert statuses == ("paid", "pending", "invoiced"), statuses
    assert [delivery["state"] for delivery in order["deliveries"]] == ["ready"]
    assert [invoice["pdf_ready"] for invoice in order["invoices"]] == [True], order["invoices"]
    mails = {mail["template"]: mail["state"] for mail in cart.mails()}
    assert sorted(mails) == expected, mails
    assert not mailed or set(mails.values()) == {"sent"}, mails
    return True
