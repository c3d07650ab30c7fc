"""Orders as billing hears of them, priced by the one tax engine, and what the gateway asks of billing."""

from __future__ import annotations

from typing import Any

from shared.contracts.delivery import DeliveryDone, DeliveryLine, HoldDue, StockLine, UnitsCancelled
from shared.contracts.orders import (
    Discount,
    OrderCancelled,
    OrderConfirmed,
    OrderLine,
    OrderReopened,
    OrderSubmitted,
    Shipping,
    TaxLine,
    Totals,
    Who,
)
from shared.values.money import Precision
from shared.values.pricing import (
    AppliesTo,
    DiscountKind,
    OrderDiscount,
    PricedLine,
    PriceLine,
    TaxRounding,
    price_document,
)

ORDER = "ord_0000000000000000000000BILL"
NUMBER = "SO000123"
CREATED_AT = "2031-05-01T11:00:00.000000Z"
ADDRESS = {"name": "Ada Brown", "line1": "7 Mill Road", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}


def content(
    order_id: str = ORDER,
    *,
    number: str = NUMBER,
    submission: int = 1,
    unit_price: int = 1249,
    quantity: int = 5,
    discount: int = 0,
    voucher: int = 0,
    include_tax: bool = False,
    rounding: TaxRounding = TaxRounding.PER_LINE,
    currency: str = "EUR",
    decimals: int = 2,
    customer_type: str = "private",
    language: str = "en",
    engravings: int = 0,
    **fields: Any,
) -> dict[str, Any]:
    """An order of one line of `quantity` mugs at 19 % and shipping at 4.90, as far as its currency has decimals.

    `engravings`: units of a second line, a service at 7 %. `fields` replace those of the event.
    """
    precision = Precision(currency, decimals)
    lines = [PriceLine("lin_1", unit_price, quantity, 700, 1900)]
    if engravings:
        lines.append(PriceLine("lin_2", precision.round(310), engravings, 0, 700))
    shipping = PriceLine("shipping", precision.round(490), 1, 0, 1900)
    discounts = [OrderDiscount("dsc_1", DiscountKind.AMOUNT, discount, AppliesTo.ITEMS)] if discount else []
    discounts += [OrderDiscount("dsc_2", DiscountKind.VOUCHER, voucher, AppliesTo.ALL)] if voucher else []
    priced = price_document(
        lines, shipping=shipping, discounts=discounts, precision=precision, prices_include_tax=include_tax, rounding=rounding
    )
    assert priced.shipping is not None
    write = precision.format
    totals = priced.totals
    return {
        "order_id": order_id,
        "number": number,
        "submission": submission,
        "who": Who(id="cus_1", name="Ada Brown", email="ada@example.com", type=customer_type, language=language, token_generation=1),  # type: ignore[arg-type]
        "currency": currency,
        "decimals": decimals,
        "test": True,
        "prices_include_tax": include_tax,
        "tax_rounding": rounding.value,
        "channel": "web",
        "totals": Totals(
            items=write(totals.items),
            discount=write(totals.discount),
            shipping=write(totals.shipping),
            voucher=write(totals.voucher),
            net=write(totals.net),
            tax=write(totals.tax),
            total=write(totals.total),
            tax_lines=tuple(TaxLine(rate_bp=line.rate_bp, net=write(line.net), tax=write(line.tax)) for line in totals.tax_lines),
        ),
        "lines": (
            OrderLine(
                line_id="lin_1",
                sku="MUG-1",
                name="Oak mug",
                type="goods",
                quantity=quantity,
                unit_price=write(unit_price),
                discount_percent_bp=700,
                tax_rate_bp=1900,
                **_figures(priced.lines[0], precision),
            ),
            *(
                OrderLine(
                    line_id="lin_2",
                    sku="ENGRAVE",
                    name="Engraving",
                    type="service",
                    quantity=line.quantity,
                    unit_price=write(precision.round(310)),
                    tax_rate_bp=line.rate_bp,
                    **_figures(line, precision),
                )
                for line in priced.lines[1:]
            ),
        ),
        "discounts": tuple(
            Discount(id=one.key, label="Spring", type="amount", value=write(one.amount), applies_to="items", amount=write(one.amount))
            for one in priced.discounts
        ),
        "shipping": Shipping(
            method="post",
            name="Parcel",
            price=write(shipping.unit_price),
            tax_rate_bp=1900,
            pickup=False,
            carrier="manual",
            **_figures(priced.shipping, precision),
        ),
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
        "payment_method": "card",
        "submitted_at": CREATED_AT,
        "created_at": CREATED_AT,
        **fields,
    }


def order_submitted(order_id: str = ORDER, **values: Any) -> OrderSubmitted:
    return OrderSubmitted(**content(order_id, **values))


def order_confirmed(order_id: str = ORDER, **values: Any) -> OrderConfirmed:
    return OrderConfirmed(**content(order_id, **values), confirmed_by="auto", confirmed_at=CREATED_AT, paid=True)


def order_reopened(order_id: str = ORDER, *, submission: int = 1) -> OrderReopened:
    return OrderReopened(order_id=order_id, number=NUMBER, submission=submission)


def order_cancelled(order_id: str = ORDER, *, submission: int = 1) -> OrderCancelled:
    return OrderCancelled(
        order_id=order_id,
        number=NUMBER,
        who=Who(language="en", token_generation=1),
        reason="customer_request",
        state_before="quotation",
        submission=submission,
    )


def delivery_done(quantity: int, *, order_id: str = ORDER, delivery_id: str = "dlv_1", day: int = 2, **changes: Any) -> DeliveryDone:
    """So many mugs are at the customer's."""
    units = DeliveryLine(
        delivery_line_id="dln_1", line_id="lin_1", sku="MUG-1", name="Oak mug", quantity=quantity, reserved=0, done=quantity
    )
    fields: dict[str, Any] = {
        "delivery_id": delivery_id,
        "order_id": order_id,
        "number": "DO000001",
        "kind": "outgoing",
        "step": "ship",
        "state": "done",
        "last": True,
        "to_customer": True,
        "lines": (units,),
        "parcels": (),
        "notify": True,
        "done_at": f"2031-05-{day:02}T10:00:00.000000Z",
    }
    return DeliveryDone(**(fields | changes))


def units_cancelled(quantity: int, *, order_id: str = ORDER, delivery_id: str = "dlv_1", reason: Any = "shortage") -> UnitsCancelled:
    """So many mugs will never be delivered."""
    lines = (StockLine(line_id="lin_1", sku="MUG-1", quantity=quantity),)
    return UnitsCancelled(delivery_id=delivery_id, order_id=order_id, reason=reason, lines=lines)


def hold_due(order_id: str = ORDER, *, submission: int = 1, attempt: int = 1) -> HoldDue:
    return HoldDue(reservation_id="res_1", order_id=order_id, submission=submission, attempt=attempt)


def total_of(**values: Any) -> str:
    """The total of such an order."""
    totals: Totals = content(**values)["totals"]
    return totals.total


def asked_payment(order_id: str = ORDER, *, number: str = NUMBER, submission: int = 1, **values: Any) -> dict[str, Any]:
    """The body of `POST /internal/v1/payments` for such an order."""
    total = total_of(**values)
    return {
        "order_id": order_id,
        "number": number,
        "submission": submission,
        "method": "card",
        "amount": total,
        "total": total,
        "currency": values.get("currency", "EUR"),
        "decimals": values.get("decimals", 2),
    }


def _figures(line: PricedLine, precision: Precision) -> dict[str, str]:
    return {name: precision.format(getattr(line, name)) for name in ("discount", "voucher", "net", "tax", "total")}
