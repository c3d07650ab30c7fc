"""What the gateway asks of billing: the steps of a submit, and billing's part of an order's page. Never reached from outside."""

from __future__ import annotations

import time
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.actions import payments as actions
from services.billing.actions import recording
from services.billing.actions.documents import documents_of
from services.billing.adapters.outside import BillingOutside
from services.billing.api.links import document_url
from services.billing.api.outside_work import job_context
from services.billing.api.views import customer_payment_view, offered_method_view, payable_view, staff_payment_view
from services.billing.domain.invoice import POSTED
from services.billing.domain.invoice_view import document_view, invoice_view
from services.billing.domain.method import policy_view, unavailable
from services.billing.domain.payment import Payment
from services.billing.errors import FailedPaymentFirst
from services.billing.jobs.closing import close_submission
from services.billing.jobs.intents import create_intent
from services.billing.store import invoices as invoices_store
from services.billing.store import methods as methods_store
from services.billing.store import payments as payments_store
from shared.contracts.api.record_payment import RecordPayment
from shared.contracts.api.submit import CheckMethod, ClosePayment, CreatePayment, OfferMethods
from shared.db.settings_copy import shop_settings
from shared.errors import Invalid
from shared.web.caller import Caller
from shared.web.door import CallerMissing, internal, json_response, passed_on, read, running

router = APIRouter(prefix="/internal/v1")


@router.post("/methods/check")
def check_method(request: Request, body: CheckMethod) -> Response:
    """Whether the method can be used, and what it asks of the submit."""
    outside: BillingOutside = running(request).outside
    with read(request) as door:
        caller = _gateway(request)
        return json_response(policy_view(actions.check_method(door.tx, body, providers=outside.providers, staff=caller.staff)))


@router.post("/orders/{order_id}/payment_methods")
def offer_methods(request: Request, order_id: str, body: OfferMethods) -> Response:
    """All active methods, for the customer of this cart to choose from; those that cannot be used say why (R-PAY-19)."""
    outside: BillingOutside = running(request).outside
    with read(request) as door:
        caller = _gateway(request)
        purchase = actions.purchase_of(body, staff=caller.staff)
        default = shop_settings(door.tx).store.default_language
        data = [
            offered_method_view(
                method,
                reason=unavailable(method, outside.providers, purchase),
                language=body.language or caller.language or default,
                default_language=default,
            )
            for method in methods_store.all_methods(door.tx)
            if method.active and (caller.staff or not method.staff_only)
        ]
        return json_response({"data": data})


@router.post("/payments")
def create_payment(request: Request, body: CreatePayment) -> Response:
    """The submission's payment, with what the browser needs to pay it. Safe to repeat, whatever was lost on the way."""
    house = running(request)
    outside: BillingOutside = house.outside
    caller = _gateway(request)
    try:
        payment, caller = _open(request, body)
    except FailedPaymentFirst as declined:
        if close_submission(body.order_id, declined.submission, job_context(request, caller, "billing.close_submission")) == "moving":
            raise
        payment, caller = _open(request, body)
    secret: str | None = None
    if not payment.offline and (payment.payable or payment.provider_ref is None):
        payment, intent = create_intent(payment, job_context(request, caller, "billing.create_intent"))
        secret = intent.client_secret
    return json_response(payable_view(payment, client_secret=secret, publishable_key=outside.publishable_key))


@router.post("/orders/{order_id}/payments")
def record_payment(request: Request, order_id: str, body: RecordPayment) -> Response:
    """Money that came without the provider; 200 with `created` false for what was recorded before (P4, P10)."""
    house = running(request)
    with internal(request, command="POST /admin/v1/orders/{order_id}/payments") as door:
        door.caller.need("payments.record")
        if body.order.order_id != order_id:
            raise Invalid("is another order than the path's", pointer="/order/order_id")
        payment, created = recording.record_payment(door.tx, body, now_unix=int(time.time()))
        return door.answer({"payment": staff_payment_view(payment, house.outside.dashboard), "created": created})


@router.post("/orders/{order_id}/close_payment")
def close_payment(request: Request, order_id: str, body: ClosePayment) -> Response:
    """Withdraws the submission's open or failed payment at the provider, unless money is moving."""
    caller = _gateway(request)
    outcome = close_submission(order_id, body.submission, job_context(request, caller, "billing.close_submission"))
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
            staff_payment_view(payment, house.outside.dashboard) if eyes == "staff" else customer_payment_view(payment)
            for payment in payments
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


def _open(request: Request, body: CreatePayment) -> tuple[Payment, Caller]:
    outside: BillingOutside = running(request).outside
    with internal(request) as door:
        payment = actions.open_payment(
            door.tx,
            body,
            providers=outside.providers,
            livemode=outside.livemode,
            staff=door.caller.staff,
            language=door.caller.language,
            now_unix=int(time.time()),
        )
        return payment, door.caller
