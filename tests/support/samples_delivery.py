"""Facts and commands that delivery and returns get from their neighbours, with as few words as a test needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from shared.contracts.billing import OpenPaymentClosed
from shared.contracts.delivery import DeliveryDone, DeliveryLine, ParcelDelivered, ParcelLine
from shared.contracts.orders import OrderCancelled, OrderConfirmed, OrderLine, OrderReopened, Shipping, Totals, Who
from shared.values.clock import rfc3339
from tests.support.driver import NOON

ORDER = "ord_01K0000000000000000000000A"
OTHER = "ord_01K0000000000000000000000B"
WHO = Who(name="Ada Lind", email="ada@example.org", language="en", token_generation=1)
ADDRESS = {"name": "Ada Lind", "line1": "Hafenweg 1", "city": "Kiel", "country": "DE"}
TOTALS = Totals(items="10.00", discount="0.00", shipping="0.00", voucher="0.00", net="10.00", tax="0.00", total="10.00", tax_lines=())


def order(number: int) -> str:
    """The id of one of many orders, up to 9999."""
    return f"ord_01K0000000000000000000{number:04}"


def line(sku: str, quantity: int, *, number: int = 1, type: Literal["goods", "service", "digital"] = "goods", **more: Any) -> OrderLine:
    """A line of an order; its id is `lin_<number>`."""
    amounts = {"unit_price": "5.00", "discount": "0.00", "voucher": "0.00", "net": "10.00", "tax": "0.00", "total": "10.00"}
    return OrderLine(
        line_id=f"lin_{number}", sku=sku, name=f"A {sku}", type=type, quantity=quantity, tax_rate_bp=0, weight_g=100, **{**amounts, **more}
    )


def goods(**quantities: int) -> tuple[OrderLine, ...]:
    """Lines of goods by sku, numbered from 1."""
    return tuple(line(sku, quantity, number=number) for number, (sku, quantity) in enumerate(quantities.items(), start=1))


def shipping(*, pickup: bool = False) -> Shipping:
    """The chosen method: standard, or picking up."""
    code = "pickup" if pickup else "standard"
    free = {"price": "0.00", "discount": "0.00", "voucher": "0.00", "net": "0.00", "tax": "0.00", "total": "0.00"}
    return Shipping(method=code, name=code, tax_rate_bp=0, pickup=pickup, carrier="manual", **free)


def confirmed(
    *lines: OrderLine, order: str = ORDER, submission: int = 1, minutes: int = 0, pickup: bool = False, **more: Any
) -> OrderConfirmed:
    """An order confirmed `minutes` after noon."""
    at = rfc3339(NOON + timedelta(minutes=minutes))
    values: dict[str, Any] = {"shipping": shipping(pickup=pickup), "shipping_address": None if pickup else ADDRESS, **more}
    return OrderConfirmed(
        order_id=order,
        number="SO000001",
        submission=submission,
        who=WHO,
        currency="EUR",
        decimals=2,
        test=True,
        prices_include_tax=False,
        tax_rounding="per_line",
        channel="web",
        totals=TOTALS,
        lines=lines,
        created_at=at,
        confirmed_by="auto",
        confirmed_at=at,
        paid=True,
        **values,
    )


def reopened(*, order: str = ORDER, submission: int = 1) -> OrderReopened:
    """A submission ended."""
    return OrderReopened(order_id=order, number="SO000001", submission=submission)


def cancelled(*, order: str = ORDER, submission: int = 1) -> OrderCancelled:
    """The order ended."""
    return OrderCancelled(
        order_id=order, number="SO000001", who=WHO, reason="customer_request", state_before="confirmed", submission=submission
    )


def closed(
    reservation_id: str,
    outcome: Literal["cancelled", "none", "moving"],
    *,
    order: str = ORDER,
    submission: int = 1,
    attempt: int = 0,
) -> OpenPaymentClosed:
    """Billing's answer to a hold that was due."""
    return OpenPaymentClosed(
        order_id=order, reservation_id=reservation_id, submission=submission, attempt=attempt, outcome=outcome, on_expiry="release"
    )


def hold(
    *lines: OrderLine, order: str = ORDER, submission: int = 1, minutes: int | None = 15, on_expiry: str = "release"
) -> dict[str, Any]:
    """The body of `POST /internal/v1/holds`."""
    return {
        "order_id": order,
        "number": "SO000001",
        "submission": submission,
        "minutes": minutes,
        "on_expiry": on_expiry,
        "lines": [
            {"line_id": item.line_id, "sku": item.sku, "quantity": item.quantity, "allow_backorder": item.allow_backorder} for item in lines
        ],
    }


def at(**delta: float) -> datetime:
    """Noon and some time."""
    return NOON + timedelta(**delta)


def delivered(*lines: OrderLine, order: str = ORDER, delivery: str = "dlv_1", last: bool = True) -> DeliveryDone:
    """All units of these lines were handed over."""
    return DeliveryDone(
        delivery_id=delivery,
        order_id=order,
        number="DO000001",
        kind="outgoing",
        step="ship",
        state="done",
        lines=tuple(
            DeliveryLine(
                delivery_line_id=f"dln_{item.line_id}",
                line_id=item.line_id,
                sku=item.sku,
                name=item.name,
                quantity=item.quantity,
                reserved=0,
                done=item.quantity,
            )
            for item in lines
        ),
        last=last,
        to_customer=True,
        pickup=False,
        parcels=(),
        notify=True,
        done_at=rfc3339(NOON),
    )


def arrived(*lines: OrderLine, at: datetime, order: str = ORDER, parcel: str = "pcl_1") -> ParcelDelivered:
    """A parcel with these lines reached the customer."""
    contents = tuple(ParcelLine(line_id=item.line_id, sku=item.sku, name=item.name, quantity=item.quantity) for item in lines)
    return ParcelDelivered(parcel_id=parcel, delivery_id="dlv_1", order_id=order, at=rfc3339(at), lines=contents)
