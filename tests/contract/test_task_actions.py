"""What a task offers can be sent as it stands: a documented path, its method, a body that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from services.notifications.domain.openings import tasks_of
from services.notifications.domain.task import TASK_KINDS, TaskDraft
from services.notifications.domain.task_words import actions_of
from shared.contracts.api.public import PATHS, tasks
from shared.contracts.base import Event
from tests.contract.test_openapi import DOCUMENT, validator
from tests.support.samples_tasks import facts_that_open_tasks
from tests.support.seeded_shop import NOBODYS

ACTION: Final = tasks.TaskAction


def _drafts() -> list[TaskDraft]:
    facts: list[Event] = facts_that_open_tasks(
        order_id=NOBODYS["order_id"],
        payment_id=NOBODYS["payment_id"],
        parcel_id=NOBODYS["parcel_id"],
        event_id=NOBODYS["event_id"],
    )
    return [draft for fact in facts for draft in tasks_of(fact)]


def _offered() -> Iterator[tuple[TaskDraft, dict[str, Any]]]:
    for draft in _drafts():
        for action in actions_of(draft, NOBODYS["task_id"]):
            yield draft, action


def _documented(action: dict[str, Any]) -> list[str]:
    """The rows whose path this is."""
    asked = urlsplit(action["path"]).path
    found = []
    for at, path in PATHS.items():
        pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", path.path))
        if path.method == action["method"] and re.fullmatch(pattern, asked):
            found.append(at)
    return found


def test_every_kind_is_among_them() -> None:
    assert {draft.kind for draft in _drafts()} == set(TASK_KINDS)


@pytest.mark.parametrize(("draft", "action"), list(_offered()), ids=lambda found: found["name"] if isinstance(found, dict) else found.kind)
def test_an_action_is_a_call_of_the_published_api(draft: TaskDraft, action: dict[str, Any]) -> None:
    """lifecycles.md, T1: what repairs it, each ready to be sent."""
    ACTION.model_validate(action)
    rows = _documented(action)
    assert rows, f"{action['method']} {action['path']} is not in the document"
    path = PATHS[rows[0]]
    operation = DOCUMENT["paths"][path.path][path.method.lower()]

    asked = urlsplit(action["path"])
    for name, value in _parameters(path.path, asked.path):
        schema = next(given["schema"] for given in operation["parameters"] if given.get("name") == name)
        assert validator(schema).is_valid(value), name
    assert {name for name, _ in parse_qsl(asked.query, keep_blank_values=True)} <= {query.name for query in path.queries}
    body = operation.get("requestBody")
    if body is None:
        assert action["body"] == {}
    else:
        assert [error.message for error in validator(body["content"]["application/json"]["schema"]).iter_errors(action["body"])] == []


def _parameters(template: str, given: str) -> list[tuple[str, str]]:
    pairs = zip(template.split("/"), given.split("/"), strict=True)
    return [(part[1:-1], value) for part, value in pairs if part.startswith("{")]
