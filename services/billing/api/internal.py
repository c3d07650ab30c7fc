"""What the gateway asks of billing: the steps of a submit, and billing's part of an order's page. Never reached from outside."""

from __future__ import annotations

import time
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.actions import payments as actions
from services.billing.actions.documents import documents_of
from services.billing.adapters.outside import BillingOutside
from services.billing.api.links import document_url
from services.billing.api.views import offered_method_view, payable_view, payment_view, staff_payment_view
from services.billing.domain.invoice import POSTED
from services.billing.domain.invoice_view import document_view, invoice_view
from services.billing.domain.method import policy_view, unavailable
from services.billing.jobs.closing import close_submission
from services.billing.jobs.intents import create_intent
from services.billing.store import invoices as invoices_store
from services.billing.store import methods as methods_store
from services.billing.store import payments as payments_store
from shared.contracts.api.submit import CheckMethod, ClosePayment, CreatePayment, OfferMethods
from shared.contracts.base import Cause
from shared.db.settings_copy import shop_settings
from shared.messaging.hearing import JobContext
from shared.values.money import Money, Precision
from shared.web.caller import Caller
from shared.web.door import CallerMissing, internal, json_response, passed_on, read, request_id, running

router = APIRouter(prefix="/internal/v1")


@router.post("/methods/check")
def check_method(request: Request, body: CheckMethod) -> Response:
    """Whether the method can be used, and what it asks of the submit."""
    outside: BillingOutside = running(request).outside
    with read(request) as door:
        _gateway(request)
        return json_response(policy_view(actions.check_method(door.tx, body, providers=outside.providers)))


@router.post("/orders/{order_id}/payment_methods")
def offer_methods(request: Request, order_id: str, body: OfferMethods) -> Response:
    """All active methods, for the customer of this cart to choose from; those that cannot be used say why (R-PAY-19)."""
    outside: BillingOutside = running(request).outside
    amount = Money(Precision.of(body.currency, {}).parse(body.amount), body.currency)
    with read(request) as door:
        caller = _gateway(request)
        default = shop_settings(door.tx).store.default_language
        data = [
            offered_method_view(
                method,
                reason=unavailable(method, outside.providers, country=body.country, amount=amount),
                language=body.language or caller.language or default,
                default_language=default,
            )
            for method in methods_store.all_methods(door.tx)
            if method.active
        ]
        return json_response({"data": data})


@router.post("/payments")
def create_payment(request: Request, body: CreatePayment) -> Response:
    """The submission's payment, with what the browser needs to pay it. Safe to repeat, whatever was lost on the way."""
    house = running(request)
    outside: BillingOutside = house.outside
    with internal(request) as door:
        payment = actions.open_payment(door.tx, body, providers=outside.providers, livemode=outside.livemode, now_unix=int(time.time()))
        caller = door.caller
    secret: str | None = None
    if payment.payable or payment.provider_ref is None:
        payment, intent = create_intent(payment, _job(request, caller, "billing.create_intent"))
        secret = intent.client_secret
    return json_response(payable_view(payment, client_secret=secret, publishable_key=outside.publishable_key))


@router.post("/orders/{order_id}/close_payment")
def close_payment(request: Request, order_id: str, body: ClosePayment) -> Response:
    """Withdraws the submission's open or failed payment at the provider, unless money is moving."""
    caller = _gateway(request)
    outcome = close_submission(order_id, body.submission, _job(request, caller, "billing.close_submission"))
    return json_response({"outcome": outcome})


@router.get("/orders/{order_id}/parts")
def parts(request: Request, order_id: str, eyes: Literal["customer", "staff"]) -> Response:
    """Payments, invoices and documents of an order, for its page."""
    house = running(request)
    with read(request) as door:
        _gateway(request)
        payments = payments_store.payments_of(door.tx, order_id)
        documents = documents_of(door.tx, order_id)
        invoices = [document for document in documents if document.state == POSTED]
        lines = invoices_store.lines_of(door.tx, invoices)
    at = int(time.time())
    body: dict[str, Any] = {
        "payments": [
            staff_payment_view(payment, house.outside.dashboard) if eyes == "staff" else payment_view(payment) for payment in payments
        ],
        "invoices": [invoice_view(invoice, lines[invoice.id]) for invoice in invoices],
        "documents": [document_view(invoice, url=document_url(house, invoice, now_unix=at)) for invoice in documents],
    }
    return json_response(body)


def _gateway(request: Request) -> Caller:
    """Only the gateway may, and it says for whom. Raises CallerMissing."""
    caller = passed_on(request)
    if caller is None:
        raise CallerMissing("internal paths take signed calls only")
    return caller


def _job(request: Request, caller: Caller, name: str) -> JobContext:
    house = running(request)
    return JobContext(house.db, name, None, Cause(caller.actor, request_id(request)), house.outside)
