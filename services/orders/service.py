"""The plug of orders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.orders.actions.access import keep_bootstrap_keys
from services.orders.actions.closing import CLOSING, close_order
from services.orders.actions.late import LATE_ORDER, mark_late
from services.orders.actions.offline import PAYMENT_REMINDER, remind_of_payment
from services.orders.actions.reopen import QUOTATION_VALIDITY, expire_quotation
from services.orders.api import (
    access,
    carts,
    catalogue,
    confirm,
    customers,
    hold,
    order_list,
    own_orders,
    scan,
    send_and_cancel,
    settings,
    staff,
    staff_customers,
    staff_orders,
    submit,
)
from services.orders.handlers import deliveries, invoices, payments, stock
from services.orders.tables import METADATA
from shared.service import Service

SERVICE: Final = Service(
    name="orders",
    folder=Path(__file__).parent,
    metadata=METADATA,
    routers=(
        catalogue.router,
        access.router,
        staff.router,
        settings.router,
        customers.router,
        staff_customers.router,
        own_orders.router,
        carts.router,
        order_list.router,
        scan.router,
        staff_orders.router,
        hold.router,
        send_and_cancel.router,
        submit.router,
        confirm.router,
    ),
    orders_apart=False,
    hears={
        "record_payment": payments.record_payment,
        "confirm_order": payments.confirm_order,
        "mark_sent": payments.mark_sent,
        "hold_order": payments.hold_order,
        "expire_order": payments.expire_order,
        "record_reserved": stock.record_reserved,
        "record_shortage": stock.record_shortage,
        "record_availability": stock.record_availability,
        "copy_shipping_method": stock.copy_shipping_method,
        "record_delivery": deliveries.record_delivery,
        "record_delivered": deliveries.record_delivered,
        "record_cancelled_units": deliveries.record_cancelled_units,
        "record_tracking": deliveries.record_tracking,
        "record_arrival": deliveries.record_arrival,
        "record_invoiced": invoices.record_invoiced,
    },
    timers={
        CLOSING: close_order,
        LATE_ORDER: mark_late,
        PAYMENT_REMINDER: remind_of_payment,
        QUOTATION_VALIDITY: expire_quotation,
    },
    prepare=keep_bootstrap_keys,
    identify=access.identify,
)
