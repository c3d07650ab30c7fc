"""What billing reads to change it is its own until its transaction ends, and no more than that (R-PAY-22, R-INV-15)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.billing.domain.provider_event import RECEIVED, ProviderEvent
from services.billing.store import invoices, methods, orders, payments, provider_events
from services.billing.store.provider_events import ROWS as EVENTS
from shared.db.settings_copy import copy_settings
from shared.db.tx import Database, Tx
from tests.services.billing.conftest import given_payment
from tests.support.databases import BACKENDS
from tests.support.driver import NOON, ServiceDriver
from tests.support.locked import locked_rows
from tests.support.samples_billing import ORDER, order_confirmed

pytestmark = pytest.mark.parametrize("backend", BACKENDS[1:])
OTHER = "ord_000000000000000000000OTHER"


def test_an_order_and_all_that_belongs_to_it_is_locked(billing: ServiceDriver) -> None:
    """One of them is enough for all others who ask in the order of locks; each is its own all the same."""
    billing.given(lambda tx: copy_settings(tx, 1, {"billing": {"invoice_trigger": {"private": "on_confirm"}}}))
    for order in (ORDER, OTHER):
        billing.hears(order_confirmed(order, number=order))
        given_payment(billing, order, number=order)
    with billing.db.read() as tx:
        invoice = invoices.invoices_of(tx, ORDER)[0].id
        payment = payments.payments_of(tx, ORDER)[0].id

    with billing.db.begin() as tx:
        orders.lock_order(tx, ORDER)
        assert (locked_rows(billing.db, "orders", "order_id"), locked_rows(billing.db, "payments")) == ([ORDER], [])
        payments.lock_standing(tx, ORDER)
        assert (locked_rows(billing.db, "payments"), locked_rows(billing.db, "invoices")) == ([payment], [])
        invoices.lock_invoices_of(tx, ORDER)
        assert locked_rows(billing.db, "invoices") == [invoice]


def test_a_method_that_is_being_changed_is_locked(billing: ServiceDriver) -> None:
    with billing.db.begin() as tx:
        methods.lock_method(tx, "wire")
        assert locked_rows(billing.db, "payment_methods", "code") == ["wire"]


def unmatched(tx: Tx, name: str, *, ref: str | None = None, hint: str | None = None) -> str:
    """News of a payment that is not there yet."""
    raw: dict[str, object] = {}
    event = ProviderEvent(
        id=name, state=RECEIVED, provider="stripe", event_id=name, type="t", intent_ref=ref, payment_hint=hint, raw=raw, received_at=NOON
    )
    assert provider_events.claim(tx, event) is None
    event.move("miss")
    EVENTS.save(tx, event)
    return name


def waiting(db: Database, *, while_locked: str | None = None) -> tuple[list[str], list[str]]:
    """News that waits for a payment: what is found, and what is locked by that."""
    with db.begin() as other, db.begin() as tx:
        if while_locked is not None:
            EVENTS.lock(other, while_locked)
        tx.execute(text("SET LOCAL lock_timeout = '200ms'"))
        found = [event.id for event in provider_events.lock_waiting_for(tx, ref="pi_1", payment_id="pay_1")]
        return found, locked_rows(db, "provider_events")


def test_news_that_waits_for_a_payment_is_locked_and_what_its_timer_tries_is_passed_over(billing: ServiceDriver) -> None:
    """R-PAY-08: waited for under the order's lock, it could make a ring."""

    def given(tx: Tx) -> None:
        unmatched(tx, "pev_1", ref="pi_1")
        unmatched(tx, "pev_2", hint="pay_1")
        unmatched(tx, "pev_3", ref="pi_2", hint="pay_2")

    billing.given(given)

    assert waiting(billing.db) == (["pev_1", "pev_2"], ["pev_1", "pev_2"])
    assert waiting(billing.db, while_locked="pev_1") == (["pev_2"], ["pev_1", "pev_2"])
