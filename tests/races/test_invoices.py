"""Numbers are contiguous, whoever asks at once and whatever fails in between (R-INV-05)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from services.billing.actions.invoicing import issue_invoices_if_due
from services.billing.handlers import copy_order
from shared.db.settings_copy import copy_settings
from shared.web.caller import Caller
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.racing import SEEDS, at_once, interleaved, troubles
from tests.support.samples_billing import ORDER, delivery_done, order_confirmed, total_of

WORKERS = 16
INVOICES = 200


class PowerCut(Exception):
    """The transaction ends after its number was taken."""


def test_sixteen_workers_number_two_hundred_invoices_without_a_gap_while_one_in_five_fails(billing: ServiceDriver) -> None:
    """R-INV-05, R-INV-15: a transaction that ends after it has taken its number gives it back."""
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

    with ThreadPoolExecutor(WORKERS) as pool, troubles(billing.db) as found:
        list(pool.map(issue, range(INVOICES)))

    assert found == []
    pages = [billing.asks("GET", f"/admin/v1/invoices?limit=100{after}").body for after in ("",)]
    while (after := pages[-1]["page"]["next"]) is not None:
        pages.append(billing.asks("GET", f"/admin/v1/invoices?limit=100&after={after}").body)
    numbers = sorted(invoice["number"] for page in pages for invoice in page["data"])
    assert numbers == [f"INV/2031/{number:05}" for number in range(1, INVOICES + 1)]
    assert counter[0] == INVOICES + (INVOICES - 1) // 4
    assert billing.rows("SELECT next FROM invoice_series") == [(INVOICES + 1,)]
    assert sorted(fact.number for fact in billing.told_events("billing.invoice_posted")) == numbers


def test_the_same_order_confirmed_on_eight_threads_has_one_invoice(billing: ServiceDriver) -> None:
    """R-INV-01."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_confirm"}}}))
    order = order_confirmed()

    with troubles(billing.db) as found:
        at_once([partial(billing.hears, order, seq=seq) for seq in range(1, 9)])

    assert found == []

    assert [row[0] for row in billing.rows("SELECT number FROM invoices WHERE order_id = :order_id", order_id=ORDER)] == ["INV/2031/00001"]


@SEEDS
def test_all_who_ask_for_an_invoice_get_the_same_wherever_they_stand(confirmed: ServiceDriver, seed: int) -> None:
    """R-INV-01, R-INV-03, R-INV-05: staff, the customer and a confirmation told again, statement by statement."""
    customer = Caller(type="guest", channel="web", order_id=ORDER)
    staff, own = f"/admin/v1/orders/{ORDER}/invoices", f"/store/v1/orders/{ORDER}/invoices"
    acts: list[Callable[[], object]] = [
        lambda: confirmed.asks("POST", staff, {}).status,
        lambda: confirmed.asks("POST", staff, {}).status,
        lambda: confirmed.asks("POST", own, {"company": "Ada Ltd", "tax_id": "GB1"}, caller=customer).status,
        partial(confirmed.hears, order_confirmed(engravings=2), seq=9),
    ]

    with troubles(confirmed.db) as found:
        *statuses, _ = interleaved(confirmed.db, acts, seed=seed)

    assert found == []
    assert sorted(statuses) == [200, 200, 201]
    (invoice,) = confirmed.asks("GET", f"/admin/v1/invoices?order_id={ORDER}&state=posted").body["data"]
    assert (invoice["number"], invoice["total"]) == ("INV/2031/00001", total_of(engravings=2))
    assert confirmed.told("billing.invoice_posted") == ["billing.invoice_posted"]


def test_hand_overs_and_the_confirmation_at_once_are_invoiced_unit_by_unit(billing: ServiceDriver) -> None:
    """R-INV-02, R-INV-14: whoever comes first, nothing is left out and nothing is invoiced twice."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_delivery"}}}))
    facts = [delivery_done(1, delivery_id=f"dlv_{number}", day=number + 1) for number in range(5)]

    with troubles(billing.db) as found:
        at_once([partial(billing.hears, fact) for fact in (*facts[:3], order_confirmed(), *facts[3:])])

    assert found == []

    assert billing.rows("SELECT count(*), sum(total) FROM invoices") == [(5, int(total_of().replace(".", "")))]
    assert billing.rows("SELECT sum(quantity) FROM invoice_lines WHERE kind = 'shipping'") == [(1,)]
