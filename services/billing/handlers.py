"""What billing does on hearing a fact."""

from __future__ import annotations

from services.billing.actions import capturing
from services.billing.actions import orders as order_actions
from services.billing.actions.allocation import settle_invoices
from services.billing.actions.invoicing import issue_invoices_if_due
from services.billing.actions.units import keep_cancelled, keep_hand_over
from services.billing.store.payments import lock_standing
from shared.contracts.billing import PaymentCaptured
from shared.contracts.delivery import DeliveryDone, UnitsCancelled
from shared.contracts.orders import OrderCancelled, OrderConfirmed, OrderReopened, OrderSubmitted, SettingsChanged
from shared.db import settings_copy
from shared.db.tx import Tx


def copy_order(event: OrderSubmitted | OrderConfirmed, tx: Tx) -> None:
    """Keep what was bought: invoices are made of it."""
    order_actions.copy_content(tx, event)
    if isinstance(event, OrderConfirmed):
        capturing.capture_without_goods(tx, event)


def issue_invoice(event: OrderConfirmed | PaymentCaptured | DeliveryDone, tx: Tx) -> None:
    """Make the order's invoices as soon as all parts of their trigger are true, whichever comes last."""
    if isinstance(event, DeliveryDone):
        if event.order_id is not None and keep_hand_over(tx, event):
            issue_invoices_if_due(tx, event.order_id)
        return
    issue_invoices_if_due(tx, event.order_id)


def allocate_payment(event: PaymentCaptured, tx: Tx) -> None:
    """Give the money to the order's invoices."""
    settle_invoices(tx, lock_standing(tx, event.order_id))


def propose_refund(event: UnitsCancelled, tx: Tx) -> None:
    """Never invoice what nobody will get; propose to give its value back if it was paid."""
    keep_cancelled(tx, event)
    issue_invoices_if_due(tx, event.order_id)


def cancel_open_payment(event: OrderReopened, tx: Tx) -> None:
    """Withdraw the payment of the submission that ended."""
    order_actions.end_submission(tx, event)


def unwind_order(event: OrderCancelled, tx: Tx) -> None:
    """Withdraw what a cancelled order would still be paid with."""
    order_actions.cancel_order(tx, event)


def capture_delivered(event: DeliveryDone, tx: Tx) -> None:
    """Take the value of what was handed over, where money was authorized for that."""
    capturing.capture_delivered(tx, event)


def copy_settings(event: SettingsChanged, tx: Tx) -> None:
    """Take a newer version of the shop's settings, in case the gateway's own call was missed."""
    settings_copy.copy_settings(tx, event.settings_version, event.values)
