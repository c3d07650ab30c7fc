"""The plug of billing: all it owns, hears and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.billing import handlers, jobs, webhooks
from services.billing.actions import provider_events, reminding, syncing
from services.billing.actions.methods import prepare
from services.billing.adapters.outside import connect
from services.billing.api import ROUTERS
from services.billing.tables import METADATA
from shared.messaging.hearing import Job
from shared.service import Service

PROVIDER_QUEUE: Final = "billing.provider"
DOCUMENTS_QUEUE: Final = "billing.documents"

SERVICE: Final = Service(
    name="billing",
    folder=Path(__file__).parent,
    metadata=METADATA,
    routers=(*ROUTERS, webhooks.router),
    hears={
        "copy_order": handlers.copy_order,
        "issue_invoice": handlers.issue_invoice,
        "allocate_payment": handlers.allocate_payment,
        "propose_refund": handlers.propose_refund,
        "cancel_open_payment": handlers.cancel_open_payment,
        "unwind_order": handlers.unwind_order,
        "capture_delivered": handlers.capture_delivered,
        "copy_settings": handlers.copy_settings,
        "close_open_payment": Job(jobs.close_open_payment, queue=PROVIDER_QUEUE),
        "close_payment": Job(jobs.close_payment, queue=PROVIDER_QUEUE),
        "capture_payment": Job(jobs.capture_payment, queue=PROVIDER_QUEUE),
        "sync_payment": Job(jobs.sync_payment, queue=PROVIDER_QUEUE),
        "render_invoice": Job(jobs.render_invoice, queue=DOCUMENTS_QUEUE),
    },
    timers={
        provider_events.TIMER: provider_events.retry_event,
        syncing.TIMER: syncing.look_again,
        reminding.TIMER: reminding.remind_of,
    },
    connect=connect,
    prepare=prepare,
)
