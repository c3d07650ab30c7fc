"""The mail about a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.mail.parts import common


def staff_alert(*, title: str, number: str | None, store: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """To an alert address of the shop: a task that needs a person. `number` is its order's, if it is about one.

    Variables: `task` {title, order_number?} · `customer` {name?} · `store` · `links` {order}.
    """
    return {**common(None, store, links), "task": {"title": title, "order_number": number}}
