"""The provider's events: stored before they are answered, applied once, tried again until their payment is there (R-PAY-01, 02, 08)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from services.billing.actions.news import Applied, NewsDefective, apply_news, apply_to
from services.billing.domain.payment import Payment
from services.billing.domain.provider_event import (
    APPLIED,
    IGNORED,
    RECEIVED,
    RETRY_SECONDS,
    UNMATCHED,
    ProviderEvent,
    without_secret,
)
from services.billing.domain.provider_news import ProviderNews, parse_event
from services.billing.domain.standing import Standing
from services.billing.store import provider_events as store
from shared.contracts.billing import ProviderEventUnmatched
from shared.db.timers import Timer, cancel_timer, set_timer
from shared.db.tx import Tx
from shared.values.ids import new_id

TIMER: Final = "provider_events"
STRIPE: Final = "stripe"
_COMMANDS: Final = {APPLIED: "apply", IGNORED: "ignore", UNMATCHED: "miss"}


def receive_event(tx: Tx, news: ProviderNews, raw: Mapping[str, Any]) -> tuple[str, bool]:
    """Stores the event and applies it; returns its state and whether it had been delivered before.

    Raises whatever goes wrong in applying it; then nothing is stored, and `keep_failed` has to follow.
    """
    event = _event(tx, news, raw)
    known = store.claim(tx, event)
    if known is not None:
        return known, True
    _conclude(tx, event, apply_news(tx, news))
    return event.state, False


def keep_failed(tx: Tx, news: ProviderNews, raw: Mapping[str, Any], error: Exception) -> tuple[str, bool]:
    """Stores an event that could not be applied, visibly, and has it tried again unless it can never pass."""
    event = _event(tx, news, raw)
    known = store.claim(tx, event)
    if known is not None:
        return known, True
    event.reason = str(error) if isinstance(error, NewsDefective) else f"{type(error).__name__}: {error}"
    event.move("fail", reason=event.reason)
    store.ROWS.save(tx, event)
    if not isinstance(error, NewsDefective):
        _try_again(tx, event, tries=0)
    return event.state, False


def retry_event(timer: Timer, tx: Tx) -> None:
    """A waiting event's time has come. What goes wrong postpones the timer, and the event stays as it is."""
    event = store.ROWS.lock(tx, timer.record_id)
    if not event.waiting:
        return
    applied = apply_news(tx, parse_event(event.raw))
    if applied.state == UNMATCHED:
        _try_again(tx, event, tries=int(timer.payload["tries"]) + 1)
        return
    _conclude(tx, event, applied)


def replay_event(tx: Tx, event_id: str) -> ProviderEvent:
    """Staff have an unmatched or failed event applied again; one that came to something stays as it is. Raises NotFound.

    What is still wrong with it stays visible as its reason.
    """
    event = store.ROWS.lock(tx, event_id)
    if not event.waiting:
        return event
    try:
        applied = apply_news(tx, parse_event(event.raw))
    except NewsDefective:
        return event
    if applied.state != UNMATCHED:
        _conclude(tx, event, applied)
        cancel_timer(tx, TIMER, event.id)
    return event


def try_waiting_for(tx: Tx, standing: Standing, payment: Payment) -> None:
    """Applies the unmatched events that have waited for this payment (R-PAY-08)."""
    for event in store.lock_waiting_for(tx, ref=payment.provider_ref, payment_id=payment.id):
        _conclude(tx, event, apply_to(tx, parse_event(event.raw), standing, payment))
        cancel_timer(tx, TIMER, event.id)


def _event(tx: Tx, news: ProviderNews, raw: Mapping[str, Any]) -> ProviderEvent:
    event = ProviderEvent(
        id=new_id("pev"),
        state=RECEIVED,
        provider=STRIPE,
        event_id=str(news.event_id),
        type=news.type,
        intent_ref=news.intent_ref,
        payment_hint=news.payment_id_hint,
        raw=without_secret(raw),
        received_at=tx.now,
    )
    event.begin("receive")
    return event


def _conclude(tx: Tx, event: ProviderEvent, applied: Applied) -> None:
    event.payment_id, event.reason = applied.payment_id, applied.reason
    event.move(_COMMANDS[applied.state], reason=applied.reason)
    if applied.state == APPLIED:
        event.applied_at = tx.now
    store.ROWS.save(tx, event)
    if event.state == UNMATCHED:
        tx.publish(ProviderEventUnmatched(provider_event_id=event.id, type=event.type), of=event)
        _try_again(tx, event, tries=0)


def _try_again(tx: Tx, event: ProviderEvent, *, tries: int) -> None:
    if event.state == UNMATCHED and tries >= len(RETRY_SECONDS):
        return
    seconds = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
    set_timer(tx, TIMER, event.id, due_at=tx.now + timedelta(seconds=seconds), payload={"tries": tries})
