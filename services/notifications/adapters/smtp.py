"""The mail server, by SMTP; and the transport of an installation that has none."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from services.notifications.domain.outgoing import ADDRESS, OutgoingMail
from services.notifications.errors import MailNotTaken, OutcomeUnknown, RecipientRefused

TIMEOUT_SECONDS: Final = 10
"""Of each step of the conversation."""
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_POLICY: Final = SMTP.clone(cte_type="7bit")


class KeptTransport:
    """Mails are kept and shown, and leave the house for nowhere (CARTWRIGHT_SMTP_URL is not set)."""

    name = "kept"

    def send(self, mail: OutgoingMail) -> None:
        """The record that is kept anyway is all there is to do."""


class SmtpTransport:
    """`smtp://[user:password@]host[:port][?starttls=1]` or `smtps://…`. A connection per mail."""

    name = "smtp"

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._implicit_tls = parts.scheme == "smtps"
        self._starttls = parse_qs(parts.query).get("starttls") == ["1"]
        self._port = parts.port or (465 if self._implicit_tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._timeout = timeout_seconds

    def send(self, mail: OutgoingMail) -> None:
        """Hands one mail over. Raises MailNotTaken, RecipientRefused, OutcomeUnknown."""
        recipient, sender = recipient_of(mail), _sender_of(mail)
        try:
            content = message_of(mail).as_bytes(policy=_POLICY)
        except ValueError as error:
            raise MailNotTaken(f"the mail cannot be written: {error}") from error
        try:
            session = self._greeted()
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotTaken(f"{self._host}:{self._port} does not answer as a mail server: {error}") from error
        try:
            self._offer(session, sender, recipient)
            self._give(session, content)
        finally:
            session.close()

    def _greeted(self) -> smtplib.SMTP:
        name = socket.gethostname()
        if self._implicit_tls:
            context = ssl.create_default_context()
            session: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, local_hostname=name, timeout=self._timeout, context=context)
        else:
            session = smtplib.SMTP(self._host, self._port, local_hostname=name, timeout=self._timeout)
        try:
            if self._starttls:
                session.starttls(context=ssl.create_default_context())
            session.ehlo_or_helo_if_needed()
            if self._user:
                session.login(self._user, self._password)
        except BaseException:
            session.close()
            raise
        return session

    def _offer(self, session: smtplib.SMTP, sender: str, recipient: str) -> None:
        """Everything up to the word that the content may come: whatever fails here, the server has nothing yet."""
        try:
            code, reply = session.mail(sender)
            if code != 250:
                raise MailNotTaken(f"the mail server refuses {sender}: {_said(code, reply)}")
            code, reply = session.rcpt(recipient)
            if 500 <= code <= 599:
                raise RecipientRefused(f"the mail server refuses {recipient}: {_said(code, reply)}")
            if code not in (250, 251):
                raise MailNotTaken(f"the mail server does not take mail for {recipient} now: {_said(code, reply)}")
            code, reply = session.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotTaken(f"the mail server broke off: {error}") from error
        if code != 354:
            raise MailNotTaken(f"the mail server does not take the mail: {_said(code, reply)}")

    def _give(self, session: smtplib.SMTP, content: bytes) -> None:
        """The content. A connection that breaks from here on leaves open whether the mail was taken (R-NOT-02)."""
        try:
            session.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
            code, reply = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown(f"the mail server broke off after the mail was given: {error}") from error
        if code != 250:
            raise MailNotTaken(f"the mail server refuses the mail: {_said(code, reply)}")
        try:
            session.quit()
        except (OSError, smtplib.SMTPException):
            # It has said that it took the mail; how it says good-bye changes nothing.
            return


def message_of(mail: OutgoingMail) -> EmailMessage:
    """The message: one address, text and HTML, attachments. Raises ValueError for a header with a line break."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = mail.sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.date)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return message


def recipient_of(mail: OutgoingMail) -> str:
    """The one address, its domain as the DNS has it.

    Raises RecipientRefused for a list, a name, a line break, or a local part that is not ASCII.
    """
    address = _ascii(mail.recipient)
    if address is None:
        raise RecipientRefused(f"{mail.recipient!r} is not one mail address in ASCII")
    return address


def _sender_of(mail: OutgoingMail) -> str:
    """The address in `store.mail_from`, which may have a name before it. A wrong one can be repaired: MailNotTaken."""
    address = _ascii(parseaddr(mail.sender)[1])
    if address is None:
        raise MailNotTaken(f"{mail.sender!r} is no address to send from")
    return address


def _ascii(address: str) -> str | None:
    if ADDRESS.fullmatch(address) is None:
        return None
    local, _, domain = address.partition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None


def _said(code: int, reply: bytes) -> str:
    return f"{code} {reply.decode(errors='replace')}"
