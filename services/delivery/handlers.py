"""What delivery does about the facts it hears."""

from __future__ import annotations

from services.delivery.actions import cancel, chains, order_holds, release, reserve
from shared.contracts.billing import DueChanged, OpenPaymentClosed, PaymentReviewed, ReviewRequired
from shared.contracts.delivery import HoldLapsed
from shared.contracts.orders import OrderCancelled, OrderConfirmed, OrderHeld, OrderReleased, OrderReopened, SettingsChanged
from shared.db import settings_copy
from shared.db.tx import Tx


def reserve_stock(event: OrderConfirmed, tx: Tx) -> None:
    """The goods of a confirmed order are its own, as far as the shelf reaches."""
    reserve.reserve_goods(tx, event)


def create_delivery(event: OrderConfirmed, tx: Tx) -> None:
    """They are to leave, each portion in a chain of its own."""
    chains.create_deliveries(tx, event)


def release_stock(event: OrderReopened, tx: Tx) -> None:
    """The submission that ended gives its hold back; another one keeps its own."""
    release.release_submission(tx, event.order_id, event.submission, reason="reopened")


def cancel_deliveries(event: OrderCancelled, tx: Tx) -> None:
    """Nothing leaves for a cancelled order, and its goods are free."""
    cancel.cancel_order(tx, event.order_id, event.submission, reason=event.reason)


def expire_hold(event: OpenPaymentClosed, tx: Tx) -> None:
    """A hold whose time is over ends, unless money is moving."""
    release.close_hold(tx, event)


def release_hold(event: HoldLapsed, tx: Tx) -> None:
    """What staff held for a confirm that never came is free."""
    release.lapse_hold(tx, event)


def hold_deliveries(event: OrderHeld, tx: Tx) -> None:
    """Nothing of the order is started or handed over."""
    order_holds.note_hold(tx, event, held=True)


def release_deliveries(event: OrderReleased, tx: Tx) -> None:
    """It may go on."""
    order_holds.note_hold(tx, event, held=False)


def record_due(event: DueChanged, tx: Tx) -> None:
    """Goods wait while something is due again."""
    order_holds.note_due(tx, event)


def record_review(event: ReviewRequired | PaymentReviewed, tx: Tx) -> None:
    """Goods wait until somebody looked at the payment."""
    order_holds.note_review(tx, event)


def copy_settings(event: SettingsChanged, tx: Tx) -> None:
    """The shop's settings have a new version."""
    settings_copy.copy_settings(tx, event.settings_version, event.values)
