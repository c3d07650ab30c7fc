"""What delivery does about the facts it hears."""

from __future__ import annotations

from services.delivery.actions import release, reserve
from shared.contracts.billing import OpenPaymentClosed
from shared.contracts.orders import OrderCancelled, OrderConfirmed, OrderReopened, SettingsChanged
from shared.db import settings_copy
from shared.db.tx import Tx


def reserve_stock(event: OrderConfirmed, tx: Tx) -> None:
    """The goods of a confirmed order are its own, as far as the shelf reaches."""
    reserve.reserve_goods(tx, event)


def create_delivery(event: OrderConfirmed, tx: Tx) -> None:
    """They are to leave with one delivery."""
    reserve.create_delivery(tx, event)


def release_stock(event: OrderReopened, tx: Tx) -> None:
    """The submission that ended gives its hold back; another one keeps its own."""
    release.release_submission(tx, event.order_id, event.submission, reason="reopened")


def cancel_deliveries(event: OrderCancelled, tx: Tx) -> None:
    """Nothing leaves for a cancelled order, and its goods are free."""
    release.cancel_order(tx, event.order_id, event.submission, reason=event.reason)


def expire_hold(event: OpenPaymentClosed, tx: Tx) -> None:
    """A hold whose time is over ends, unless money is moving."""
    release.close_hold(tx, event)


def copy_settings(event: SettingsChanged, tx: Tx) -> None:
    """The shop's settings have a new version."""
    settings_copy.copy_settings(tx, event.settings_version, event.values)
