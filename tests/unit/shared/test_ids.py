"""Ids sort by the time they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.values.ids import first_id, is_id, new_id


def test_the_first_id_of_an_instant_is_below_all_that_were_made_later_and_above_all_before() -> None:
    made, now = new_id("ord"), datetime.now(UTC)

    assert is_id(first_id("ord", now), "ord")
    assert first_id("ord", now - timedelta(minutes=1)) < made < first_id("ord", now + timedelta(minutes=1))


def test_ids_of_one_process_rise() -> None:
    ids = [new_id("evt") for _ in range(1000)]

    assert ids == sorted(set(ids))
