"""How every mail looks in every language, as hashes: who changes a mail looks at it, and renews its hash.

To look: `PYTHONPATH=. .venv/bin/python -m tests.support.look_at_mails FOLDER` draws contact sheets with Chromium. To renew:
`PYTHONPATH=. .venv/bin/python -m tests.support.look_at_mails --renew`, and commit mail_hashes.json with the change.
"""

from __future__ import annotations

import pytest

from shared.language.catalogue import LANGUAGES
from tests.support.look_at_mails import hashes_of, kept_hashes


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_look_as_they_were_looked_at(language: str) -> None:
    assert hashes_of(language) == kept_hashes()[language]


def test_every_way_a_mail_reads_is_another_text() -> None:
    """A hash that two ways share would show neither of them."""
    hashes = hashes_of("en")

    assert len(set(hashes.values())) == len(hashes)
