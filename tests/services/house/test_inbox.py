"""Of two messages with the same facts the second waits for the first, and neither for the other (R-STK-13)."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.db import inbox
from shared.db.tx import Database
from tests.support.databases import BACKENDS
from tests.support.eventually import eventually


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_facts_are_claimed_in_one_order_whatever_order_they_came_in(toy_db: Database) -> None:
    """Who waits for the later fact has the earlier one already: nobody who holds that waits for them."""

    def wait_for_the_later() -> None:
        with toy_db.begin() as tx:
            tx.execute(text("SET LOCAL lock_timeout = '20s'"))
            inbox.claim(tx, [("toy.first", "later"), ("toy.first", "earlier")])

    def somebody_waits() -> bool:
        with toy_db.read() as tx:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            return bool(tx.execute(text(waiting)).scalar_one())

    second = threading.Thread(target=wait_for_the_later)
    with toy_db.begin() as first:
        inbox.claim(first, [("toy.first", "later")])
        second.start()
        eventually(somebody_waits)
        with toy_db.begin() as third:
            third.execute(text("SET LOCAL lock_timeout = '20ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                inbox.claim(third, [("toy.first", "earlier")])
    second.join(20)
