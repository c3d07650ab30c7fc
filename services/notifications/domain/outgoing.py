"""A mail as a transport gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ADDRESS: Final = re.compile(r"[^@\s,;:<>()\"\\\x00-\x1f\x7f]+@[^@\s,;:<>()\"\\\x00-\x1f\x7f]+")
"""One bare address: no list, no name, no line break (R-NOT-13)."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """One mail to one address. `message_id` is the same at every try, so that a reader's program can tell."""

    message_id: str
    sender: str
    recipient: str
    date: datetime
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
