"""The mail server of a run: keeps who got which mail in a file, so that a run that goes on still knows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.support.smtp_sink import SmtpSink


@dataclass(frozen=True)
class Got:
    """One mail in somebody's box."""

    message_id: str
    recipient: str
    subject: str


@dataclass
class Mailbox(SmtpSink):
    """A sink that writes each mail's head into `path` before it answers."""

    path: Path = field(default_factory=Path)

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.data_reply is not None:
            return self.data_reply
        message = BytesHeaderParser(policy=default).parsebytes(bytes(envelope.content))
        with self.path.open("a", encoding="utf-8") as file:
            for recipient in envelope.rcpt_tos:
                got = {"message_id": str(message["Message-ID"]), "recipient": recipient, "subject": str(message["Subject"])}
                file.write(json.dumps(got) + "\n")
        if self.drops_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"

    def mails(self) -> list[Got]:
        """All that was ever taken."""
        if not self.path.exists():
            return []
        return [Got(**json.loads(line)) for line in self.path.read_text(encoding="utf-8").splitlines()]
