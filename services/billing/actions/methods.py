"""Payment methods: the built-in ones put in place, and changed by staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from services.billing.domain.method import BUILT_IN, CONFIRM_ON_ONLINE, Method
from services.billing.errors import ConfirmOnNotAllowed
from services.billing.store import methods as store
from shared.db.tx import Tx
from shared.errors import Invalid
from shared.settings import Environment


def prepare(tx: Tx, environment: Environment) -> None:
    """The methods that every shop has; those that are there already stay as they are."""
    for method in BUILT_IN:
        store.insert_method(tx, method)


def change_method(tx: Tx, code: str, given: Mapping[str, Any]) -> Method:
    """Takes the named fields. Raises NotFound, ConfirmOnNotAllowed, Invalid."""
    method = store.lock_method(tx, code)
    changes = dict(given)
    if "names" in changes:
        names = method.names | changes["names"]
        changes["names"] = {language: name for language, name in names.items() if name is not None}
    if changes.get("confirm_on", method.confirm_on) not in CONFIRM_ON_ONLINE:
        raise ConfirmOnNotAllowed(changes["confirm_on"])
    changed = replace(method, **changes)
    if not changed.names:
        raise Invalid("a method has a name in one language at least", pointer="/names")
    if changed.min_amount and changed.max_amount and Fraction(changed.min_amount) > Fraction(changed.max_amount):
        raise Invalid("is less than min_amount", pointer="/max_amount")
    if changed != method:
        store.save_method(tx, changed)
    return changed
