"""All that mails need from outside the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from services.notifications.adapters.smtp import KeptTransport, SmtpTransport
from services.notifications.domain.outgoing import OutgoingMail
from shared.errors import SettingInvalid, Unavailable
from shared.settings import Environment


class Transport(Protocol):
    """Takes one mail."""

    @property
    def name(self) -> str:
        """As the API shows it: smtp, kept."""

    def send(self, mail: OutgoingMail) -> None:
        """Raises RecipientRefused, MailNotTaken, OutcomeUnknown."""


class Documents(Protocol):
    """The documents of billing, which the host connects."""

    def pdf(self, invoice_id: str) -> bytes:
        """The bytes that `billing.invoice_rendered` told the hash of. Raises Unavailable, NotFound."""


class NoDocuments:
    """Billing has not been connected to this process."""

    def pdf(self, invoice_id: str) -> bytes:
        """Raises Unavailable."""
        raise Unavailable(f"billing is not connected: the PDF of {invoice_id} cannot be had")


@dataclass
class Outside:
    """What jobs call. The host sets `documents` when it knows where billing is."""

    transport: Transport
    base_url: str
    secret: str
    documents: Documents = field(default_factory=NoDocuments)


def connect(environment: Environment) -> Outside:
    """The adapters of this process. Raises SettingInvalid without a secret: links could not be signed."""
    if environment.secret is None:
        raise SettingInvalid("CARTWRIGHT_SECRET is neither set nor generated, and links in mails need it")
    transport = KeptTransport() if environment.smtp_url is None else SmtpTransport(environment.smtp_url)
    return Outside(transport, environment.base_url, environment.secret)
