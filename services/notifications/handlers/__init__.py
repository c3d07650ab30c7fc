"""What notifications does on hearing facts: keeps all of them, knows whom to write to, queues mails, and opens tasks for people."""

from services.notifications.handlers.deliveries import send_parcel_shipped, send_ready_for_pickup, send_tracking_number
from services.notifications.handlers.documents import send_invoice, send_invoice_reminder
from services.notifications.handlers.orders import send_new_order, send_order_cancelled, send_order_confirmation
from services.notifications.handlers.payments import send_payment_failed, send_payment_instructions, send_payment_reminder
from services.notifications.handlers.records import copy_contact, copy_settings, record_events
from services.notifications.handlers.tasks import open_tasks

__all__ = [
    "copy_contact",
    "copy_settings",
    "open_tasks",
    "record_events",
    "send_invoice",
    "send_invoice_reminder",
    "send_new_order",
    "send_order_cancelled",
    "send_order_confirmation",
    "send_parcel_shipped",
    "send_payment_failed",
    "send_payment_instructions",
    "send_payment_reminder",
    "send_ready_for_pickup",
    "send_tracking_number",
]
