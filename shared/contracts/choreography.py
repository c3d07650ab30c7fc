"""Who hears what: the whole conversation of the five services on one screen.

Hearers of one service run in this order, in one transaction; jobs (see each service.py) get a message of their own.
`notifications.record_events` hears everything and is not repeated here.
"""

from __future__ import annotations

import inspect
from typing import Final

from shared.contracts import billing, delivery, notifications, orders, returns
from shared.contracts.base import Event

CHOREOGRAPHY: Final[dict[type[Event], tuple[str, ...]]] = {
    orders.OrderSubmitted: ("billing.copy_order", "notifications.copy_contact", "notifications.open_tasks"),
    orders.OrderReopened: ("delivery.release_stock", "billing.cancel_open_payment"),
    orders.OrderConfirmed: (
        "delivery.reserve_stock",
        "delivery.create_delivery",
        "billing.copy_order",
        "billing.issue_invoice",
        "returns.copy_order",
        "notifications.copy_contact",
        "notifications.send_order_confirmation",
        "notifications.send_new_order",
    ),
    orders.OrderCancelled: (
        "delivery.cancel_deliveries",
        "billing.unwind_order",
        "notifications.copy_contact",
        "notifications.send_order_cancelled",
    ),
    orders.OrderSent: ("notifications.send_payment_instructions",),
    orders.OrderLate: ("notifications.open_tasks",),
    orders.PaymentReminderDue: ("notifications.send_payment_reminder",),
    orders.OrderHeld: ("delivery.hold_deliveries",),
    orders.OrderReleased: ("delivery.release_deliveries",),
    orders.SettingsChanged: ("delivery.copy_settings", "billing.copy_settings", "returns.copy_settings", "notifications.copy_settings"),
    delivery.HoldLapsed: ("delivery.release_hold",),
    delivery.HoldDue: ("billing.close_open_payment",),
    delivery.StockReserved: ("orders.record_reserved",),
    delivery.StockShort: ("orders.record_shortage", "notifications.open_tasks"),
    delivery.StockChanged: ("orders.record_availability",),
    delivery.ShippingMethodChanged: ("orders.copy_shipping_method",),
    delivery.DeliveryCreated: ("orders.record_delivery",),
    delivery.DeliveryReady: ("orders.record_delivery",),
    delivery.DeliveryStarted: ("orders.record_delivery",),
    delivery.DeliveryBackordered: ("orders.record_delivery",),
    delivery.UnitsCancelled: ("orders.record_cancelled_units", "billing.propose_refund"),
    delivery.PickupReady: ("orders.record_delivery", "notifications.send_ready_for_pickup"),
    delivery.DeliveryCancelled: ("orders.record_delivery",),
    delivery.DeliveryDone: (
        "orders.record_delivered",
        "billing.capture_delivered",
        "billing.issue_invoice",
        "returns.record_delivered",
        "notifications.send_parcel_shipped",
    ),
    delivery.ParcelMoved: ("orders.record_tracking",),
    delivery.TrackingChanged: ("orders.record_tracking", "notifications.send_tracking_number"),
    delivery.ParcelDelivered: ("orders.record_arrival", "returns.record_arrival"),
    billing.PaymentCreated: ("orders.record_payment",),
    billing.PaymentCancelled: ("orders.record_payment", "orders.hold_order", "notifications.open_tasks"),
    billing.PaymentPending: ("orders.record_payment", "orders.confirm_order", "orders.mark_sent"),
    billing.PaymentAuthorized: ("orders.record_payment", "orders.confirm_order"),
    billing.PaymentCaptured: ("orders.record_payment", "orders.confirm_order", "billing.issue_invoice", "billing.allocate_payment"),
    billing.PaymentFailed: (
        "orders.record_payment",
        "orders.hold_order",
        "notifications.send_payment_failed",
        "notifications.open_tasks",
    ),
    billing.PaymentMismatched: ("orders.record_payment", "notifications.open_tasks"),
    billing.PaymentOrphaned: ("orders.record_payment", "notifications.open_tasks"),
    billing.ReviewRequired: ("delivery.record_review", "orders.record_payment", "notifications.open_tasks"),
    billing.PaymentReviewed: ("delivery.record_review", "orders.record_payment", "orders.hold_order", "notifications.open_tasks"),
    billing.PaymentDisputed: ("orders.record_payment", "orders.hold_order", "notifications.open_tasks"),
    billing.PaymentResolved: ("orders.record_payment",),
    billing.AuthorizationExpiring: ("notifications.open_tasks",),
    billing.AuthorizationExpired: ("orders.hold_order",),
    billing.ProviderEventUnmatched: ("notifications.open_tasks",),
    billing.ReconciliationMismatch: ("notifications.open_tasks",),
    billing.RefundProposed: ("notifications.open_tasks",),
    billing.DueChanged: ("delivery.record_due",),
    billing.OpenPaymentClosed: ("delivery.expire_hold", "orders.expire_order"),
    billing.CloseRequested: ("billing.close_payment",),
    billing.CaptureRequested: ("billing.capture_payment",),
    billing.SyncDue: ("billing.sync_payment",),
    billing.InvoicePosted: ("orders.record_invoiced", "billing.render_invoice"),
    billing.InvoiceRendered: ("notifications.send_invoice",),
    billing.InvoicePaid: ("orders.record_invoiced",),
    billing.InvoiceOverdue: ("notifications.send_invoice_reminder",),
    notifications.MailQueued: ("notifications.send_mail",),
    notifications.MailFailed: ("notifications.open_tasks",),
}


def _told() -> dict[str, type[Event]]:
    modules = (orders, delivery, billing, returns, notifications)
    classes = (cls for module in modules for _, cls in inspect.getmembers(module, inspect.isclass))
    return {cls.name: cls for cls in classes if issubclass(cls, Event) and "name" in vars(cls)}


EVENTS: Final[dict[str, type[Event]]] = _told()
"""Every event by its name."""
