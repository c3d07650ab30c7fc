"""Posted documents: numbers without a gap or a double, and a PDF for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.billing.store import audit as billing
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation

NUMBERS: Final = Invariant(
    "invoices.numbers", "R-INV-15", "Numbers of each type and year are 1, 2, 3 … without a gap and without a double."
)
PDFS: Final = Invariant("invoices.pdf", "R-INV-07", "A posted document has its PDF.")
_LOST: Final = "stop posting (PATCH /admin/v1/settings, billing.invoice_trigger on_request), then restore the document from a backup"


def check_documents(look: Look) -> Iterator[Violation]:
    """See NUMBERS and PDFS. The series is read first: every lower number was committed by then, so no later page can miss it.

    Kept meanwhile: a bit per number.
    """
    series = look.ask("billing", billing.series)
    used = {key: bytearray(following // 8 + 1) for key, following in series.items()}
    settled = look.settled("billing")
    for row in look.rows("billing", billing.posted, of="posted documents"):
        year, sequence = _place_of(row.number)
        bits, following = used.get((row.type, year)), series.get((row.type, year), 1)
        if bits is None or sequence >= following:
            if row.issued_at <= settled:
                what = f"{row.number} is beyond its series, whose next number is {following}"
                yield NUMBERS.broken("billing", row.id, what, order_id=row.order_id, since=row.issued_at, repair=_LOST)
        elif bits[sequence // 8] & 1 << sequence % 8:
            what = f"{row.number} was given to another {row.type} too"
            yield NUMBERS.broken("billing", row.id, what, order_id=row.order_id, since=row.issued_at, repair=_LOST)
        else:
            bits[sequence // 8] |= 1 << sequence % 8
        if row.pdf_sha256 is None and row.issued_at <= settled:
            repair = f"cartwright retell billing billing.invoice_posted:{row.id} billing"
            yield PDFS.broken("billing", row.id, f"{row.number} has no PDF", order_id=row.order_id, since=row.issued_at, repair=repair)
    for (kind, year), following in sorted(series.items()):
        for sequence in range(1, following):
            if not used[kind, year][sequence // 8] & 1 << sequence % 8:
                yield NUMBERS.broken("billing", f"{kind}/{year}/{sequence:05}", f"number {sequence} of {year} is not there", repair=_LOST)


def _place_of(number: str) -> tuple[int, int]:
    """Year and place in its series of `INV/2031/00042`; (0, 0) for what is no number of ours."""
    parts = number.rsplit("/", 2)
    if len(parts) != 3 or not parts[1].isdigit() or not parts[2].isdigit():
        return 0, 0
    return int(parts[1]), int(parts[2])


SUBJECT: Final = Subject(("billing",), (NUMBERS, PDFS), check_documents)
