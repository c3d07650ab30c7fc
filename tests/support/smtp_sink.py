"""A mail server that keeps what it takes, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


@dataclass(frozen=True)
class Taken:
    """A mail as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes
    user: str | None


@dataclass
class SmtpSink:
    """`taken` holds what it took, also when it then hung up. Faults stay until they are taken back."""

    taken: list[Taken] = field(default_factory=list)
    recipient_reply: str | None = None
    """Said to RCPT in place of 250, such as `550 no such user`."""
    data_reply: str | None = None
    """Said to the content in place of 250; the mail is not taken."""
    stalls: bool = False
    """Never answers RCPT."""
    drops_after_data: bool = False
    """Takes the mail and hangs up without a word."""
    port: int = 0

    @property
    def url(self) -> str:
        """For SmtpTransport."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        """Whom the mails that it took are for."""
        return [recipient for mail in self.taken for recipient in mail.recipients]

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.stalls:
            await asyncio.Event().wait()
        if self.recipient_reply is not None:
            return self.recipient_reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.data_reply is not None:
            return self.data_reply
        raw = bytes(envelope.content)
        user = session.auth_data.login.decode() if session.auth_data else None
        message = cast(EmailMessage, message_from_bytes(raw, policy=default))
        self.taken.append(Taken(envelope.mail_from, tuple(envelope.rcpt_tos), message, raw, user))
        if self.drops_after_data:
            server.transport.abort()
        return "250 taken"


class _AnyPort(Controller):
    """Listens where there is room. A port that was looked for before could be somebody else's by now."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_sink(
    sink: SmtpSink | None = None,
    *,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[SmtpSink]:
    """A running sink, or this one. `tls`: STARTTLS is needed, or with `implicit` TLS from the first byte; `login`: user and password."""
    sink = sink or SmtpSink()

    def authenticated(server: SMTP, session: Any, envelope: Any, mechanism: str, auth_data: LoginPassword) -> AuthResult:
        right = login is not None and (auth_data.login.decode(), auth_data.password.decode()) == login
        return AuthResult(success=right, handled=False, auth_data=auth_data)  # what is not handled is answered

    controller = _AnyPort(
        sink,
        hostname="127.0.0.1",
        port=port,
        ssl_context=tls if implicit else None,
        tls_context=None if implicit else tls,
        require_starttls=tls is not None and not implicit,
        authenticator=authenticated if login is not None else None,
        auth_required=login is not None,
        auth_require_tls=False,
    )
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop(no_assert=True)
