"""The plug of notifications."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.notifications import handlers, jobs
from services.notifications.actions.close_tasks import look_at_cause
from services.notifications.actions.close_try import LEASE_TIMER, RETRY_TIMER, recover_mail, retry_mail
from services.notifications.actions.open_tasks import CAUSE_TIMER
from services.notifications.adapters.outside import connect
from services.notifications.api import ROUTERS
from services.notifications.tables import METADATA
from shared.messaging.hearing import Job
from shared.service import Service

SERVICE: Final = Service(
    name="notifications",
    folder=Path(__file__).parent,
    metadata=METADATA,
    routers=ROUTERS,
    orders_apart=False,
    hears={
        "copy_settings": handlers.copy_settings,
        "copy_contact": handlers.copy_contact,
        "send_order_confirmation": handlers.send_order_confirmation,
        "send_new_order": handlers.send_new_order,
        "send_order_cancelled": handlers.send_order_cancelled,
        "send_payment_instructions": handlers.send_payment_instructions,
        "send_payment_reminder": handlers.send_payment_reminder,
        "send_payment_failed": handlers.send_payment_failed,
        "send_invoice": handlers.send_invoice,
        "send_invoice_reminder": handlers.send_invoice_reminder,
        "send_parcel_shipped": handlers.send_parcel_shipped,
        "send_tracking_number": handlers.send_tracking_number,
        "send_ready_for_pickup": handlers.send_ready_for_pickup,
        "open_tasks": handlers.open_tasks,
        "send_mail": Job(jobs.send_mail, queue="notifications.mail"),
    },
    timers={RETRY_TIMER: retry_mail, LEASE_TIMER: recover_mail, CAUSE_TIMER: look_at_cause},
    record_events=handlers.record_events,
    connect=connect,
)
