"""Where Stripe calls: signed bodies only, stored before they are answered (api.md, section 11)."""

from __future__ import annotations

import time
from typing import Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.actions import provider_events as actions
from services.billing.adapters.outside import BillingOutside
from services.billing.domain.provider_news import MalformedEvent, parse_event
from services.billing.domain.signature import SignatureInvalid, verify_signature
from services.billing.errors import MalformedRequest, SignatureRefused, WebhookNotConfigured
from shared.contracts.base import Actor, Cause
from shared.db.failures import passing
from shared.observe.logging import logger
from shared.web.door import body_of, json_response, request_id, running

router = APIRouter()
log = logger("billing.webhooks")

STRIPE: Final = Actor(type="provider", name="Stripe")


@router.post("/hooks/v1/stripe")
def hear_stripe(request: Request) -> Response:
    """An event of Stripe's. Answered 200 as soon as it is stored, whatever comes of it; a repeat has no effect."""
    house = running(request)
    outside: BillingOutside = house.outside
    if not outside.webhook_secrets:
        raise WebhookNotConfigured
    raw = body_of(request)
    try:
        verify_signature(raw, request.headers.get("stripe-signature"), secrets=outside.webhook_secrets, now_unix=time.time())
    except SignatureInvalid as error:
        raise SignatureRefused(str(error)) from error
    try:
        event = orjson.loads(raw)
        news = parse_event(event)
    except (orjson.JSONDecodeError, MalformedEvent) as error:
        raise MalformedRequest(str(error)) from error

    cause = Cause(STRIPE, request_id(request))
    try:
        with house.db.begin(cause) as tx:
            state, duplicate = actions.receive_event(tx, news, event)
    except Exception as error:
        if passing(error):
            # Nothing is stored and nothing is said: the provider comes again.
            raise
        log.error("provider_event_failed", event_id=news.event_id, error=repr(error))
        with house.db.begin(cause) as tx:
            state, duplicate = actions.keep_failed(tx, news, event, error)
    return json_response({"received": True, "state": state, "duplicate": duplicate})
