"""What a mail says, in whose language, and what happens when its template is broken."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from services.notifications.actions import compose_mail
from shared.values.order_token import order_token
from tests.services.notifications.conftest import Shelf
from tests.support.driver import ServiceDriver
from tests.support.samples_notifications import PDF, invoice_rendered, order_confirmed, order_submitted, who
from tests.support.smtp_sink import SmtpSink

ORDER = "ord_01J00000000000000000000001"


def _only_mail(notifications: ServiceDriver, query: str = "") -> dict[str, str]:
    (row,) = notifications.asks("GET", f"/admin/v1/notifications{query}").body["data"]
    found: dict[str, str] = notifications.asks("GET", f"/admin/v1/notifications/{row['id']}").body
    return found


def _text(sink: SmtpSink) -> str:
    body = sink.taken[0].message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Your order SO000123 is confirmed"),
        ("fa", "سفارش SO000123 شما تأیید شد"),
        ("vi", "Đơn hàng SO000123 của quý khách đã được xác nhận"),
        ("ru", "Ваш заказ SO000123 подтверждён"),
    ],
)
def test_a_mail_speaks_the_order_s_language(notifications: ServiceDriver, language: str, subject: str) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=(), who=who(language=language)))

    mail = _only_mail(notifications)

    assert mail["language"] == language
    assert f'<html lang="{language}"' in mail["html"]
    assert mail["subject"] == subject


def test_the_link_opens_the_order_and_its_token_is_nowhere_in_the_database(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """R-ACC-02: derived when it is sent or shown, never stored."""
    notifications.hears(order_confirmed(ORDER, sellers=(), who=who(token_generation=3)))
    notifications.hears_itself()

    found = re.search(rf"https://shop\.example\.net/shop/orders/{ORDER}\?token=([A-Za-z0-9_-]{{43}})", _text(sink))
    assert found is not None
    assert found[1] == order_token("test-secret", ORDER, 3)
    assert found[0] in _only_mail(notifications)["html"]
    ((text, html),) = notifications.rows("SELECT text, html FROM notifications")
    assert found[1] not in text + html


def test_the_link_leads_to_the_shop_s_own_storefront(notifications: ServiceDriver, sink: SmtpSink) -> None:
    """And is shown as it was sent when the setting has moved on."""
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"storefront_url": "https://kiln.example/"}}})
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()
    notifications.commands("PUT", "/internal/v1/settings", {"version": 2, "values": {"store": {"storefront_url": "https://new.example"}}})

    assert f"https://kiln.example/orders/{ORDER}?token=" in _text(sink)
    assert f"https://kiln.example/orders/{ORDER}?token=" in _only_mail(notifications)["text"]


def test_mails_come_from_the_shop_s_address(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=()))
    notifications.hears_itself()
    notifications.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"mail_from": "Kiln <hi@kiln.example>"}}})
    notifications.hears(order_confirmed(ORDER, sellers=(), submission=2))
    notifications.hears_itself()

    assert [str(taken.message["From"]) for taken in sink.taken] == ["no-reply@shop.example.net", "Kiln <hi@kiln.example>"]


@pytest.mark.parametrize(
    ("changed", "says", "silent"),
    [
        ({"paid": True}, "Your payment has arrived.", "How to pay"),
        ({"paid": False}, "Your payment is authorised.", "How to pay"),
        ({"paid": False, "confirmed_by": "staff"}, "Amount: 45.00 EUR", "Your payment"),
        ({"paid": False, "prepayment_percent": 30}, "Amount: 31.50 EUR", "Your payment"),
    ],
)
def test_a_confirmation_says_what_is_paid(notifications: ServiceDriver, changed: dict[str, object], says: str, silent: str) -> None:
    """R-NOT-09: what is still to pay, with amount and reference."""
    notifications.hears(order_confirmed(ORDER, sellers=(), **changed))

    text = _only_mail(notifications)["text"].replace("\u00a0", " ")

    assert says in text
    assert silent not in text


@pytest.mark.parametrize(
    ("due", "says", "silent"),
    [("0.00", "nothing to do", "Amount due"), ("12.00", "Amount due: 12.00 EUR", "nothing to do"), (None, "Total: 45.00", "Amount due")],
)
def test_an_invoice_says_what_is_due_if_that_is_known(
    notifications: ServiceDriver, shelf: Shelf, due: str | None, says: str, silent: str
) -> None:
    notifications.hears(order_submitted(ORDER))
    notifications.hears(invoice_rendered(ORDER, content=PDF, amount_due=due))

    text = _only_mail(notifications)["text"].replace("\u00a0", " ")

    assert says in text
    assert silent not in text


def test_a_note_of_the_customer_cannot_write_a_link(notifications: ServiceDriver, sink: SmtpSink) -> None:
    notifications.hears(order_confirmed(ORDER, sellers=(), customer_note="https://link.invalid/ntf_1 <b>bold</b>"))
    notifications.hears_itself()
    html = sink.taken[0].message.get_body(("html",))

    assert html is not None
    assert "https://link.invalid/ntf_1" in _text(sink)
    assert "<b>bold" not in html.get_content()


def test_a_broken_template_fails_its_mail_alone_and_is_sent_once_after_the_repair(
    notifications: ServiceDriver, sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-NOT-03, R-ORD-15: the sellers' mails go, the failure is seen."""
    broken = tmp_path / "mail"
    shutil.copytree(compose_mail.TEMPLATES, broken)
    (broken / "order_confirmation.txt").write_text("Subject: {{ nothing.at.all }}")
    with monkeypatch.context() as patched:
        patched.setattr(compose_mail, "TEMPLATES", broken)
        notifications.hears(order_confirmed(ORDER))
        notifications.hears_itself()
        failed = _only_mail(notifications, "?template=order_confirmation")
        notifications.later(minutes=1)
        notifications.runs_timers()
        notifications.hears_itself()
        failed_again = _only_mail(notifications, "?template=order_confirmation")

    assert sorted(sink.recipients) == ["forge@example.org", "kiln@example.org"]
    assert (failed["state"], failed["subject"], len(failed["attempts"])) == ("failed", None, 1)
    assert "order_confirmation cannot be composed: UndefinedError" in str(failed["attempts"])
    assert (failed_again["state"], len(failed_again["attempts"])) == ("failed", 2)

    notifications.hears(notifications.told_bodies()[-2])
    assert sink.recipients.count("ada@example.com") == 0, "an old message brings no try before its time"
    notifications.later(minutes=10)
    notifications.runs_timers()
    notifications.hears_itself()
    notifications.later(days=2)
    notifications.runs_timers()
    notifications.hears_itself()

    assert sink.recipients.count("ada@example.com") == 1
    assert _only_mail(notifications, "?template=order_confirmation")["state"] == "sent"
