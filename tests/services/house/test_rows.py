"""Records and their rows: what changed is written, what was read without its lock is not, what moved must be saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import Column, Integer, String, Table, create_engine

from shared.db.base import json, metadata
from shared.db.house import house_tables
from shared.db.rows import LostUpdate, Rows
from shared.db.tx import Database, UnsavedRecord
from shared.errors import IllegalTransition, NotFound
from shared.lifecycle import Lifecycle, Record
from shared.values.clock import SystemClock

METADATA = metadata()
house_tables(METADATA)
THINGS = Table(
    "things",
    METADATA,
    Column("id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("notes", json(), nullable=False),
)


@dataclass(kw_only=True)
class Thing(Record):
    """A thing."""

    LIFECYCLE: ClassVar = Lifecycle("thing", {("raw", "bake"): "done"})
    name: str
    notes: dict[str, Any] = field(default_factory=dict)


ROWS = Rows(THINGS, Thing, order_id=None)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'things.db'}"
    engine = create_engine(url)
    METADATA.create_all(engine)
    engine.dispose()
    made = Database("things", url, SystemClock(), durable=False)
    with made.begin() as tx:
        thing = Thing(id="t", state="raw", name="cup")
        thing.begin("create")
        ROWS.insert(tx, thing)
    yield made
    made.dispose()


def test_what_changed_is_written_and_the_rest_stays(db: Database) -> None:
    with db.begin() as tx:
        thing = ROWS.lock(tx, "t")
        thing.notes["glaze"] = "blue"
        thing.move("bake")
        ROWS.save(tx, thing)
        thing.name = "mug"
        ROWS.save(tx, thing)

    with db.read() as tx:
        found = ROWS.get(tx, "t")
    assert (found.state, found.seq, found.name, found.notes) == ("done", 3, "mug", {"glaze": "blue"})


def test_a_record_that_changed_under_us_is_not_written(db: Database) -> None:
    with db.read() as tx:
        stale = ROWS.get(tx, "t")
    with db.begin() as tx:
        ROWS.save(tx, ROWS.lock(tx, "t"))

    with db.begin() as tx, pytest.raises(LostUpdate):
        ROWS.save(tx, stale)


def test_a_moved_record_that_was_never_saved_stops_the_commit(db: Database) -> None:
    with pytest.raises(UnsavedRecord), db.begin() as tx:
        ROWS.lock(tx, "t").move("bake")

    with db.read() as tx:
        assert ROWS.get(tx, "t").state == "raw"


def test_a_missing_arrow_is_refused_with_what_is_possible(db: Database) -> None:
    with db.read() as tx, pytest.raises(IllegalTransition) as refused:
        ROWS.get(tx, "t").move("paint")

    assert refused.value.extra() == {"from": "raw", "command": "paint", "allowed": ["bake"]}


def test_what_is_not_there_is_not_found(db: Database) -> None:
    with db.read() as tx, pytest.raises(NotFound):
        ROWS.get(tx, "nothing")
