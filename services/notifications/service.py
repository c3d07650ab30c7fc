"""The plug of notifications."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.notifications import handlers, jobs
from services.notifications.actions.close_try import LEASE_TIMER, RETRY_TIMER, recover_mail, retry_mail
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
    hears={
        "copy_settings": handlers.copy_settings,
        "copy_contact": handlers.copy_contact,
        "send_order_confirmation": handlers.send_order_confirmation,
        "send_new_order": handlers.send_new_order,
        "send_payment_failed": handlers.send_payment_failed,
        "send_invoice": handlers.send_invoice,
        "send_parcel_shipped": handlers.send_parcel_shipped,
        "send_mail": Job(jobs.send_mail, queue="notifications.mail"),
    },
    timers={RETRY_TIMER: retry_mail, LEASE_TIMER: recover_mail},
    record_events=handlers.record_events,
    connect=connect,
)
