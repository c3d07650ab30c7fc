"""Three families of failure: the shop says no, it is not there, an outside system is away. Everything else is a bug."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FIELD_CODES: Final = frozenset({"money_precision", "currency_mismatch", "unknown_sku", "quantity_too_large"})
"""Codes that a field's own validator may raise; every other failure of a field is validation_failed."""


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """One entry of a problem's `errors`: a JSON pointer into the request, a code of the catalogue, a sentence, values."""

    pointer: str
    code: str
    message: str
    meta: Mapping[str, Any] | None = None


def field_failures(found: Iterable[ErrorDetails | Mapping[str, Any]]) -> list[ErrorItem]:
    """What pydantic found wrong, as entries of a problem's `errors`; each location is a JSON pointer."""
    items = []
    for item in found:
        # pydantic names a wrong key of an object by its value and this word.
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in item["loc"] if part != "[key]")
        code = item["type"] if item["type"] in FIELD_CODES else "validation_failed"
        items.append(ErrorItem(pointer, code, str(item["msg"]).removeprefix("Value error, ")))
    return items


class CartwrightError(Exception):
    """A failure with a code of api.md, section 3, and the HTTP status it is answered with."""

    code: str = "internal_error"
    status: int = 500

    def __init__(self, message: str, *, pointer: str | None = None, meta: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.meta = meta

    def items(self) -> Sequence[ErrorItem]:
        """The entries of the problem's `errors`; empty when the sentence says all."""
        if self.pointer is None and self.meta is None:
            return ()
        return (ErrorItem(self.pointer or "", self.code, str(self), self.meta),)

    def extra(self) -> Mapping[str, Any]:
        """Further members of the problem, such as `allowed` or `required_permission`."""
        return {}


class Refused(CartwrightError):
    """The shop says no: the request can never pass as it is. Never retried."""

    status = 409
    code = "illegal_transition"


class Invalid(Refused):
    """The request itself is wrong: one field of it, named by `pointer`."""

    status = 422
    code = "validation_failed"


class SeveralInvalid(Invalid):
    """All failures of one request together; the problem's code is that of the first."""

    def __init__(self, message: str, failures: Sequence[ErrorItem]) -> None:
        super().__init__(message)
        self.failures = tuple(failures)
        self.code = self.failures[0].code

    @classmethod
    def of(cls, failures: Sequence[ErrorItem]) -> SeveralInvalid:
        """The error whose sentence is the first failure's."""
        first = failures[0]
        return cls(f"{first.pointer or 'the request'}: {first.message}", failures)

    def items(self) -> Sequence[ErrorItem]:
        return self.failures


class NotFound(CartwrightError):
    """It is not there, or the caller may not see it. From a message it is retried: it may be early."""

    status = 404
    code = "not_found"


class Unavailable(CartwrightError):
    """An outside system or a neighbour is away; the same call is safe to repeat."""

    status = 503
    code = "service_unavailable"


class IllegalTransition(Refused):
    """The record's state has no arrow for this command (lifecycles.md, section 1)."""

    code = "illegal_transition"

    def __init__(self, record: str, state: str, command: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{record} is {state}: {command} is not possible now")
        self.state, self.command, self.allowed = state, command, tuple(allowed)

    def extra(self) -> Mapping[str, Any]:
        return {"from": self.state, "command": self.command, "allowed": list(self.allowed)}


class Forbidden(Refused):
    """The caller lacks a permission; the answer names it (R-ACC-04)."""

    status = 403
    code = "forbidden"

    def __init__(self, permission: str) -> None:
        super().__init__(f"needs the permission {permission}")
        self.permission = permission

    def extra(self) -> Mapping[str, Any]:
        return {"required_permission": self.permission}


class Unauthenticated(Refused):
    """No credential, or one that is forged, expired or unknown."""

    status = 401
    code = "unauthenticated"


class VersionMismatch(Refused):
    """`If-Match` names another version than the record's (R-ORD-46)."""

    status = 412
    code = "version_mismatch"

    def __init__(self, version: int) -> None:
        super().__init__(f"the record has version {version} by now")
        self.version = version

    def extra(self) -> Mapping[str, Any]:
        return {"version": self.version}


class SettingInvalid(CartwrightError):
    """A setting of the environment is wrong; the start and `cartwright check` say where and end with exit code 2."""

    code = "setting_invalid"
