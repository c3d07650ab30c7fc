"""The choreography is true: each name is a hearer that takes that event, and no hearer is left out."""

from __future__ import annotations

import inspect
import typing

import pytest

from services.host.roster import ROSTER
from shared.contracts.base import Event
from shared.contracts.choreography import CHOREOGRAPHY, EVENTS
from shared.messaging.hearing import Job
from shared.service import queues, routes

HEARERS = [(event, name) for event, names in CHOREOGRAPHY.items() for name in names]


@pytest.mark.parametrize(("event", "name"), HEARERS, ids=[f"{name}<-{event.name}" for event, name in HEARERS])
def test_each_hearer_exists_and_takes_its_event(event: type[Event], name: str) -> None:
    service, _, short = name.partition(".")
    hearer = ROSTER[service].hears[short]
    function = hearer.run if isinstance(hearer, Job) else hearer
    annotation = typing.get_type_hints(function)[next(iter(inspect.signature(function).parameters))]
    accepted = typing.get_args(annotation) or (annotation,)

    assert any(issubclass(event, cls) for cls in accepted), f"{name} takes {annotation}, not {event.__name__}"


@pytest.mark.parametrize("service", ROSTER.values(), ids=list(ROSTER))
def test_no_hearer_of_a_service_is_left_out(service: typing.Any) -> None:
    named = {name.partition(".")[2] for _, name in HEARERS if name.startswith(service.name + ".")}

    assert set(service.hears) == named


def test_every_event_has_a_route_and_every_queue_exists() -> None:
    where = routes(ROSTER)

    assert set(where) == set(EVENTS)
    assert {to.queue for route in where.values() for to in route.destinations} <= set(queues(ROSTER))


def test_event_names_say_their_teller() -> None:
    assert [event.name for event in EVENTS.values() if not event.__module__.endswith("." + event.name.partition(".")[0])] == []
