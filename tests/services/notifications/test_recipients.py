"""Who is written to, of what, and who is not."""

from __future__ import annotations

import itertools

import pytest

from shared.contracts.orders import SellerContact
from tests.services.notifications.conftest import Shelf
from tests.support.driver import ServiceDriver
from tests.support.samples_notifications import (
    PDF,
    delivery_done,
    invoice_rendered,
    order_confirmed,
    order_submitted,
    parcel,
    payment_failed,
    who,
)
from tests.support.smtp_sink import SmtpSink

ORDER = "ord_01J00000000000000000000001"
PAYMENT = "pay_01J00000000000000000000001"


def _mails(notifications: ServiceDriver, query: str = "") -> list[tuple[str, str | None, str, str | None]]:
    rows = notifications.asks("GET", f"/admin/v1/notifications{query}").body["data"]
    return sorted((row["template"], row["recipient"], row["state"], row["reason"]) for row in rows)


def _sent(notifications: ServiceDriver, sink: SmtpSink) -> dict[str, str]:
    """Text by recipient, after all that is queued has been handed over."""
    notifications.hears_itself()
    found = {}
    for taken in sink.taken:
        body = taken.message.get_body(("plain",))
        assert body is not None
        found[",".join(taken.recipients)] = str(taken.message["Subject"]) + "\n" + body.get_content()
    return found


def test_a_submitted_order_mails_nobody(notifications: ServiceDriver) -> None:
    """R-NOT-10, R-NOT-05: confirmation means confirmed, and no seller hears of unpaid carts."""
    notifications.hears(order_submitted(ORDER))

    assert _mails(notifications) == []


def test_a_confirmed_order_is_told_to_the_customer_each_seller_and_the_shop(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-05: own lines only; the shop's address gets the whole."""
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"orders_emails": ["desk@example.org"]}}})

    notifications.hears(order_confirmed(ORDER))
    sent = _sent(notifications, sink)

    assert set(sent) == {"ada@example.com", "kiln@example.org", "forge@example.org", "desk@example.org"}
    assert ("Oak mug" in sent["kiln@example.org"], "Felling axe" in sent["kiln@example.org"]) == (True, False)
    assert ("Oak mug" in sent["forge@example.org"], "Felling axe" in sent["forge@example.org"]) == (False, True)
    assert "Новый заказ" in sent["forge@example.org"]
    assert all(words in sent["desk@example.org"] for words in ("Oak mug", "Felling axe", "45.00", "ada@example.com", "Ring twice"))


def test_a_seller_learns_neither_the_customers_contact_nor_the_order_s_token(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-ACC-06."""
    notifications.hears(order_confirmed(ORDER))
    text = _sent(notifications, sink)["kiln@example.org"]

    assert not [words for words in ("ada@example.com", "+4420", "Ring twice", "token=", "45.00") if words in text]
    assert f"https://shop.example.net/office/orders/{ORDER}" in text


def test_no_mail_has_two_addresses(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-13: a seller with two addresses gets two mails, and one address given twice gets one."""
    seller = SellerContact(code="kiln", name="The Kiln", emails=("a@example.org", "b@example.org", "a@example.org"), language="en")

    notifications.hears(order_confirmed(ORDER, sellers=(seller,)))
    notifications.hears_itself()

    assert sorted(taken.recipients for taken in sink.taken) == [("a@example.org",), ("ada@example.com",), ("b@example.org",)]
    assert [str(taken.message["To"]) for taken in sink.taken] == [taken.recipients[0] for taken in sink.taken]
    assert [state for _, _, state, _ in _mails(notifications)] == ["sent"] * 3


def test_a_fact_told_twice_mails_once(notifications: ServiceDriver) -> None:
    """R-NOT-01."""
    notifications.hears(order_confirmed(ORDER), times=2)

    assert [mail[1] for mail in _mails(notifications)] == ["forge@example.org", "kiln@example.org", "ada@example.com"]


def test_whom_no_mail_can_reach_is_seen(notifications: ServiceDriver) -> None:
    silent = SellerContact(code="kiln", name="The Kiln", emails=(), language="en")

    notifications.hears(order_confirmed(ORDER, who=who(email=None), sellers=(silent,)))
    notifications.hears_itself()

    assert _mails(notifications) == [
        ("new_order", None, "suppressed", "no_address"),
        ("order_confirmation", None, "suppressed", "no_address"),
    ]
    assert notifications.told() == []


def test_the_next_submission_is_confirmed_anew(notifications: ServiceDriver) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears(order_confirmed(ORDER, sellers=(), submission=2), seq=9)

    assert _mails(notifications) == [("order_confirmation", "ada@example.com", "queued", None)] * 2


def test_a_failed_payment_is_told_once_per_payment(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-01, R-NOT-10: another failure of the same payment is another cause; its mail is kept and not sent."""
    notifications.hears(order_submitted(ORDER))
    notifications.hears(payment_failed(ORDER, PAYMENT), seq=2)
    notifications.hears(payment_failed(ORDER, PAYMENT), seq=3)
    sent = _sent(notifications, sink)

    assert list(sent) == ["ada@example.com"]
    assert "The payment for order SO000123 failed" in sent["ada@example.com"]
    assert "declined" not in sent["ada@example.com"]
    assert _mails(notifications) == [
        ("payment_failed", "ada@example.com", "sent", None),
        ("payment_failed", "ada@example.com", "suppressed", "duplicate"),
    ]


def test_an_invoice_goes_with_its_pdf(notifications: ServiceDriver, sink: SmtpSink, shelf: Shelf) -> None:
    """R-INV-13: the very bytes whose hash was told."""
    invoice = invoice_rendered(ORDER)
    shelf.documents[invoice.invoice_id] = PDF
    notifications.hears(order_submitted(ORDER))

    notifications.hears(invoice)
    notifications.hears_itself()
    (attached,) = sink.taken[0].message.iter_attachments()
    (row,) = notifications.asks("GET", f"/admin/v1/notifications?record_id={invoice.invoice_id}").body["data"]

    assert (attached.get_filename(), attached.get_content()) == ("INV-2031-00042.pdf", PDF)
    assert row["attachments"] == [
        {
            "name": "INV-2031-00042.pdf",
            "media_type": "application/pdf",
            "sha256": invoice.sha256,
            "url": f"/admin/v1/invoices/{invoice.invoice_id}/pdf",
        }
    ]


def test_a_credit_note_is_not_sent_as_an_invoice(notifications: ServiceDriver) -> None:
    """R-INV-13."""
    notifications.hears(order_submitted(ORDER))
    notifications.hears(invoice_rendered(ORDER, type="credit_note"))

    assert _mails(notifications) == []


def test_the_shipping_mail_names_number_link_content_and_what_follows(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-07."""
    notifications.hears(order_submitted(ORDER))
    notifications.hears(delivery_done(ORDER))
    text = _sent(notifications, sink)["ada@example.com"]

    assert all(words in text for words in ("Posti", "JJFI0001", "https://track.example.org/JJFI0001", "2 × Oak mug"))
    assert "1 × Felling axe" in text.partition("This follows later")[2]


def test_the_shipping_mail_never_has_an_empty_number(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-NOT-07; and the built-in carrier has no name to show."""
    unnumbered = parcel(carrier="manual", tracking_number=None, tracking_url=None)
    notifications.hears(order_submitted(ORDER))
    notifications.hears(delivery_done(ORDER, parcels=(unnumbered,)))
    text = _sent(notifications, sink)["ada@example.com"]

    assert not [words for words in ("Tracking number", "Carrier", "manual", "None") if words in text]


@pytest.mark.parametrize("changed", [{"pickup": True}, {"to_customer": False}, {"last": False}, {"notify": False}])
def test_what_is_not_on_its_way_to_a_customer_or_is_silenced_mails_nobody(notifications: ServiceDriver, changed: dict[str, bool]) -> None:
    """R-NOT-06, R-NOT-08."""
    notifications.hears(order_submitted(ORDER))
    notifications.hears(delivery_done(ORDER, **changed))

    assert _mails(notifications) == []


def test_what_is_known_of_the_customer_is_awaited(notifications: ServiceDriver) -> None:
    assert notifications.hears_again_later(payment_failed(ORDER, PAYMENT))
    assert notifications.hears_again_later(delivery_done(ORDER))
    assert notifications.hears_again_later(invoice_rendered(ORDER))


def test_the_newest_contact_wins_in_whatever_order_facts_arrive(notifications: ServiceDriver) -> None:
    newer = order_submitted(ORDER, submission=2, who=who(email="new@example.com", language="vi"))

    notifications.hears(newer, seq=5)
    notifications.hears(order_submitted(ORDER), seq=2)
    notifications.hears(payment_failed(ORDER, PAYMENT))
    (row,) = notifications.asks("GET", "/admin/v1/notifications").body["data"]

    assert (row["recipient"], row["language"]) == ("new@example.com", "vi")


def test_facts_in_every_order_end_in_the_same_mails(notifications: ServiceDriver) -> None:
    """Those that come before the customer is known are heard again, as the broker would bring them."""
    facts = [
        (order_submitted, 2),
        (order_confirmed, 4),
        (lambda order: payment_failed(order, order.replace("ord", "pay")), 1),
        (lambda order: delivery_done(order, delivery_id=order.replace("ord", "dlv")), 3),
    ]
    ends = set()
    for number, permutation in enumerate(itertools.permutations(facts)):
        order = f"ord_01J000000000000000000001{number:02}"
        waiting = [(make(order), seq) for make, seq in permutation]
        for event, seq in waiting:
            known = event.name.startswith("orders") or notifications.rows("SELECT 1 FROM contacts WHERE order_id = :id", id=order)
            if known:
                notifications.hears(event, seq=seq)
        for event, seq in waiting:
            notifications.hears(event, seq=seq)
        ends.add(tuple(_mails(notifications, f"?order_id={order}")))

    assert ends == {
        (
            ("new_order", "forge@example.org", "queued", None),
            ("new_order", "kiln@example.org", "queued", None),
            ("order_confirmation", "ada@example.com", "queued", None),
            ("parcel_shipped", "ada@example.com", "queued", None),
            ("payment_failed", "ada@example.com", "queued", None),
        )
    }
