"""Payment methods: the built-in ones put in place, and changed by staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from services.billing.domain.built_in import BUILT_IN
from services.billing.domain.method import CONFIRM_ON_ONLINE, MANUAL, OFFLINE, Method
from services.billing.errors import ConfirmOnNotAllowed, MethodBuiltIn
from services.billing.store import methods as store
from shared.db.tx import Tx
from shared.errors import Invalid
from shared.settings import Environment

TEXTS: Final = frozenset({"names", "instructions", "details"})
"""What a merge patch goes into: null takes one of them out."""


def prepare(tx: Tx, environment: Environment) -> None:
    """The methods that every shop has; those that are there already stay as they are."""
    for method in BUILT_IN:
        store.insert_method(tx, method)


def change_method(tx: Tx, code: str, given: Mapping[str, Any]) -> Method:
    """Takes the named fields. Raises NotFound, ConfirmOnNotAllowed, Invalid."""
    method = store.lock_method(tx, code)
    changes = dict(given)
    for name in TEXTS & changes.keys():
        texts = getattr(method, name) | changes[name]
        changes[name] = {language: text for language, text in texts.items() if text is not None}
    changed = _checked(replace(method, **changes))
    if changed != method:
        store.save_method(tx, changed)
    return changed


def put_method(tx: Tx, code: str, given: Mapping[str, Any]) -> tuple[Method, bool]:
    """One of the shop's own offline methods, whole, and whether it is new. Raises MethodBuiltIn, Invalid."""
    if any(method.code == code for method in BUILT_IN):
        raise MethodBuiltIn(code)
    method = _checked(Method(code=code, kind=OFFLINE, provider=MANUAL, refund_support="none", capture_support="none", **given))
    new = store.insert_method(tx, method)
    if not new and store.lock_method(tx, code) != method:
        store.save_method(tx, method)
    return method, new


def _checked(method: Method) -> Method:
    if not method.offline and method.confirm_on not in CONFIRM_ON_ONLINE:
        raise ConfirmOnNotAllowed(method.confirm_on)
    if not method.names:
        raise Invalid("a method has a name in one language at least", pointer="/names")
    if method.min_amount and method.max_amount and Fraction(method.min_amount) > Fraction(method.max_amount):
        raise Invalid("is less than min_amount", pointer="/max_amount")
    if method.capture == "automatic":
        return method
    if method.offline or method.capture_support == "none":
        raise Invalid(f"{method.code} promises no money that could be taken later", pointer="/capture")
    if method.capture == "on_delivery" and method.confirm_on == "captured":
        raise Invalid("nothing is handed over before the order is confirmed, and nothing captured before that", pointer="/capture")
    return method
