"""What is true once everything is told, heard and asked after: the five services say the same, and the money is what the bank says."""

from __future__ import annotations

from collections import Counter
from typing import Final

from shared.contracts.choreography import EVENTS
from tests.machine.house import House
from tests.machine.picture import Picture, Row
from tests.support.stripe_double import StripeDouble

OPEN: Final = ("draft", "waiting_operation", "waiting_stock", "ready")
STAFF: Final = "staff"


def assert_at_rest(house: House, seen: Picture, stripe: StripeDouble) -> None:
    """All of it. Raises AssertionError with what is wrong."""
    assert not house.post.letters, [str(letter) for letter in house.post.letters]
    nothing_is_left_over(seen)
    the_bank_says_the_same(seen, stripe)
    orders_know_their_money(seen)
    orders_know_their_goods(seen)
    orders_know_their_invoices(seen)
    no_unit_is_lost(seen)
    ended_orders_hold_nothing(seen)
    paid_orders_are_confirmed(seen)
    money_is_given_to_invoices(seen)
    what_is_due_is_invoiced(seen)
    returns_know_what_was_bought(seen)
    the_timeline_has_every_fact(seen)


def nothing_is_left_over(seen: Picture) -> None:
    """Nothing is untold, and nothing went wrong for good (R-MSG-01, R-MSG-03)."""
    for service in seen.rows:
        assert not seen.of(service, "outbox"), service
        dead = seen.some(service, "dead_letters", state="open")
        assert not dead, f"{service}: {dead[0]['error']}\n{dead[0]['traceback']}"


def the_bank_says_the_same(seen: Picture, stripe: StripeDouble) -> None:
    """What the provider holds of each payment is what billing says; what was withdrawn here can be paid nowhere (R-PAY-09, P6)."""
    intents = {intent["id"]: intent for intent in stripe.intents()}
    for payment in seen.of("billing", "payments"):
        if payment["provider_ref"] is None:
            continue
        intent = intents[payment["provider_ref"]]
        said = (payment["state"], payment["captured"])
        if payment["received"] is not None:
            # A person decides about what does not fit.
            assert payment["state"] in ("captured", "failed", "cancelled"), (payment, intent)
            continue
        match intent["status"]:
            case "succeeded":
                assert said == ("captured", intent["amount_received"]), (payment, intent)
            case "requires_capture":
                assert said == ("authorized", 0), (payment, intent)
            case "processing":
                assert said == ("pending", 0), (payment, intent)
            case "canceled":
                assert said == ("cancelled", 0), (payment, intent)
            case _:
                assert payment["state"] in ("created", "failed"), (payment, intent)


def orders_know_their_money(seen: Picture) -> None:
    """Authorised, captured and still due are the sums of billing's payments, to the cent (lifecycles.md, section 2)."""
    payments = seen.by("billing", "payments", "order_id")
    cancelled = {row["order_id"]: row["cancelled_units"] for row in seen.of("billing", "orders")}
    for order in seen.of("orders", "orders"):
        own = [payment for payment in payments.get(order["id"], []) if not payment["orphaned"]]
        authorized = sum(payment["amount"] for payment in own if payment["state"] == "authorized")
        captured = sum(payment["captured"] for payment in own)
        refunded = sum(payment["refunded"] for payment in own)
        assert (order["authorized"], order["captured"], order["refunded"]) == (authorized, captured, refunded), (order, own)
        worth = order["total"] - sum(units.get("value", 0) for units in cancelled.get(order["id"], {}).values())
        assert order["outstanding"] == max(0, worth - captured - authorized), (order, worth)
        assert order["payment_status"] == _payment_status(order, own, captured, refunded, authorized), (order, own)


def _payment_status(order: Row, payments: list[Row], captured: int, refunded: int, authorized: int) -> str:
    """The table of lifecycles.md, section 2, read once more."""
    net, total = captured - refunded, order["total"]
    asked_for = order["submitted_at"] is not None or order["state"] in ("quotation_sent", "confirmed")
    over = all(payment["state"] in ("failed", "cancelled") for payment in payments)
    rows = (
        (captured == 0 and (total == 0 or (not asked_for and over)), "none"),
        (net > total, "overpaid"),
        (net == total, "paid"),
        (refunded > 0 and net == 0, "refunded"),
        (refunded > 0, "partially_refunded"),
        (net > 0, "partial"),
        (authorized > 0, "authorized"),
        (any(payment["kind"] == "online" and payment["state"] == "pending" for payment in payments), "pending"),
    )
    return next((status for fits, status in rows if fits), "unpaid")


def orders_know_their_goods(seen: Picture) -> None:
    """Reserved, handed over and cancelled units are delivery's (R-DLV-18)."""
    done, reserved, cancelled = Counter[str](), Counter[str](), Counter[str]()
    lines = seen.by("delivery", "delivery_lines", "delivery_id")
    for delivery in seen.some("delivery", "deliveries", state="done", last=True, kind="outgoing"):
        for line in lines[delivery["id"]]:
            done[line["order_line_id"]] += line["done"]
    firm = {row["id"] for row in seen.some("delivery", "reservations", state="active", kind="firm")}
    for row in seen.of("delivery", "reservation_lines"):
        reserved[row["line_id"]] += row["quantity"] if row["reservation_id"] in firm else 0
    for row in seen.of("billing", "orders"):
        for told in row["cancelled_units"].values():
            cancelled.update(told["units"])
    own = seen.by("orders", "order_lines", "order_id")
    for order in seen.of("orders", "orders"):
        for line in own.get(order["id"], []):
            if order["state"] == "confirmed":
                there = (line["quantity_reserved"], line["quantity_delivered"], line["quantity_cancelled"])
                assert there == (reserved[line["id"]], done[line["id"]], cancelled[line["id"]]), (line, "reserved, delivered, cancelled")
        assert order["delivery_status"] == _delivery_status(seen, order, own.get(order["id"], [])), order


def _delivery_status(seen: Picture, order: Row, lines: list[Row]) -> str:
    goods = [line for line in lines if line["type"] == "goods"]
    if order["state"] != "confirmed" or not goods:
        return "none"
    if all(line["quantity_delivered"] >= line["quantity"] - line["quantity_cancelled"] for line in goods):
        return "full"
    if any(line["quantity_delivered"] for line in goods):
        return "partial"
    own = seen.some("delivery", "deliveries", order_id=order["id"])
    return "started" if any(row["state"] == "done" or row["started_at"] for row in own) else "pending"


def orders_know_their_invoices(seen: Picture) -> None:
    """Invoiced units are those of billing's posted invoices (R-INV-11)."""
    posted = {row["id"] for row in seen.some("billing", "invoices", state="posted")}
    invoiced = Counter[str]()
    for row in seen.of("billing", "invoice_lines"):
        if row["invoice_id"] in posted and row["order_line_id"] is not None:
            invoiced[row["order_line_id"]] += row["quantity"]
    for line in seen.of("orders", "order_lines"):
        assert line["quantity_invoiced"] == invoiced[line["id"]], (line, invoiced)


def no_unit_is_lost(seen: Picture) -> None:
    """Of a confirmed order each unit of goods is on its way, handed over, called off, or told as cancelled: once (R-DLV-01, R-DLV-05)."""
    replaced = {row["portion"].removeprefix("anew:") for row in seen.of("delivery", "reservations") if row["portion"].startswith("anew:")}
    lines = seen.by("delivery", "delivery_lines", "delivery_id")
    there = Counter[str]()
    for delivery in seen.some("delivery", "deliveries", last=True, kind="outgoing"):
        for line in lines[delivery["id"]]:
            if delivery["reservation_id"] not in replaced:
                there[line["order_line_id"]] += line["done"] if delivery["state"] == "done" else line["quantity"]
    confirmed = {order["id"] for order in seen.some("orders", "orders", state="confirmed")}
    for line in seen.some("orders", "order_lines", type="goods"):
        if line["order_id"] in confirmed:
            assert line["quantity"] == there[line["id"]] + line["quantity_cancelled"], (line, there)


def ended_orders_hold_nothing(seen: Picture) -> None:
    """Cancelled or open again, an order has no goods, no open delivery and no money asked for (R-ORD-51, R-STK-04)."""
    for order in seen.of("orders", "orders"):
        cancelled = order["state"] == "cancelled"
        if not cancelled and not (order["state"] == "quotation" and order["submitted_at"] is None):
            continue
        # What staff hold for a confirm that was refused ends by itself within minutes.
        active = [row for row in seen.some("delivery", "reservations", order_id=order["id"], state="active") if row["portion"] != STAFF]
        assert not active, (order, active)
        chains = seen.some("delivery", "deliveries", order_id=order["id"], kind="outgoing")
        assert not [row for row in chains if row["state"] in OPEN], (order, chains)
        for payment in seen.some("billing", "payments", order_id=order["id"]):
            if cancelled:
                assert payment["state"] not in ("created", "pending", "authorized"), (order, payment)
                kept = payment["state"] == "captured" and payment["captured"] > payment["refunded"]
                assert not kept or payment["orphaned"] or payment["submission"] < order["submission"], (order, payment)


def paid_orders_are_confirmed(seen: Picture) -> None:
    """Money that is there or promised, enough of it, confirms what was submitted, unless somebody holds it (O6, R-ORD-36)."""
    for order in seen.of("orders", "orders"):
        waits = order["state"] in ("quotation", "quotation_sent") and order["submitted_at"] is not None
        if not waits or order["hold_reason"] is not None or order["total"] == 0:
            continue
        own = seen.some("billing", "payments", order_id=order["id"], orphaned=False)
        enough = sum(_secured(payment) for payment in own) * 100 >= order["total"] * order["prepayment_percent"]
        reached = any(payment["state"] == "captured" or (payment["state"], payment["confirm_on"]) in _REACHED for payment in own)
        assert not (enough and reached), (order, own)


_REACHED: Final = (("authorized", "authorized"), ("authorized", "pending"), ("pending", "pending"))


def _secured(payment: Row) -> int:
    promised = payment["state"] == "authorized" or (payment["state"], payment["confirm_on"]) == ("pending", "pending")
    return int(payment["amount"] if promised else payment["captured"] - payment["refunded"])


def money_is_given_to_invoices(seen: Picture) -> None:
    """The order's money pays its invoices, the oldest first, and no cent of it twice (R-INV-10)."""
    for order_id, documents in seen.by("billing", "invoices", "order_id").items():
        payments = seen.some("billing", "payments", order_id=order_id, orphaned=False)
        left = sum(payment["captured"] - payment["refunded"] for payment in payments)
        posted = [invoice for invoice in documents if invoice["state"] == "posted"]
        for invoice in sorted(posted, key=lambda one: (str(one["issued_at"]), one["id"])):
            paid = max(0, min(left, invoice["total"]))
            assert invoice["paid"] == paid, (invoice, left)
            left -= paid
            assert invoice["total"] == 0 or (invoice["payment_state"] == "paid") == (paid == invoice["total"]), invoice


def what_is_due_is_invoiced(seen: Picture) -> None:
    """The automatic invoice for the trigger that has come (R-INV-02); all units on invoices: the whole total, to the cent (R-INV-14)."""
    lines = seen.by("orders", "order_lines", "order_id")
    for order in seen.some("orders", "orders", state="confirmed"):
        own = lines[order["id"]]
        left = sum(line["quantity"] - line["quantity_cancelled"] - line["quantity_invoiced"] for line in own)
        match order["invoice_trigger"]:
            case "on_confirm":
                assert left <= 0, order
            case "on_payment":
                handed_over = any(line["quantity_delivered"] for line in own)
                paid = order["outstanding"] == 0 and order["authorized"] == 0
                assert left <= 0 or not (paid or handed_over), order
            case "on_delivery":
                goods = [line for line in own if line["type"] == "goods"]
                assert all(line["quantity_delivered"] <= line["quantity_invoiced"] for line in goods), (order, goods)
        if all(line["quantity_invoiced"] == line["quantity"] for line in own):
            invoiced = sum(invoice["total"] for invoice in seen.some("billing", "invoices", order_id=order["id"], state="posted"))
            assert invoiced == order["total"], (order, invoiced)


def returns_know_what_was_bought(seen: Picture) -> None:
    """What may come back is what was handed over (R-RET-02)."""
    gone = Counter[tuple[str, str]]()
    lines = seen.by("delivery", "delivery_lines", "delivery_id")
    for delivery in seen.some("delivery", "deliveries", state="done", last=True, kind="outgoing"):
        for line in lines[delivery["id"]]:
            gone[delivery["id"], line["order_line_id"]] += line["done"]
    known = {(row["delivery_id"], row["line_id"]): row["quantity"] for row in seen.of("returns", "handed_over")}
    assert known == {key: units for key, units in gone.items() if units}, (known, gone)


def the_timeline_has_every_fact(seen: Picture) -> None:
    """What was told is recorded, once (R-ORD-57)."""
    told = Counter(row["event_id"] for service in seen.rows for row in seen.of(service, "told") if not EVENTS[row["name"]].internal)
    recorded = Counter(row["event_id"] for row in seen.of("notifications", "events"))
    assert recorded == told, (recorded - told, told - recorded)
