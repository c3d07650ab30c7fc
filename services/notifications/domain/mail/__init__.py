"""What each mail says: the variables of `templates/mail/<name>.{html,txt}`, from what the events carry.

One function per mail. All take `store` (the settings `store.*` of the API) and `links` (absolute addresses); amounts are decimal
strings, instants RFC 3339. Every optional field is in the result, None when empty: templates run with undefined names forbidden.
Rendering is `shared.render.mails.compose`; whom a mail goes to, and whether, is the caller's.
"""

from services.notifications.domain.mail.deliveries import parcel_shipped, ready_for_pickup
from services.notifications.domain.mail.documents import invoice, invoice_reminder
from services.notifications.domain.mail.orders import new_order, order_cancelled, order_confirmation, payment_expired
from services.notifications.domain.mail.payments import payment_failed, payment_instructions, payment_reminder, quotation
from services.notifications.domain.mail.tasks import staff_alert

__all__ = [
    "invoice",
    "invoice_reminder",
    "new_order",
    "order_cancelled",
    "order_confirmation",
    "parcel_shipped",
    "payment_expired",
    "payment_failed",
    "payment_instructions",
    "payment_reminder",
    "quotation",
    "ready_for_pickup",
    "staff_alert",
]
