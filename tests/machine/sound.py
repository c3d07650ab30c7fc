"""What is true after every step, whatever is still on its way: each service by itself, and what it remembers of how it came there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Final

from services.orders.domain.standing import derive
from services.orders.store.orders import get_purchase
from services.orders.store.parts import parts_of
from tests.machine.arrows import may_move
from tests.machine.house import House
from tests.machine.picture import Picture, Row

RECORDS: Final = (
    ("orders", "order", "orders"),
    ("billing", "payment", "payments"),
    ("billing", "provider_event", "provider_events"),
    ("billing", "invoice", "invoices"),
    ("delivery", "reservation", "reservations"),
    ("delivery", "delivery", "deliveries"),
    ("delivery", "parcel", "parcels"),
    ("notifications", "notification", "notifications"),
    ("notifications", "task", "tasks"),
)
"""Service, kind of record, and its table."""
STANDING: Final = (
    *("authorized", "captured", "refunded", "outstanding", "payment_status", "delivery_status", "invoice_status"),
    *("delivery_ready", "payment_problem"),
)


def assert_sound(house: House, seen: Picture) -> None:
    """All of it. Raises AssertionError with what is wrong."""
    histories_end_where_records_are(seen)
    totals_add_up(seen)
    payments_are_whole(seen)
    invoices_add_up(seen)
    numbers_have_no_gap(seen)
    stock_is_what_moved(seen)
    what_left_was_handed_over(seen)
    mails_are_told_once(seen)
    standing_is_derived(house, seen)


def histories_end_where_records_are(seen: Picture) -> None:
    """Each record's history begins with its making, goes along arrows only, and ends in the state that it is in."""
    last: dict[tuple[str, str], str | None] = {}
    for service in ("orders", "billing", "delivery", "notifications"):
        for row in seen.of(service, "history"):
            key = (row["record_type"], row["record_id"])
            before = last.get(key)
            assert row["from_state"] == before, f"{key} goes from {row['from_state']}, and was {before}"
            assert may_move(key[0], before, row["to_state"]), f"{key}: {row['command']} leads from {before} to {row['to_state']}"
            last[key] = row["to_state"]
    for service, kind, table in RECORDS:
        for row in seen.of(service, table):
            ended = last.get((kind, row["id"]))
            assert ended == row["state"], f"{kind} {row['id']} is {row['state']}, its history ends with {ended}"


def totals_add_up(seen: Picture) -> None:
    """Lines and shipping add up to the order, its rates do, and what has no discount costs what its price says (R-MON-04, R-MON-09)."""
    lines = seen.by("orders", "order_lines", "order_id")
    for order in seen.of("orders", "orders"):
        own = lines.get(order["id"], [])
        for name in ("net", "tax", "total"):
            assert order[name] == sum(line[name] for line in own) + order[f"shipping_{name}"], (name, order)
        rates = order["tax_lines"]
        assert (order["net"], order["tax"]) == (sum(rate["net"] for rate in rates), sum(rate["tax"] for rate in rates)), order
        for line in own:
            plain = not (line["discount"] or line["voucher"] or line["discount_bp"])
            if plain and not order["prices_include_tax"] and order["tax_rounding"] == "per_line":
                net = line["unit_price"] * line["quantity"]
                assert (line["net"], line["tax"]) == (net, half_up(Fraction(net * line["rate_bp"], 10_000))), line
            assert line["quantity_delivered"] + line["quantity_cancelled"] <= line["quantity"], line
            assert line["quantity_invoiced"] <= line["quantity"], line


def payments_are_whole(seen: Picture) -> None:
    """One open payment an order at most; captured money stands in captured payments only, and never twice (R-PAY-12, R-ORD-09)."""
    for payments in seen.by("billing", "payments", "order_id").values():
        assert sum(payment["state"] in ("created", "pending") for payment in payments) <= 1, payments
        for payment in payments:
            assert payment["captured"] == 0 or payment["state"] == "captured", payment
            assert 0 <= payment["refunded"] <= payment["captured"], payment
            if payment["kind"] == "online" and payment["received"] is None:
                assert payment["captured"] <= payment["amount"], payment
    refs = Counter(payment["provider_ref"] for payment in seen.of("billing", "payments") if payment["provider_ref"])
    assert all(count == 1 for count in refs.values()), refs


def invoices_add_up(seen: Picture) -> None:
    """An invoice is the sum of its lines; no unit, no shipping and no cent is on two of them; one per trigger (R-INV-01, R-MON-16)."""
    lines = seen.by("billing", "invoice_lines", "invoice_id")
    orders = {row["order_id"]: row for row in seen.of("billing", "orders")}
    for invoice in seen.of("billing", "invoices"):
        for name in ("net", "tax", "total"):
            assert invoice[name] == sum(line[name] for line in lines.get(invoice["id"], [])), invoice
        assert invoice["payment_state"] in _payment_states(invoice), invoice
    for order_id, invoices in seen.by("billing", "invoices", "order_id").items():
        posted = [invoice for invoice in invoices if invoice["state"] == "posted"]
        order = orders[order_id]
        assert not posted or order["confirmed_submission"] > 0, f"{order_id} is invoiced and was never confirmed"
        bought = {line["line_id"]: line["quantity"] for line in order["content"]["lines"]}
        units = Counter[str]()
        for invoice in posted:
            for line in lines[invoice["id"]]:
                units[line["order_line_id"] or "shipping"] += line["quantity"]
        assert units.pop("shipping", 0) <= 1, f"{order_id} pays the shipping twice"
        assert all(count <= bought[line_id] for line_id, count in units.items()), (units, bought)
        assert sum(invoice["total"] for invoice in posted) <= order["total"], (posted, order)
        keys = Counter(invoice["trigger_key"] for invoice in posted)
        assert all(count == 1 for count in keys.values()), keys


def _payment_states(invoice: Row) -> tuple[str, ...]:
    if invoice["paid"] >= invoice["total"]:
        return ("paid", "not_paid") if invoice["total"] == 0 else ("paid",)
    return ("partial", "in_payment") if invoice["paid"] else ("not_paid", "in_payment")


def numbers_have_no_gap(seen: Picture) -> None:
    """Invoices are numbered 1, 2, 3 … in the year, posted ones and no others (R-INV-05, R-INV-15); no two orders have one number."""
    years: dict[str, list[int]] = {}
    for invoice in seen.of("billing", "invoices"):
        assert (invoice["state"] == "posted") == (invoice["number"] is not None), invoice
        if invoice["number"] is not None:
            _, year, serial = invoice["number"].rsplit("/", 2)
            years.setdefault(year, []).append(int(serial))
    for year, serials in years.items():
        assert sorted(serials) == list(range(1, len(serials) + 1)), (year, serials)
    numbers = [order["number"] for order in seen.of("orders", "orders") if order["number"]]
    assert len(numbers) == len(set(numbers)), numbers


def stock_is_what_moved(seen: Picture) -> None:
    """R-STK-01: 0 <= reserved + held <= on_hand at every place, and all three are what moves and reservations add up to."""
    moved, promised = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    active = {row["id"]: row["kind"] for row in seen.some("delivery", "reservations", state="active")}
    for row in seen.of("delivery", "stock_moves"):
        moved[_place(row)] += row["quantity"]
    for row in seen.of("delivery", "reservation_lines"):
        if row["reservation_id"] in active:
            promised[(*_place(row), active[row["reservation_id"]])] += row["quantity"]
    for row in seen.of("delivery", "stock"):
        assert min(row["reserved"], row["held"], row["on_hand"] - row["reserved"] - row["held"]) >= 0, row
        assert row["on_hand"] == moved.pop(_place(row), 0), (row, "on_hand is not the sum of its moves")
        assert row["reserved"] == promised.pop((*_place(row), "firm"), 0), (row, "reserved is not what reservations hold")
        assert row["held"] == promised.pop((*_place(row), "hold"), 0), (row, "held is not what holds hold")
    assert not any(moved.values()), moved
    assert not promised, promised


def what_left_was_handed_over(seen: Picture) -> None:
    """Goods leave with a delivery's last step and only then, each unit once (R-DLV-01, R-DLV-12)."""
    shipped = Counter[str]()
    for row in seen.some("delivery", "stock_moves", reason="shipped"):
        shipped[row["delivery_id"]] -= row["quantity"]
    lines = seen.by("delivery", "delivery_lines", "delivery_id")
    for delivery in seen.of("delivery", "deliveries"):
        leaves = delivery["state"] == "done" and delivery["last"] and delivery["kind"] == "outgoing"
        done = sum(line["done"] for line in lines[delivery["id"]])
        assert shipped.pop(delivery["id"], 0) == (done if leaves else 0), (delivery, "what left the shelf is not what was handed over")
    assert not shipped, shipped


def mails_are_told_once(seen: Picture) -> None:
    """One mail per cause, recipient and record (R-NOT-01), and nobody hears of a confirmation twice (R-NOT-10)."""
    mails = [row for row in seen.of("notifications", "notifications") if row["state"] != "suppressed"]
    sent = Counter((row["order_id"], row["template"], row["recipient"], row["record_id"], row["event_id"]) for row in mails)
    assert all(count == 1 for count in sent.values()), sent
    confirmations = Counter(row["order_id"] for row in mails if row["template"] == "order_confirmation")
    assert all(count == 1 for count in confirmations.values()), confirmations


def standing_is_derived(house: House, seen: Picture) -> None:
    """An order stands where its own words and those of the others put it: nothing is left over from an earlier one."""
    database = house.services["orders"].db
    for row in seen.of("orders", "orders"):
        with database.read() as tx:
            purchase = get_purchase(tx, row["id"])
            order = purchase.order
            standing = derive(replace(order), purchase.lines, parts_of(tx, order.id), now=tx.now)
        for name in STANDING:
            assert getattr(order, name) == getattr(standing, name), f"{name} is {getattr(order, name)}, derived {getattr(standing, name)}"
        for line in purchase.lines:
            units = standing.units[line.id]
            there = (line.quantity_reserved, line.quantity_delivered, line.quantity_cancelled, line.quantity_invoiced)
            assert there == (units.reserved, units.delivered, units.cancelled, units.invoiced), (line, units)


def half_up(value: Fraction) -> int:
    """To whole units, halves up (R-MON-02); for what is not negative."""
    return int(value + Fraction(1, 2))


def _place(row: Row) -> tuple[str, str, str]:
    return row["sku"], row["warehouse"], row["location"]
