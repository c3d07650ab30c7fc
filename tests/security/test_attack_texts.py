"""Hostile words in every field that a stranger may fill: they stay words, in mails, documents, logs, headers, searches and answers."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import pypdfium2
import pytest

from shared.contracts.api.public.problem import CODES
from tests.support.eventually import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, Cart, event_of

BREAKS: Final = "\r\nBcc: mallory@evil.example\r\n\r\nhello\u2028Bcc: mallory@evil.example\x85Cc: mallory@evil.example\x0b\x1b[31m\x07\x7f"
VICTIM: Final = "victim@shop.example"
PATIENCE_SECONDS: Final = 90


@pytest.fixture(scope="module")
def bait() -> Iterator[tuple[str, list[str]]]:
    """A server of the attacker's, and what was asked of it."""
    asked: list[str] = []

    class Bait(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Bait)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def hostile(place: str, url: str, *, most: int = 200) -> str:
    """Of at most so many characters, for it is to be taken: a formula, a template, markup that fetches and runs, and line breaks."""
    text = f"=1+1 {{{{7*7}}}}{{% raw %}}'--\"><img src={url}/{place}><script>"
    assert len(text) < most
    return text + BREAKS[: most - len(text)]


@pytest.fixture(scope="module")
def order(attacked: Shop, bait: tuple[str, list[str]]) -> Cart:
    """A paid order full of it."""
    url, _ = bait
    sku = attacked.product(names={"en": hostile("product", url)})
    address = GERMANY | {name: hostile(name, url) for name in ("name", "company", "line1", "line2")}
    address |= {name: hostile(name, url, most=100) for name in ("city", "region")}
    given = {name: hostile(name, url) for name in ("name", "company", "tax_id", "customer_reference", "customer_note")}
    cart = attacked.cart(sku, **given, email=VICTIM, shipping_address=address, billing_address=address, metadata={"a": BREAKS, "<b>": url})
    assert cart.call("POST", "/lines", {"sku": sku, "quantity": 1, "attributes": {"note": BREAKS}}).status == 200
    attacked.tell("succeeded", cart.submitted()).ok()
    return cart


def test_its_mails_go_to_whom_they_are_for_and_hold_no_markup_of_theirs(attacked: Shop, order: Cart, bait: tuple[str, list[str]]) -> None:
    wanted = {"order_confirmation", "invoice", "new_order"}
    eventually(lambda: {mail["template"] for mail in order.mails("sent")} == wanted, seconds=PATIENCE_SECONDS, what="the mails")
    number = order.order()["number"]
    taken = [mail for mail in attacked.mail.taken if VICTIM in mail.recipients or number in str(mail.message["subject"])]
    assert len(taken) == 3
    for mail in taken:
        assert mail.recipients in ((VICTIM,), ("orders@shop.example",))
        message = mail.message
        assert not [name for name in message if name.lower() in ("bcc", "cc", "reply-to")], message.items()
        assert message.get_all("to") == [mail.recipients[0]]
        assert not set(str(message["subject"])) & set("\r\n\x85\u2028\x0b\x1b\x07")
        html = message.get_body(("html",))
        assert html is not None
        shown = html.get_content()
        assert "<script" not in shown
        assert f"<img src={bait[0]}" not in shown
        assert "{{7*7}}" in shown


def test_its_invoice_shows_the_words_and_was_drawn_without_asking_anybody(attacked: Shop, order: Cart, bait: tuple[str, list[str]]) -> None:
    invoice = eventually(lambda: order.order("invoices")["invoices"], seconds=PATIENCE_SECONDS, what="the invoice")[0]
    pdf = eventually(
        lambda: (found := attacked.staff("GET", f"/invoices/{invoice['id']}/pdf")).status == 200 and found.raw,
        seconds=PATIENCE_SECONDS,
        what="the PDF",
    )

    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert "7*7" in text
    assert "<script>" in text
    assert document.count_attachments() == 0
    assert b"/JavaScript" not in pdf
    assert bait[1] == []


def test_what_staff_and_customer_read_is_what_was_written(attacked: Shop, order: Cart, bait: tuple[str, list[str]]) -> None:
    """Nothing is taken out: who shows it has to escape it, and knows it is data by its media type."""
    for reply in (attacked.staff("GET", f"/orders/{order.id}"), order.call("GET", below="orders")):
        assert reply.headers["content-type"] == "application/json"
        assert reply.ok()["customer"]["name"] == hostile("name", bait[0]).strip()
    for path in ("/orders", f"/orders/{order.id}/timeline", "/events", "/tasks", f"/notifications?order_id={order.id}"):
        assert attacked.staff("GET", path).status == 200


def test_log_lines_are_json_and_hold_none_of_it(attacked: Shop, order: Cart) -> None:
    for value in ("\x1b[31m", "%0a%0dfake", '{"level":"error"}', "a\tb"):
        headers = {"X-Request-Id": value.replace("\x1b", "%1b"), "Idempotency-Key": value.replace("\x1b", "~"), "User-Agent": "\tmallory"}
        order.call("POST", "/lines", {"sku": "mallory", "quantity": 1}, headers=headers)
        attacked.call("GET", "/store/v1/%1b[31m%0d%0amallory")
        attacked.hook(b'{"id": "mallory\\u001b"}', signature="t=1,v1=mallory")
    attacked.hook(b'{"id": "evt_mallory\\n\\u001b[31m", "type": "mallory\\n", "created": 1, "data": {"object": {"object": "mallory"}}}')

    lines = (attacked.folder / "shop.log").read_text().splitlines()
    said = [line for line in lines if not line.startswith(("keys of this shop", "  admin key", "  publishable key", "cartwright is up"))]
    for line in said:
        found = json.loads(line)
        assert {"level", "event", "time"} <= set(found), line
    assert "mallory@evil" not in "\n".join(said)
    assert "\x1b" not in "\n".join(lines)


@pytest.mark.parametrize("path", ["/orders", "/products", "/customers", "/sellers"])
def test_what_is_searched_for_is_a_text_and_no_pattern_or_statement(attacked: Shop, order: Cart, path: str) -> None:
    everything = len(attacked.listed(path))
    for text in (
        "%",
        "_",
        "%%%%",
        "\\",
        "' OR '1'='1",
        "'; DROP TABLE orders; --",
        "*",
        "[a-z]",
        "(?:",
        "\u2028zzz",
        "a" * 200,
        "\U0001f600",
    ):
        found = attacked.staff("GET", f"{path}?q=" + "".join(f"%{byte:02x}" for byte in text.encode()))
        assert found.status in (200, 422), (text, found.raw[:200])
        if found.status == 200 and not text.startswith("a"):
            assert len(found.body["data"]) < max(everything, 1) or everything == 0, text
    assert len(attacked.listed(path)) == everything


def test_filters_and_cursors_of_any_kind_are_answered_as_documented(attacked: Shop, order: Cart) -> None:
    words = (
        "'",
        "%00",
        "%ff",
        "-1",
        "1e9",
        "9" * 400,
        "true;--",
        "cur_",
        "cur_AAAA",
        "cur_W10",
        "cur_WyJcdTAwMDAiXQ",
        "a," * 900,
        "ord_" + "Z" * 26,
    )
    names = ("state", "customer_id", "created_at[gte]", "after", "limit", "sort", "view", "tag", "include", "held", "']--")
    paths = ("/orders", "/payments", "/events", "/notifications", "/audit_log", "/stock/moves")
    for number, (name, word) in enumerate(itertools.product(names, words)):
        query = f"{name}={word}".replace("[", "%5B").replace("]", "%5D").replace("'", "%27")
        reply = attacked.staff("GET", f"{paths[number % len(paths)]}?{query}")
        assert reply.status in (200, 422), (reply.asked, reply.raw[:200])


def test_a_webhook_counts_when_it_is_signed_lately_and_once(attacked: Shop) -> None:
    cart = attacked.cart(attacked.product())
    payment = cart.submitted()
    event = event_of("succeeded", payment)
    now = int(json.loads(event)["created"])
    refused = [
        attacked.hook(event, secret="whsec_of_somebody_else"),
        attacked.hook(event, secret=""),
        attacked.hook(event, at=now - 301 - 60),
        attacked.hook(event, at=now + 3600),
        attacked.hook(event, signature="t=1"),
        attacked.hook(event, signature=f"t={now},v1="),
        attacked.hook(event, signature=f"t={now},t={now - 1000},v1=00"),
        attacked.hook(event, signature="t=" + "9" * 5000 + ",v1=" + "0" * 5000),
        attacked.hook(event, signature=",".join(["v1=" + "0" * 64] * 400)),
        attacked.call("POST", "/hooks/v1/stripe", raw=event),
    ]
    assert {(reply.status, reply.code) for reply in refused} == {(400, "signature_invalid")}
    assert (large := attacked.hook(b'{"a": "' + b"x" * 3_000_000 + b'"}')).status == CODES[large.code][0] == 413
    assert cart.payments()[0]["state"] == "created"

    answers = [attacked.hook(event).ok() for _ in range(3)]

    assert [answer["duplicate"] for answer in answers] == [False, True, True]
    assert cart.payments()[0]["state"] == "captured"
    assert cart.payments()[0]["received"] in (None, payment["amount"])
