"""Making the chains that goods leave the house in, step after step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.delivery.actions import facts
from services.delivery.actions.reserve import goods_of
from services.delivery.actions.stock import serve_waiting, settle, tell_ready
from services.delivery.domain.chain import STEPS, seller_of, warehouse_of
from services.delivery.domain.delivery import Delivery, DeliveryLine, Demand, delivery_number
from services.delivery.domain.reservation import Reservation, per_line
from services.delivery.domain.shelf import Piece
from services.delivery.store import deliveries, reservations, shipping_methods
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import DeliveryCreated
from shared.contracts.orders import OrderConfirmed, OrderLine
from shared.contracts.shop_settings import DeliverySettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.values.clock import parse_rfc3339
from shared.values.ids import new_id

Made = list[tuple[Delivery, list[DeliveryLine]]]


def create_deliveries(tx: Tx, event: OrderConfirmed) -> None:
    """One chain for each reservation of the order's goods (R-DLV-01), its steps and policies as the shop has them now (R-DLV-02).

    None for services and digital goods only (R-ORD-12), and none for a submission that was cancelled meanwhile. Raises NotFound
    while the goods are not reserved yet.
    """
    goods = goods_of(event)
    if not goods or event.submission <= lock_order(tx, event.order_id).ended_submission:
        return
    firm_ones = reservations.firm_ones(tx, event.order_id, event.submission)
    if not firm_ones:
        raise NotFound(f"nothing is reserved yet for order {event.order_id}")
    settings = shop_settings(tx).delivery
    missing: set[str] = set()
    for firm, pieces in firm_ones:
        lines = [
            _line(position, line, firm.wanted[line.line_id]) for position, line in enumerate(goods, start=1) if line.line_id in firm.wanted
        ]
        model = _model(tx, event, settings, firm, lines, pieces)
        made = add_chain(tx, model, STEPS[settings.steps], lines, firm=firm, pieces=pieces)
        missing |= {line.sku for line in Demand(made[0][0], firm, made[0][1], list(pieces)).missing()}

    if missing:
        # Stock that came between the reservation and this delivery found nobody waiting.
        shelf = lock_shelf(tx, missing)
        serve_waiting(tx, shelf)
        settle(tx, shelf)


def add_chain(
    tx: Tx,
    model: Delivery,
    steps: Sequence[str],
    lines: Sequence[DeliveryLine],
    *,
    firm: Reservation,
    pieces: Sequence[Piece],
    previous_id: str | None = None,
    backorder_of: str | None = None,
) -> Made:
    """A delivery for each step, the later ones waiting for the one before (A1, A2); the first is ready if its goods are there."""
    made: Made = []
    first: Demand | None = None
    for step in steps:
        delivery = _like(tx, model, step, firm=firm, last=step == steps[-1])
        delivery.previous_id = previous_id
        delivery.begin("create")
        own = [replace(line, id=new_id("dln"), delivery_id=delivery.id, done=0) for line in lines]
        if first is None:
            first = Demand(delivery, firm, own, list(pieces))
            delivery.backorder_of = backorder_of
            delivery.waits = bool(first.missing())
            delivery.move("plan")
        else:
            delivery.move("follow")
        deliveries.add(tx, delivery, own)
        reserved = per_line(pieces) if not made else {}
        tx.publish(DeliveryCreated(**facts.of_delivery(delivery, own, reserved)), of=delivery)
        made.append((delivery, own))
        previous_id = delivery.id
    if first is not None and first.may_leave():
        first.delivery.move("reserve")
        tell_ready(tx, first)
    return made


def put_back(tx: Tx, delivery: Delivery, lines: Sequence[DeliveryLine]) -> None:
    """Goods that an earlier step took from their place go back there (R-DLV-11). Their reservation has ended."""
    back = replace(
        _like(tx, delivery, delivery.step, last=False),
        kind="put_back",
        step=None,
        previous_id=delivery.previous_id,
        pickup=False,
        shipping_method=None,
        customer_note=None,
        shipping_address=None,
        deadline_at=None,
    )
    back.begin("create")
    back.move("put_back")
    own = [replace(line, id=new_id("dln"), delivery_id=back.id, done=0) for line in lines]
    deliveries.add(tx, back, own)
    tx.publish(DeliveryCreated(**facts.of_delivery(back, own, {})), of=back)


def _like(tx: Tx, model: Delivery, step: str | None, *, last: bool, firm: Reservation | None = None) -> Delivery:
    """A new draft that shares with `model` what its whole chain shares."""
    delivery_id = new_id("dlv")
    return replace(
        model,
        id=delivery_id,
        state="draft",
        seq=0,
        number=delivery_number(deliveries.next_serial(tx, delivery_id)),
        reservation_id=model.reservation_id if firm is None else firm.id,
        step=step,
        last=last,
        previous_id=None,
        backorder_of=None,
        waits=False,
        picker=None,
        started_at=None,
        pickup_code=None,
        created_at=tx.now,
        done_at=None,
        moves=[],
        stored=None,
    )


def _model(
    tx: Tx, event: OrderConfirmed, settings: DeliverySettings, firm: Reservation, lines: Sequence[DeliveryLine], pieces: Sequence[Piece]
) -> Delivery:
    shipping = event.shipping
    return Delivery(
        id="",
        state="draft",
        number="",
        order_id=event.order_id,
        submission=event.submission,
        reservation_id=firm.id,
        step=None,
        last=False,
        warehouse=_pickup_point(tx, event) or warehouse_of(pieces),
        seller_id=seller_of(line.seller_id for line in lines),
        shipping_policy=settings.shipping_policy,
        backorder_policy=settings.backorder_policy,
        deadline_at=None if event.expected_at is None else parse_rfc3339(event.expected_at),
        shipping_method=shipping.method if shipping is not None else None,
        carrier=shipping.carrier if shipping is not None else "manual",
        # Goods that go nowhere are handed over at the counter (R-ORD-45).
        pickup=event.shipping_address is None or (shipping is not None and shipping.pickup),
        customer_note=event.customer_note,
        shipping_address=event.shipping_address,
        created_at=tx.now,
    )


def _pickup_point(tx: Tx, event: OrderConfirmed) -> str | None:
    """Where the customer comes to, if the method says so; only of a pickup the method is looked at."""
    if event.shipping is None or not event.shipping.pickup:
        return None
    method = shipping_methods.get(tx, event.shipping.method)
    return None if method is None else method.get("warehouse")


def _line(position: int, line: OrderLine, quantity: int) -> DeliveryLine:
    return DeliveryLine(
        id="",
        delivery_id="",
        position=position,
        order_line_id=line.line_id,
        sku=line.sku,
        name=line.name,
        quantity=quantity,
        weight_g=line.weight_g,
        barcode=line.barcode,
        attributes=line.attributes,
        seller_id=line.seller_id,
    )
