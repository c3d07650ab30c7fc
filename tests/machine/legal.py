"""What each command may be answered in each state: a small model written from lifecycles.md and rules.md.

A service knows of the others what it was told; so the model reads what the command's own service knows, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

OK: Final = "ok"
NOT_NOW: Final = "illegal_transition"
UNDER_WAY: Final = frozenset({"created", "pending", "authorized", "captured"})
OPEN_DELIVERY: Final = ("waiting_operation", "waiting_stock", "ready")


def hold_or_release(order: Any) -> set[str]:
    """O13: all but cancelled."""
    return {NOT_NOW} if order["state"] == "cancelled" else {OK}


def cancel(order: Any, *, handed_over: bool, invoiced: bool) -> set[str]:
    """O10: not while goods are out, money is taken, or an invoice is posted, as far as orders has heard."""
    if order["state"] == "cancelled":
        return {OK}
    if handed_over:
        return {"return_first"}
    if order["captured"] > order["refunded"] or invoiced:
        return {NOT_NOW}
    return {OK}


def send(order: Any, lines: Sequence[Any]) -> set[str]:
    """O5: a quotation that is not submitted; one that was sent stays so."""
    if order["state"] == "quotation_sent":
        return {OK}
    if order["state"] != "quotation" or order["submitted_at"] is not None:
        return {NOT_NOW}
    return {OK} if lines else {"cart_incomplete"}


def confirm(order: Any, lines: Sequence[Any], *, accept_shortage: bool) -> set[str]:
    """O7: quotations with lines that nobody holds; goods that are not there have to be accepted."""
    if order["state"] == "confirmed":
        return {OK}
    if order["state"] == "cancelled":
        return {NOT_NOW}
    if order["hold_reason"] is not None:
        return {"order_held"}
    if not lines:
        return {"cart_incomplete"}
    goods = any(line["type"] == "goods" for line in lines)
    return {OK} if accept_shortage or not goods else {OK, "out_of_stock"}


def edit(order: Any, payments: Sequence[Any]) -> set[str]:
    """O2: an open cart of the customer's own; a submitted one only once its payment failed or was withdrawn, which is O4 first."""
    if order["state"] in ("confirmed", "cancelled"):
        return {NOT_NOW}
    if order["submitted_at"] is not None:
        if any(payment["state"] in UNDER_WAY or payment["mismatched"] for payment in payments) or not payments:
            return {"payment_in_progress"}
        # The provider has the last word: it may be paying this very moment.
        return {OK, "payment_in_progress", NOT_NOW} if order["staff_priced"] else {OK, "payment_in_progress"}
    if order["staff_priced"] or order["state"] == "quotation_sent":
        return {NOT_NOW}
    return {"payment_in_progress"} if any(payment["state"] in UNDER_WAY for payment in payments) else {OK}


def submit(order: Any, lines: Sequence[Any], payments: Sequence[Any], *, method: str, unheard: bool) -> set[str]:
    """O3, and R-ORD-10: with the same method again it is the same submit; with another the failed payment is withdrawn first.

    `unheard`: billing has money of which orders does not know yet, and refuses to ask for more than is outstanding (P1).
    """
    too_much = {"validation_failed"} if unheard else set[str]()
    may_fit = {"payment_method_unavailable"} if not _fits(order, lines, method) else set[str]()
    if order["state"] == "cancelled":
        return {NOT_NOW} | may_fit
    if order["state"] == "confirmed":
        return ({OK} if order["payment_method"] == method else {NOT_NOW}) | may_fit
    if may_fit and order["total"]:
        return may_fit
    if order["submitted_at"] is not None:
        if order["payment_method"] == method:
            # Its payment may have been withdrawn, refused or paid wrongly since; goods that were held may be gone.
            return {OK, "payment_in_progress", "payment_method_unavailable", "out_of_stock", NOT_NOW} | too_much
        if any(payment["state"] in UNDER_WAY or payment["mismatched"] for payment in payments) or not payments:
            return {"payment_in_progress"}
        return {OK, "payment_in_progress", "out_of_stock", "cart_incomplete", "payment_method_unavailable"} | too_much
    if not lines:
        return {"cart_incomplete"} | may_fit
    return {
        OK,
        "out_of_stock",
        "price_changed",
        "payment_in_progress",
        "payment_method_unavailable",
        "cart_incomplete",
        "validation_failed",
    }


def _fits(order: Any, lines: Sequence[Any], method: str) -> bool:
    """Whether a method is for this order at all (R-PAY-19): at the counter, at the door, or anywhere."""
    goods = any(line["type"] == "goods" for line in lines)
    match method:
        case "pay_at_pickup":
            return bool(order["shipping_pickup"])
        case "cash_on_delivery":
            return goods and not order["shipping_pickup"]
        case _:
            return True


def record(order: Any, *, amount: str) -> set[str]:
    """P4: for whatever has a number; nothing is no payment."""
    if order["number"] is None:
        return {NOT_NOW}
    return {"validation_failed"} if float(amount) == 0 else {OK}


def capture(payment: Any, *, amount: int | None) -> set[str]:
    """P11: authorized money, once, and never more than there is. Stripe may know better."""
    if payment["state"] == "captured" and payment["capture_asked"] == (payment["capture_asked"] if amount is None else amount):
        return {OK} if payment["capture_asked"] is not None else {NOT_NOW}
    if payment["state"] != "authorized":
        return {NOT_NOW}
    if amount == 0:
        return {"validation_failed"}
    if amount is not None and amount > payment["amount"]:
        return {"amount_exceeds_capturable"}
    return {OK, NOT_NOW, "payment_in_progress"} if payment["capture_asked"] is not None else {OK, NOT_NOW}


def void(payment: Any) -> set[str]:
    """P12: everything that is not there yet; one that was withdrawn stays so."""
    return {NOT_NOW} if payment["state"] == "captured" else {OK}


def review(payment: Any, *, result: str) -> set[str]:
    """P13: of captured money that has to be looked at, once; the same word again changes nothing."""
    if payment["state"] == "captured" and payment["review"] in ("required", result):
        return {OK}
    return {NOT_NOW}


def resolve(payment: Any, *, action: str) -> set[str]:
    """P15: a mismatch, or money that belongs to no order."""
    if payment["resolution"] == action:
        return {OK}
    mismatch = payment["state"] == "failed" and payment["received"] is not None
    if payment["resolution"] is not None or not (mismatch or payment["orphaned"]):
        return {NOT_NOW}
    # Money of a cancelled order, or in another currency, cannot be accepted.
    return {OK, NOT_NOW} if action == "accept" else {OK}


def start(delivery: Any, *, held: bool) -> set[str]:
    """A5: ready, and nothing holds its order."""
    if delivery["state"] != "ready":
        return {NOT_NOW}
    return {"order_held"} if held and delivery["kind"] == "outgoing" else {OK}


def reserve(delivery: Any) -> set[str]:
    """A3: at the shelf, and something of it is there."""
    if delivery["kind"] != "outgoing" or delivery["state"] not in ("waiting_stock", "ready"):
        return {NOT_NOW}
    return {OK, "out_of_stock"}


def unreserve(delivery: Any) -> set[str]:
    """A3: what an earlier step has brought lies at no place that others are served from."""
    at_shelf = delivery["kind"] == "outgoing" and delivery["previous_id"] is None and delivery["state"] in ("waiting_stock", "ready")
    return {OK} if at_shelf else {NOT_NOW}


def assign(delivery: Any) -> set[str]:
    """Open ones."""
    return {OK} if delivery["state"] in OPEN_DELIVERY else {NOT_NOW}


def cancel_delivery(delivery: Any) -> set[str]:
    """A9: all but done ones; called off already, it stays so."""
    return {NOT_NOW} if delivery["state"] == "done" else {OK}


def validate(delivery: Any, *, held: bool, decided: bool, whole: bool) -> set[str]:
    """A7, A8: ready, nothing holds its order, no more than is reserved, and somebody has said what becomes of the rest."""
    if delivery["state"] == "done":
        return {OK}
    if delivery["state"] != "ready":
        return {NOT_NOW}
    if held and delivery["kind"] == "outgoing":
        return {"order_held"}
    if delivery["kind"] != "outgoing":
        return {OK} if whole else {"validation_failed"}
    if whole:
        # As far as it is reserved; what is missing is a rest as well.
        return {OK} if decided or delivery["backorder_policy"] != "ask" else {OK, "backorder_decision_needed"}
    return {OK} if decided or delivery["backorder_policy"] != "ask" else {"backorder_decision_needed"}
