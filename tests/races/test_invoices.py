"""Numbers are contiguous, whoever asks at once and whatever fails in between (R-INV-05)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from services.billing.actions.invoicing import issue_invoices_if_due
from services.billing.handlers import copy_order
from shared.db.settings_copy import copy_settings
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_billing import ORDER, delivery_done, order_confirmed, total_of


class PowerCut(Exception):
    """The transaction ends after its number was taken."""


def test_sixteen_threads_number_sixty_invoices_without_a_gap_while_one_in_five_fails(billing: ServiceDriver) -> None:
    """R-INV-05, R-INV-15."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_confirm"}}}))
    counting, counter = threading.Lock(), [0]

    def fails() -> bool:
        with counting:
            counter[0] += 1
            return counter[0] % 5 == 0

    def issue(number: int) -> None:
        order = order_confirmed(f"ord_{number:026}", number=f"SO{number:06}")
        event = type(order).from_envelope(envelope_of(order))
        while True:
            try:
                with billing.db.begin() as tx:
                    copy_order(event, tx)
                    issue_invoices_if_due(tx, event.order_id)
                    if fails():
                        raise PowerCut
                return
            except PowerCut:
                continue

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(issue, range(60)))

    numbers = sorted(row[0] for row in billing.rows("SELECT number FROM invoices"))
    assert numbers == [f"INV/2031/{number:05}" for number in range(1, 61)]
    assert counter[0] == 74
    assert billing.rows("SELECT next FROM invoice_series") == [(61,)]


def test_the_same_order_confirmed_on_eight_threads_has_one_invoice(billing: ServiceDriver) -> None:
    """R-INV-01."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_confirm"}}}))
    order = order_confirmed()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seq: billing.hears(order, seq=seq), range(1, 9)))

    assert [row[0] for row in billing.rows("SELECT number FROM invoices WHERE order_id = :order_id", order_id=ORDER)] == ["INV/2031/00001"]


def test_hand_overs_and_the_confirmation_at_once_are_invoiced_unit_by_unit(billing: ServiceDriver) -> None:
    """R-INV-02, R-INV-14: whoever comes first, nothing is left out and nothing is invoiced twice."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_delivery"}}}))
    facts = [delivery_done(1, delivery_id=f"dlv_{number}", day=number + 1) for number in range(5)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(billing.hears, [*facts[:3], order_confirmed(), *facts[3:]]))

    assert billing.rows("SELECT count(*), sum(total) FROM invoices") == [(5, int(total_of().replace(".", "")))]
    assert billing.rows("SELECT sum(quantity) FROM invoice_lines WHERE kind = 'shipping'") == [(1,)]
