"""Words that the document shares with the code: error codes, their statuses, and the states of records."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest

import services
import shared
from services.billing.domain.invoice import Invoice
from services.billing.domain.payment import Payment
from services.billing.domain.provider_event import ProviderEvent
from services.delivery.domain.delivery import DELIVERY
from services.delivery.domain.parcel import PARCEL
from services.delivery.domain.reservation import RESERVATION
from services.notifications.domain.notification import AUDIENCES, STATES, TEMPLATES
from services.notifications.domain.timeline import KINDS
from services.orders.api.scan import HREFS
from services.orders.domain import order
from services.orders.domain.requirements import SENTENCES
from services.orders.store.order_list import VIEWS
from shared.contracts.api.public import deliveries, invoices, notifications, orders, payments, provider_events, stock
from shared.contracts.api.public import order as public
from shared.contracts.api.public.problem import CODES, REQUIREMENTS, Problem, ProblemItem, example_of
from shared.contracts.base import ActorType
from shared.errors import FIELD_CODES, CartwrightError, Refused
from shared.settings import SERVICES
from shared.web.problem import _BY_STATUS

ROOT: Final = Path(__file__).parents[2]
NOT_ANSWERED: Final = {
    "reopen_first": "orders says it to the gateway, which never passes it on",
    "setting_invalid": "of the command line",
}
"""Codes that no caller of the API ever sees."""


def _errors() -> Iterator[type[CartwrightError]]:
    """Every error class of shared and of the services, without those that simulators and the demo keep to themselves."""
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not any(part in module.name for part in ("migrations", "alembic", ".host.")):
                importlib.import_module(module.name)
    waiting = [CartwrightError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.startswith(("shared.", "services.")) and ".host." not in error.__module__:
            yield error


def test_the_codes_of_the_problem_schema_are_those_of_the_code() -> None:
    """R-API-03: a stranger can branch on each of them. A new error class gets its line in shared/contracts/api/public/problem.py."""
    classes = {error.code: error.status for error in _errors()}
    of_fields = dict.fromkeys(FIELD_CODES, 422)
    of_statuses = {code: status for status, code in _BY_STATUS.items()}
    found = classes | of_fields | of_statuses

    assert {code: status for code, status in found.items() if code not in NOT_ANSWERED} == {
        code: status for code, (status, _) in CODES.items()
    }


def test_one_code_has_one_status() -> None:
    found: dict[str, set[int]] = {}
    for error in _errors():
        if error is not Refused:
            found.setdefault(error.code, set()).add(error.status)

    assert {code: statuses for code, statuses in found.items() if len(statuses) > 1} == {}


def test_every_code_that_is_written_into_a_list_of_failures_is_known() -> None:
    """`Failures.add("/x", "code", …)` and `ErrorItem("/x", "code", …)`."""
    wanted = re.compile(r"""(?:failures\.add|ErrorItem|_failure)\(\s*f?"[^"]*",\s*"([a-z_]+)",""")
    sources = [path for top in ("services", "shared") for path in (ROOT / top).rglob("*.py") if "host" not in path.parts]
    found = {code for path in sources for code in wanted.findall(path.read_text())}

    warned = set(get_args(public.Warned.model_fields["code"].annotation))
    assert found - set(CODES) - set(REQUIREMENTS) - warned == set()
    assert found >= {"validation_failed", "stock_short"}


def test_the_schema_enumerates_them() -> None:
    assert Problem.model_json_schema()["properties"]["code"]["enum"] == list(CODES)
    assert set(ProblemItem.model_json_schema()["properties"]["code"]["enum"]) == {*CODES, *REQUIREMENTS}
    assert set(REQUIREMENTS) == set(SENTENCES)


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_a_code_is_such_a_problem(code: str) -> None:
    assert Problem.model_validate(example_of(code)).code == code


@pytest.mark.parametrize(
    ("documented", "known"),
    [
        (public.OrderState, order.STATES),
        (public.PaymentStatus, order.PAYMENT_STATUSES),
        (public.DeliveryStatus, order.DELIVERY_STATUSES),
        (public.InvoiceStatus, order.INVOICE_STATUSES),
        (public.ReturnStatus, order.RETURN_STATUSES),
        (public.HeldBy.model_fields["type"].annotation, get_args(ActorType)),
        (orders.Scanned.model_fields["type"].annotation, HREFS),
        (payments.PaymentState, Payment.LIFECYCLE.states),
        (provider_events.ProviderEventState, ProviderEvent.LIFECYCLE.states),
        (invoices.Invoice.model_fields["state"].annotation, Invoice.LIFECYCLE.states),
        (deliveries.Delivery.model_fields["state"].annotation, DELIVERY.states),
        (deliveries.ParcelState, PARCEL.states),
        (stock.Reservation.model_fields["state"].annotation, RESERVATION.states),
        (notifications.MailState, STATES),
        (notifications.Template, TEMPLATES),
        (notifications.Audience, AUDIENCES),
        (notifications.EntryKind, KINDS),
        (notifications.ServiceName, SERVICES),
    ],
)
def test_the_words_for_states_are_the_rules_own(documented: Any, known: Any) -> None:
    assert set(get_args(documented)) == set(known)


def test_the_views_that_are_counted_are_those_of_the_list() -> None:
    assert orders.VIEWS == VIEWS
