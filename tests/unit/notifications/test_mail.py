"""Mails in four languages: complete, in order, and without a gap."""

import re
from pathlib import Path
from typing import Any

import pytest

from services.notifications.actions.compose_mail import TEMPLATES
from services.notifications.domain import mail
from services.notifications.domain.notification import TEMPLATES as NAMES
from shared.language.catalogue import LANGUAGES
from shared.language.formats import Formats
from shared.render.mails import ComposedMail, SubjectMissing, compose
from tests.support.samples_mails import PICKUP_CODE, every_mail, order_sent, pickup_ready
from tests.support.samples_paper import BUYERS, LINKS, STORE, delivery_done, invoice, names, order_confirmed

FORMATS = Formats("Europe/Amsterdam")


def composed(name: str, variables: dict[str, Any], language: str = "en", formats: Formats = FORMATS) -> ComposedMail:
    return compose(TEMPLATES, name, language=language, variables=variables, options=formats)


def confirmation(language: str = "en", **changes: Any) -> dict[str, Any]:
    return mail.order_confirmation(order_confirmed(language) | changes, store=STORE, links=LINKS)


def shipped(payload: dict[str, Any], language: str = "en") -> dict[str, Any]:
    return mail.parcel_shipped(
        payload,
        number="SO000123",
        name=BUYERS[language]["name"],
        names=names(language),
        expected_at="2031-05-06T16:00:00Z",
        later=False,
        store=STORE,
        links=LINKS,
    )


def first_of_each(language: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, _, variables in every_mail(language):
        found.setdefault(name, variables)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_has_subject_text_and_html_in_its_language(language: str) -> None:
    """R-LNG-01."""
    for (name, _, variables), (_, _, in_english) in zip(every_mail(language), every_mail("en"), strict=True):
        made = composed(name, variables, language)
        english = composed(name, in_english, "en")

        assert f'lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"' in made.html, name
        assert "None" not in made.text + made.html, name
        assert "\n\n\n" not in made.text, name
        assert made.subject in re.sub("[\u2066-\u2069]", "", made.html), name
        assert language == "en" or made.subject != english.subject or name == "invoice", name


def test_samples_leave_no_mail_out() -> None:
    assert set(first_of_each("en")) == set(NAMES)


def test_mails_need_no_picture_script_or_style_of_the_net() -> None:
    for name, _, variables in every_mail("fa"):
        html = composed(name, variables, "fa").html

        assert not re.search(r"<(img|script|link|style|iframe)\b", html), name


def test_subject_is_one_line_without_control_characters() -> None:
    made = composed(
        "payment_failed",
        mail.payment_failed({"amount": "1.00", "currency": "EUR"}, number="SO1\r\nBcc: x@example.org", name=None, store=STORE, links=LINKS),
        "fa",
    )

    assert made.subject == "پرداخت سفارش SO1 Bcc: x@example.org ناموفق بود"


def test_text_template_without_a_subject_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Hello")
    (tmp_path / "note.html").write_text("Hello")

    with pytest.raises(SubjectMissing, match=r"note\.txt must begin with"):
        compose(tmp_path, "note", language="en", variables={}, options=FORMATS)


def test_unpaid_confirmation_holds_amount_reference_account_and_deadline() -> None:
    """R-NOT-09."""
    made = composed("order_confirmation", confirmation())

    for body in (made.text, made.html):
        for part in ("129.00\u00a0EUR", "Payment reference: SO000123", "IBAN: NL91ABNA0417164300", "Pay by: 15 May 2031 23:59"):
            assert part in body
        assert "Your payment has arrived" not in body


def test_reference_of_a_later_payment_is_its_own() -> None:
    """R-NOT-09: a second payment has the order's number and -1."""
    assert "Payment reference: SO000123-1" in composed("order_confirmation", confirmation(reference="SO000123-1")).text


def test_paid_confirmation_says_so_and_asks_for_nothing() -> None:
    made = composed("order_confirmation", mail.order_confirmation(order_confirmed(paid=True), store=STORE, links=LINKS))

    assert "Your payment has arrived." in made.text
    assert "How to pay" not in made.text + made.html


def test_authorised_payment_is_not_called_arrived() -> None:
    paid = order_confirmed(paid=True)
    totals = paid["totals"] | {"paid": "0.00", "authorized": "129.00"}

    text = composed("order_confirmation", confirmation(totals=totals, instructions=None)).text

    assert "Your payment is authorised." in text
    assert "arrived" not in text


def test_order_for_nothing_speaks_of_no_payment() -> None:
    """R-ORD-13."""
    totals = order_confirmed()["totals"] | {"total": "0.00", "tax": "0.00", "outstanding": "0.00"}

    text = composed("order_confirmation", confirmation(totals=totals)).text

    assert "payment" not in text.lower()


def test_what_is_left_of_a_voucher_is_told_with_its_new_code() -> None:
    """R-RET-12."""
    text = composed("order_confirmation", confirmation(voucher_left={"code": "GIFT-2", "amount": "7.00"})).text

    assert "7.00\u00a0EUR of your voucher is left. Its new code is GIFT-2." in text


def test_lines_and_shipping_add_up_to_the_total() -> None:
    """R-MON-14."""
    variables = confirmation()["order"]

    parts = [*(line["total"] for line in variables["lines"]), variables["shipping"]["total"]]

    assert sum(int(part.replace(".", "")) for part in parts) == int(variables["totals"]["total"].replace(".", ""))


def test_seller_sees_own_lines_only() -> None:
    """R-NOT-05, R-ACC-06."""
    made = composed("new_order", mail.new_order(order_confirmed(), store=STORE, links=LINKS, seller="forge"))

    for body in (made.text, made.html):
        assert "Wheel, 12 spokes" in body
        assert "7 Mill Road" in body
        for foreign in ("Oak mug", "Handle of ash", "129.00", "DHL", "ada@example.com", "+442079460000"):
            assert foreign not in body


def test_shop_sees_the_whole_order() -> None:
    """R-NOT-05."""
    text = composed("new_order", mail.new_order(order_confirmed(), store=STORE, links=LINKS, seller=None)).text

    assert all(part in text for part in ("Oak mug", "Wheel", "Total: 129.00\u00a0EUR", "ada@example.com", "Discounts of 5.00"))


def test_failed_payment_links_to_paying_again() -> None:
    """R-NOT-10."""
    made = composed("payment_failed", first_of_each("en")["payment_failed"])

    assert LINKS["payment"] in made.text
    assert f'href="{LINKS["payment"]}"' in made.html
    assert "confirmed" not in made.text


def test_invoice_mail_says_what_is_due_or_that_nothing_is() -> None:
    """R-INV-16."""
    paid = mail.invoice(invoice() | {"amount_due": "0.00"}, number="SO000123", name=None, store=STORE, links=LINKS)

    assert "Amount due: 3,847.84\u00a0EUR\nDue date: 15 May 2031" in composed("invoice", first_of_each("en")["invoice"]).text
    assert "It is paid" in composed("invoice", paid).text
    assert "Amount due" not in composed("invoice", paid).text


def test_shipping_mail_names_each_parcel_its_content_and_what_follows() -> None:
    """R-NOT-07."""
    text = composed("parcel_shipped", shipped(delivery_done())).text
    first, second = text.split("Parcel 2")

    assert "Carrier: DHL\nTracking number: 00340434161094000001\nhttps://track.example.org/00340434161094000001" in first
    assert "1 × Oak mug, large (OAK-000)" in first
    assert "2 × Wheel, 12 spokes (OAK-002)" in second.split("This follows later")[0]
    assert "1 × Wheel, 12 spokes (OAK-002)" in second.split("This follows later")[1]
    assert "sent in full" not in text


def test_parcel_without_a_number_shows_neither_number_nor_link() -> None:
    """R-NOT-07: never an empty number."""
    parcel = {"carrier": "DHL", "tracking_number": "", "tracking_url": "https://track.example.org/", "lines": []}

    made = composed("parcel_shipped", shipped({"parcels": [parcel], "remaining": []}))

    for body in (made.text, made.html):
        assert "Tracking number" not in body
        assert "track.example.org" not in body
        assert "With this, your order has been sent in full." in body


def test_notes_of_customers_are_escaped_in_html() -> None:
    made = composed("order_confirmation", confirmation())

    assert "&lt;b&gt;loudly&lt;/b&gt;" in made.html
    assert "<b>loudly</b>" in made.text


def test_persian_mail_uses_native_digits_and_jalali_when_the_shop_does() -> None:
    """R-LNG-03."""
    made = composed("order_confirmation", confirmation("fa"), "fa", Formats("Europe/Amsterdam", native_digits=True, jalali_dates=True))

    assert "۱۲۹\u066b۰۰\u00a0EUR" in made.text
    assert "۱۴۱۰/۰۲/۱۶" in made.html
    assert "NL91ABNA0417164300" in made.text


def test_instructions_hold_amount_reference_account_and_deadline() -> None:
    """R-NOT-09, R-MON-14: as the fact says, to the minor unit."""
    for name in ("payment_instructions", "payment_reminder"):
        made = composed(name, first_of_each("en")[name])
        for body in (made.text, made.html):
            for part in ("1,299.00\u00a0EUR", "Payment reference: SO000123", "IBAN: NL91ABNA0417164300", "Pay by: 15 May 2031 23:59"):
                assert part in body
            assert "confirmed" not in body


def test_a_prepayment_asks_its_own_amount_and_names_the_whole() -> None:
    """R-ORD-36."""
    part = {"text": None, "details": {}, "amount": "389.70"}
    text = composed("payment_instructions", mail.payment_instructions(order_sent(instructions=part), store=STORE, links=LINKS)).text

    assert "Amount: 389.70\u00a0EUR" in text
    assert "The whole order comes to 1,299.00\u00a0EUR." in text
    assert "prepayment" not in composed("payment_instructions", first_of_each("en")["payment_instructions"]).text


def test_without_an_account_or_deadline_nothing_empty_is_shown() -> None:
    bare = order_sent(instructions=None, deadline_at=None, reference=None)
    text = composed("payment_instructions", mail.payment_instructions(bare, store=STORE, links=LINKS)).text

    assert "Amount: 1,299.00\u00a0EUR\nPayment reference: SO000123\n" in text
    assert "Pay by" not in text


def test_the_reasons_that_are_the_shop_s_own_are_not_told() -> None:
    """R-ORD-51: neither fraud nor a decline is a customer's business, and the customer's wish is none of the seller's."""
    says = {way: composed(name, variables).text for name, way, variables in every_mail("en") if name == "order_cancelled"}

    assert "as you wished" in says["customer_request"]
    assert "not to be had" in says["out_of_stock"]
    assert "was cancelled and will not be delivered" in says["fraud"]
    assert "fraud" not in says["fraud"]
    assert "wish" not in says["seller"]
    assert "Ada" not in says["seller"]


def test_a_pickup_names_code_goods_and_place() -> None:
    """R-DLV-21."""
    made = composed("ready_for_pickup", mail.ready_for_pickup(pickup_ready(), number="SO000123", name=None, store=STORE, links=LINKS))

    for body in (made.text, made.html):
        for part in (PICKUP_CODE, "12 Wheel Lane", "Leiden", "Wheel, 12 spokes"):
            assert part in body


def test_of_a_pickup_that_is_there_in_part_only_that_part_is_named() -> None:
    payload = pickup_ready()
    payload["lines"] = [payload["lines"][0] | {"quantity": 5, "reserved": 2}, payload["lines"][1] | {"reserved": 0}]
    text = composed("ready_for_pickup", mail.ready_for_pickup(payload, number="SO000123", name=None, store=STORE, links=LINKS)).text

    assert "2 × Oak mug" in text
    assert "ash wood" not in text


def test_a_reminder_asks_what_the_fact_says() -> None:
    """R-MON-14: not what was asked at first."""
    due = order_sent() | {"amount": "299.00"}

    assert "Amount: 299.00\u00a0EUR" in composed("payment_reminder", mail.payment_reminder(due, store=STORE, links=LINKS)).text


def test_a_confirmed_pickup_is_not_called_a_delivery() -> None:
    pickup = next(variables for name, way, variables in every_mail("en") if (name, way) == ("order_confirmation", "pickup"))
    text = composed("order_confirmation", pickup).text

    assert "Where to fetch it\n12 Wheel Lane" in text
    assert "ready by 6 May 2031" in text
    assert "Delivery address" not in text
    assert "deliver by" not in text


def test_a_task_without_an_order_leads_to_all_tasks() -> None:
    text = composed("staff_alert", mail.staff_alert(title="A thing", number=None, store=STORE, links=LINKS)).text

    assert "Open the tasks" in text
    assert "Open the order" not in text
