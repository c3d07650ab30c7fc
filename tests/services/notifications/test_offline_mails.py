"""Mails about orders that are not paid by card: how to pay, reminders, quotations, pickups, cancellations."""

from __future__ import annotations

import pytest

from services.notifications.errors import ConfirmationNotHeard
from shared.contracts.base import Event, Instructions
from shared.contracts.billing import InvoicePaid
from shared.contracts.orders import OrderCancelled, OrderReopened, SellerContact
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_notifications import (
    delivery_done,
    invoice_overdue,
    order_cancelled,
    order_confirmed,
    order_sent,
    order_submitted,
    payment_captured,
    payment_reminder_due,
    pickup_ready,
    who,
)
from tests.support.smtp_sink import SmtpSink

ORDER = "ord_01J00000000000000000000001"
INVOICE = "inv_01J00000000000000000000001"
PAYMENT = "pay_01J00000000000000000000001"


def _id(n: int) -> str:
    return f"evt_01J0000000000000000000000{n}"


def _dropped(reason: str) -> OrderCancelled:
    return order_cancelled(ORDER, reason=reason, state_before="quotation_sent")


def _mails(notifications: ServiceDriver, query: str = "") -> list[tuple[str, str | None, str, str | None]]:
    rows = notifications.asks("GET", f"/admin/v1/notifications{query}").body["data"]
    return sorted((row["template"], row["recipient"], row["state"], row["reason"]) for row in rows)


def _text(notifications: ServiceDriver, template: str) -> str:
    (row,) = notifications.asks("GET", f"/admin/v1/notifications?template={template}").body["data"]
    return str(notifications.asks("GET", f"/admin/v1/notifications/{row['id']}").body["text"]).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("event", "template", "key"),
    [
        (order_sent(ORDER), "payment_instructions", f"payment_instructions:{ORDER}:1"),
        (order_sent(ORDER, by="staff", valid_until="2031-06-01T12:00:00.000000Z"), "quotation", f"quotation:{ORDER}:1"),
        (payment_reminder_due(ORDER), "payment_reminder", f"payment_reminder:{ORDER}:1"),
        (_dropped("payment_expired"), "payment_expired", f"payment_expired:{ORDER}:1"),
        (
            order_cancelled(ORDER, reason="quotation_expired", state_before="quotation_sent"),
            "payment_expired",
            f"payment_expired:{ORDER}:1",
        ),
        (order_cancelled(ORDER, state_before="quotation_sent"), "order_cancelled", f"order_cancelled:{ORDER}:1"),
        (invoice_overdue(ORDER), "invoice_reminder", "invoice_reminder:inv_01J00000000000000000000001:3"),
    ],
)
def test_each_is_sent_once_per_its_key(notifications: ServiceDriver, sink: SmtpSink, event: Event, template: str, key: str) -> None:
    """R-NOT-01: told twice, and told again as another fact with the same cause."""
    notifications.hears(order_submitted(ORDER))

    notifications.hears(event, seq=5, times=2)
    notifications.hears(event, seq=6)
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com"]
    assert set(notifications.rows("SELECT template, dedupe_key FROM notifications")) == {(template, key)}


def test_a_quotation_goes_where_staff_say_with_what_they_say(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """O5: and how to pay for it, once it is accepted, to the order's own address (R-NOT-13)."""
    notifications.hears(order_sent(ORDER, by="staff", to="office@example.com", message="With <b>engraving</b>,\nas you asked."), seq=2)
    notifications.hears(order_submitted(ORDER), seq=3)
    notifications.hears(order_sent(ORDER), seq=4)
    notifications.hears_itself()

    assert sorted((row[0], row[1]) for row in _mails(notifications)) == [
        ("payment_instructions", "ada@example.com"),
        ("quotation", "office@example.com"),
    ]
    assert "With <b>engraving</b>,\nas you asked." in _text(notifications, "quotation")
    (row,) = notifications.asks("GET", "/admin/v1/notifications?template=quotation").body["data"]
    html = notifications.asks("GET", f"/admin/v1/notifications/{row['id']}").body["html"]
    assert "With &lt;b&gt;engraving&lt;/b&gt;,\nas you asked." in html


def test_a_reminder_of_another_day_is_another_mail(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_submitted(ORDER))
    for days in (3, 10):
        notifications.hears(invoice_overdue(ORDER, days=days))
    notifications.hears_itself()

    assert sink.recipients == ["ada@example.com"] * 2


def test_instructions_say_amount_reference_account_and_deadline(notifications: ServiceDriver) -> None:
    """R-NOT-09, R-MON-14."""
    part = Instructions(text="Thank you.", details={"iban": "NL91ABNA0417164300"}, amount="13.50")
    notifications.hears(order_sent(ORDER, instructions=part, reference="SO000123-1"))

    text = _text(notifications, "payment_instructions")

    for said in ("Thank you.", "Amount: 13.50 EUR", "SO000123-1", "NL91ABNA0417164300", "8 May 2031 12:00", "comes to 45.00 EUR"):
        assert said in text


def test_an_unpaid_confirmation_says_them_too(notifications: ServiceDriver) -> None:
    """R-NOT-09."""
    ways = Instructions(details={"iban": "NL91ABNA0417164300"}, amount="45.00")
    unpaid = {"paid": False, "confirmed_by": "staff", "instructions": ways, "reference": "SO000123", "deadline_at": "2031-05-08T12:00:00Z"}
    notifications.hears(order_confirmed(ORDER, sellers=(), **unpaid))

    text = _text(notifications, "order_confirmation")

    for said in ("Amount: 45.00 EUR", "Payment reference: SO000123", "IBAN: NL91ABNA0417164300", "Pay by: 8 May 2031 12:00"):
        assert said in text


@pytest.mark.parametrize(
    ("event", "later"),
    [
        (order_sent(ORDER), order_confirmed(ORDER, sellers=())),
        (order_sent(ORDER, by="staff"), order_cancelled(ORDER)),
        (order_sent(ORDER), OrderReopened(order_id=ORDER, number="SO000123", submission=1)),
        (pickup_ready(ORDER, delivery_id="dlv_1"), delivery_done(ORDER, delivery_id="dlv_1", to_customer=False, pickup=True)),
        (
            invoice_overdue(ORDER),
            InvoicePaid(invoice_id=INVOICE, order_id=ORDER, number="1", payment_state="paid"),
        ),
    ],
)
def test_what_is_no_longer_true_when_it_is_to_be_sent_is_not_sent(
    notifications: ServiceDriver, sink: SmtpSink, event: Event, later: Event
) -> None:
    """lifecycles.md, N2."""
    notifications.hears(order_submitted(ORDER))
    notifications.hears(envelope_of(event, seq=4, event_id=_id(4)))
    notifications.records([envelope_of(later, seq=5, event_id=_id(5))])
    notifications.hears_itself()

    assert sink.recipients == []
    assert [mail[2:] for mail in _mails(notifications)] == [("suppressed", "overtaken")]


@pytest.mark.parametrize(
    ("before", "state"),
    [
        (payment_captured(ORDER, PAYMENT), "suppressed"),
        (payment_captured(ORDER, PAYMENT, due="20.00", captured="25.00"), "sent"),
        (order_cancelled(ORDER), "suppressed"),
        (order_confirmed(ORDER), "suppressed"),
    ],
)
def test_no_reminder_for_money_that_has_come(notifications: ServiceDriver, before: Event, state: str) -> None:
    """R-ORD-54: also when the payment was told before the reminder, and orders had not heard of it. A part of it does not count."""
    notifications.records([envelope_of(order_submitted(ORDER), event_id=_id(1)), envelope_of(before, event_id=_id(2))])

    notifications.hears(envelope_of(payment_reminder_due(ORDER), event_id=_id(3)))
    notifications.hears_itself()

    assert [mail[2] for mail in _mails(notifications)] == [state]


def test_what_happened_to_an_earlier_submission_silences_no_reminder(notifications: ServiceDriver) -> None:
    """An order that was cancelled, reset and submitted again is reminded of its new payment."""
    notifications.records(
        [
            envelope_of(order_submitted(ORDER), event_id=_id(1)),
            envelope_of(order_cancelled(ORDER), event_id=_id(2)),
            envelope_of(order_submitted(ORDER, submission=2), event_id=_id(3)),
        ]
    )
    notifications.hears(envelope_of(payment_reminder_due(ORDER, submission=2), event_id=_id(4)))
    notifications.hears_itself()

    assert _mails(notifications) == [("payment_reminder", "ada@example.com", "sent", None)]


def test_an_expired_order_brings_that_mail_and_no_other(notifications: ServiceDriver) -> None:
    """api.md, 13.3."""
    notifications.hears(order_cancelled(ORDER, reason="payment_expired", state_before="quotation"))

    assert _mails(notifications) == [("payment_expired", "ada@example.com", "queued", None)]


@pytest.mark.parametrize(
    "silent",
    [{"notify": False}, {"number": None}, {"reason": "merged", "state_before": "quotation"}, {"reason": "erased"}],
)
def test_a_cancellation_that_concerns_nobody_is_told_to_nobody(notifications: ServiceDriver, silent: dict[str, object]) -> None:
    """R-ORD-51: `notify` off; a cart that was never submitted; one that lives on in another."""
    notifications.hears(order_confirmed(ORDER))
    notifications.hears(order_cancelled(ORDER, **silent), seq=2)

    assert _mails(notifications, "?template=order_cancelled") == []


def test_a_cancellation_is_told_to_the_sellers_who_were_told_of_the_order(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-ORD-51, R-NOT-05, R-NOT-13: each in their language, one mail per address, and nothing of the customer."""
    notifications.hears(order_confirmed(ORDER))
    notifications.hears(order_cancelled(ORDER), seq=2, times=2)
    notifications.hears_itself()

    told = {taken.recipients[0]: taken.message for taken in sink.taken[-3:]}
    assert {address: str(message["Subject"]) for address, message in told.items()} == {
        "ada@example.com": "Your order SO000123 is cancelled",
        "kiln@example.org": "Order SO000123 is cancelled",
        "forge@example.org": "Заказ SO000123 отменён",
    }
    assert all(len(taken.recipients) == 1 for taken in sink.taken)
    body = told["kiln@example.org"].get_body(("plain",))
    assert body is not None
    assert "Ada" not in body.get_content()
    assert f"/office/orders/{ORDER}" in body.get_content()


def test_sellers_hear_of_no_cancellation_of_what_they_never_heard_of(notifications: ServiceDriver) -> None:
    """R-NOT-05: no seller hears of unpaid carts; nor one of whom an earlier submission was."""
    notifications.hears(order_confirmed(ORDER))
    notifications.hears(
        order_confirmed(ORDER, submission=2, sellers=(SellerContact(code="loom", name="L", emails=(), language="en"),)), seq=3
    )

    notifications.hears(order_cancelled(ORDER, submission=2), seq=4)
    notifications.hears(order_cancelled(ORDER, submission=3, state_before="quotation_sent"), seq=6)

    assert [row[1] for row in _mails(notifications, "?template=order_cancelled")] == ["ada@example.com"] * 2


def test_a_cancellation_before_its_confirmation_waits_for_it(notifications: ServiceDriver) -> None:
    """Whom the confirmation was told to is not known yet."""
    assert notifications.hears_again_later(order_cancelled(ORDER), seq=2)

    notifications.hears(order_confirmed(ORDER), seq=1)
    notifications.hears(order_cancelled(ORDER), seq=2)

    assert len(_mails(notifications, "?template=order_cancelled")) == 3
    assert "has not arrived here yet" in str(ConfirmationNotHeard(ORDER))


def test_a_pickup_is_mailed_with_its_code_once_and_never_as_shipped(notifications: ServiceDriver) -> None:
    """R-DLV-21, R-NOT-06."""
    address = {"name": "Wheels", "line1": "12 Wheel Lane", "city": "Leiden", "postal_code": "2311 AB", "country": "NL"}
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"address": address}}})
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears(pickup_ready(ORDER), times=2)
    notifications.hears(delivery_done(ORDER, to_customer=False, pickup=True))

    text = _text(notifications, "ready_for_pickup")

    for said in ("4711-08", "2 × Oak mug", "Wheels\n12 Wheel Lane\n"):
        assert said in text
    assert [mail[0] for mail in _mails(notifications)] == ["order_confirmation", "ready_for_pickup"]


def test_a_shipment_says_when_it_is_expected_and_what_follows(notifications: ServiceDriver) -> None:
    """R-NOT-07: the date that the confirmation promised."""
    notifications.hears(order_confirmed(ORDER, sellers=(), expected_at="2031-05-06T16:00:00.000000Z"))
    notifications.hears(delivery_done(ORDER))

    text = _text(notifications, "parcel_shipped")

    assert "We expect to deliver by 6 May 2031." in text
    assert "1 × Felling axe" in text.split("This follows later")[1]


@pytest.mark.parametrize("language", ["en", "fa", "vi", "ru"])
def test_they_speak_the_order_s_language(notifications: ServiceDriver, language: str) -> None:
    """R-NOT-04, R-LNG-01, R-LNG-03: Persian right to left, with its digits and calendar where the shop wants them."""
    documents = {"native_digits": True, "jalali_dates": True}
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"documents": documents}})
    notifications.hears(order_sent(ORDER, who=who(language=language)))
    (row,) = notifications.asks("GET", "/admin/v1/notifications").body["data"]
    mail = notifications.asks("GET", f"/admin/v1/notifications/{row['id']}").body

    assert mail["language"] == language
    assert f'lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"' in mail["html"]
    assert ("۴۵٫۰۰" in mail["text"], "۱۴۱۰/۰۲/۱۸" in mail["text"]) == (language == "fa", language == "fa")
