"""What goes over the wire, and what is said of it when it does not."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notifications.adapters.outside import connect
from services.notifications.adapters.smtp import SmtpTransport
from services.notifications.domain.outgoing import Attachment, OutgoingMail
from services.notifications.errors import MailNotTaken, OutcomeUnknown, RecipientRefused
from shared.errors import SettingInvalid
from shared.settings import Environment
from tests.support.driver import NOON
from tests.support.smtp_sink import SmtpSink, smtp_sink


def mail(**changed: object) -> OutgoingMail:
    values: dict[str, object] = {
        "message_id": "<ntf_1@shop.example.net>",
        "sender": "no-reply@shop.example.net",
        "recipient": "ada@example.com",
        "date": NOON,
        "subject": "Заказ SO000123 подтверждён",
        "text": "سلام\n",
        "html": "<p>Xin chào</p>",
    }
    return OutgoingMail(**(values | changed))  # type: ignore[arg-type]


def transport(sink: SmtpSink) -> SmtpTransport:
    return SmtpTransport(sink.url, timeout_seconds=0.5)


def test_a_mail_arrives_with_both_bodies_and_its_attachment(sink: SmtpSink) -> None:
    transport(sink).send(mail(attachments=(Attachment("INV-2031-00042.pdf", "application/pdf", b"%PDF-1.7"),)))

    (taken,) = sink.taken
    message = taken.message
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    (attached,) = message.iter_attachments()

    assert (taken.sender, taken.recipients) == ("no-reply@shop.example.net", ("ada@example.com",))
    assert (message["From"], message["To"]) == ("no-reply@shop.example.net", "ada@example.com")
    assert (message["Message-ID"], message["Subject"]) == ("<ntf_1@shop.example.net>", "Заказ SO000123 подтверждён")
    assert message["Date"].datetime == NOON
    assert text is not None
    assert text.get_content() == "سلام\r\n"
    assert html is not None
    assert html.get_content() == "<p>Xin chào</p>\r\n"
    assert (attached.get_filename(), attached.get_content_type(), attached.get_content()) == (
        "INV-2031-00042.pdf",
        "application/pdf",
        b"%PDF-1.7",
    )
    assert taken.raw.isascii()


def test_a_line_of_one_dot_ends_nothing(sink: SmtpSink) -> None:
    transport(sink).send(mail(text="before\n.\n..after\n"))
    text = sink.taken[0].message.get_body(("plain",))

    assert text is not None
    assert text.get_content() == "before\r\n.\r\n..after\r\n"


@pytest.mark.parametrize(
    "recipient",
    ["ada@example.com\r\nBcc: eve@example.com", "ada@example.com, eve@example.com", "Ada <ada@example.com>", "ada", "", "a b@example.com"],
)
def test_what_is_not_one_address_is_refused_before_anything_is_sent(sink: SmtpSink, recipient: str) -> None:
    """R-NOT-13: no header can be written by an address, and no second one hidden in it."""
    with pytest.raises(RecipientRefused):
        transport(sink).send(mail(recipient=recipient))

    assert sink.taken == []


@pytest.mark.parametrize("sender", ["shop@example.org\r\nBcc: eve@example.com", "nobody", "Shop\n <shop@example.org>"])
def test_a_wrong_sender_is_sent_after_its_repair(sink: SmtpSink, sender: str) -> None:
    with pytest.raises(MailNotTaken):
        transport(sink).send(mail(sender=sender))

    assert sink.taken == []


def test_a_subject_with_a_line_break_writes_no_header(sink: SmtpSink) -> None:
    with pytest.raises(MailNotTaken):
        transport(sink).send(mail(subject="Order\r\nBcc: eve@example.com"))

    assert sink.taken == []


def test_a_sender_may_have_a_name_and_a_domain_its_own_letters(sink: SmtpSink) -> None:
    transport(sink).send(mail(sender="The Shop <orders@example.org>", recipient="ada@bücher.example"))

    assert (sink.taken[0].sender, sink.taken[0].recipients) == ("orders@example.org", ("ada@xn--bcher-kva.example",))


def test_a_recipient_refused_for_good_is_told_from_one_refused_for_now(sink: SmtpSink) -> None:
    sink.recipient_reply = "550 no such user"
    with pytest.raises(RecipientRefused, match="no such user"):
        transport(sink).send(mail())

    sink.recipient_reply = "450 mailbox busy"
    with pytest.raises(MailNotTaken, match="mailbox busy"):
        transport(sink).send(mail())


@pytest.mark.parametrize("reply", ["554 spam", "451 later"])
def test_a_refused_content_was_not_taken(sink: SmtpSink, reply: str) -> None:
    sink.data_reply = reply

    with pytest.raises(MailNotTaken, match=reply):
        transport(sink).send(mail())


def test_a_server_that_stalls_or_is_down_has_taken_nothing(sink: SmtpSink) -> None:
    sink.stalls = True
    with pytest.raises(MailNotTaken):
        transport(sink).send(mail())

    with pytest.raises(MailNotTaken):
        SmtpTransport("smtp://127.0.0.1:1", timeout_seconds=0.5).send(mail())


def test_a_connection_that_breaks_after_the_content_leaves_the_outcome_open(sink: SmtpSink) -> None:
    """R-NOT-02."""
    sink.drops_after_data = True

    with pytest.raises(OutcomeUnknown):
        transport(sink).send(mail())

    assert len(sink.taken) == 1


def test_user_and_password_are_given_and_a_wrong_one_is_a_fault_of_the_setting() -> None:
    with smtp_sink(login=("shop@example.org", "p:ss/word")) as sink:
        address = f"127.0.0.1:{sink.port}"
        SmtpTransport(f"smtp://{quote('shop@example.org')}:{quote('p:ss/word', safe='')}@{address}").send(mail())
        with pytest.raises(MailNotTaken, match="535"):
            SmtpTransport(f"smtp://{quote('shop@example.org')}:wrong@{address}").send(mail())

    assert [taken.user for taken in sink.taken] == ["shop@example.org"]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ssl.SSLContext]:
    """A server's TLS, of a certificate that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = tmp_path / "certificate.pem", tmp_path / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    def context() -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(path, key_path)
        return found

    return context


@pytest.mark.parametrize(("scheme", "query", "implicit"), [("smtp", "?starttls=1", False), ("smtps", "", True)])
def test_mail_goes_over_tls_and_never_to_an_untrusted_server(
    certificate: Callable[[], ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, scheme: str, query: str, implicit: bool
) -> None:
    with smtp_sink(tls=certificate(), implicit=implicit) as sink:
        over_tls = SmtpTransport(f"{scheme}://127.0.0.1:{sink.port}{query}", timeout_seconds=2)
        over_tls.send(mail())
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(MailNotTaken):
            over_tls.send(mail())

    assert len(sink.taken) == 1


def test_starttls_never_falls_back_to_plain_text(sink: SmtpSink) -> None:
    with pytest.raises(MailNotTaken):
        SmtpTransport(sink.url + "?starttls=1", timeout_seconds=2).send(mail())

    assert sink.taken == []


def test_without_a_mail_server_mails_are_kept() -> None:
    outside = connect(Environment(secret="s"))

    outside.transport.send(mail())

    assert outside.transport.name == "kept"
    assert connect(Environment(secret="s", smtp_url="smtp://127.0.0.1:2525")).transport.name == "smtp"


def test_links_need_a_secret() -> None:
    with pytest.raises(SettingInvalid):
        connect(Environment())
