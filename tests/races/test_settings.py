"""Settings that several people change at once, and the copies that the other services have of them."""

from __future__ import annotations

from functools import partial

from shared.contracts.base import SYSTEM
from shared.contracts.orders import SettingsChanged
from shared.db.settings_copy import versioned_settings
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.driver import ServiceDriver
from tests.support.racing import SEEDS, interleaved, troubles

CHANGES = (
    {"store": {"name": "Tea"}},
    {"store": {"phone": "123"}},
    {"orders": {"allow_zero_price": True}},
    {"delivery": {"mail_on_shipped": False}},
)


@SEEDS
def test_changes_at_the_same_time_all_count(orders: ServiceDriver, seed: int) -> None:
    """No version is given twice, nothing that was set is lost, and the facts say what stood at their version."""
    acts = [partial(orders.asks, "PATCH", "/internal/v1/settings", {"patch": change}) for change in CHANGES]

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, acts, seed=seed)

    assert found == []
    assert sorted(answer.body["version"] for answer in answers) == [1, 2, 3, 4]
    shown = orders.asks("GET", "/admin/v1/settings").body
    assert (shown["store"]["name"], shown["store"]["phone"]) == ("Tea", "123")
    assert (shown["orders"]["allow_zero_price"], shown["delivery"]["mail_on_shipped"]) == (True, False)
    facts = orders.told_events("orders.settings_changed")
    assert [fact.settings_version for fact in facts] == [1, 2, 3, 4]
    assert [sum(len(part) for part in fact.values.values()) for fact in facts] == [1, 2, 3, 4]


@SEEDS
def test_copies_put_twice_and_in_any_order_end_at_the_highest_version(delivery: DeliveryDriver, seed: int) -> None:
    """The gateway's put and the fact of each version, all at once."""
    values = {version: {"store": {"name": f"version {version}"}} for version in (1, 2, 3)}
    puts = [partial(delivery.commands, "PUT", "/internal/v1/settings", {"version": n, "values": values[n]}) for n in (3, 1, 2)]
    facts = [SettingsChanged(settings_version=n, values=values[n], by=SYSTEM) for n in (2, 3)]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, [*puts, *(partial(delivery.hears, fact) for fact in facts)], seed=seed)

    assert found == []
    version, settings = delivery.given(versioned_settings)
    assert (version, settings.store.name) == (3, "version 3")
