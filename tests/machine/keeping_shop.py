"""What staff do with the order, its money, its invoices and its goods, legal or not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine import legal
from tests.machine.buying import Buying, number
from tests.machine.world import COUNTED, one_of

OFFLINE = ("wire", "cash", "trust")


class KeepingShop(Buying):
    """The shop's own commands."""

    # the order

    @rule(release=st.booleans())
    def holds_or_releases(self, release: bool) -> None:
        command, body = ("release", {}) if release else ("hold", {"reason": "look at it"})
        self.asks("POST", f"/orders/{self.order_id}/{command}", body, may=legal.hold_or_release(self.order))

    @rule(reason=st.sampled_from(["customer_request", "fraud"]))
    def cancels(self, reason: str) -> None:
        gone = any(part["values"]["state"] == "done" and part["values"]["last"] for part in self.parts("delivery"))
        may = legal.cancel(self.order, handed_over=gone, invoiced=bool(self.parts("invoice")))
        self.asks("POST", f"/orders/{self.order_id}/cancel", {"reason": reason}, may=may)

    @rule()
    def sends(self) -> None:
        self.asks("POST", f"/orders/{self.order_id}/send", {}, may=legal.send(self.order, self.lines))

    @rule(accept_shortage=st.booleans())
    def confirms(self, accept_shortage: bool) -> None:
        may = legal.confirm(self.order, self.lines, accept_shortage=accept_shortage)
        self.asks("POST", f"/orders/{self.order_id}/confirm", {"accept_shortage": accept_shortage}, may=may, alone=False)

    @rule(command=st.sampled_from(["hold", "release", "send", "cancel"]))
    def means_another_version(self, command: str) -> None:
        body = {"hold": {"reason": "look"}, "cancel": {"reason": "other"}}.get(command, {})
        before = self.seen
        answer = self.house.staff("POST", f"/orders/{self.order_id}/{command}", body, **{"if-match": '"999"'})
        assert (answer.status, answer.code) == (412, "version_mismatch"), answer.body
        assert self.look().kept == before.kept

    # money

    @rule(
        method=st.sampled_from(OFFLINE), amount=st.sampled_from(["0.00", "5.00", "all", "9999.00"]), receipt=st.sampled_from([None, "R-1"])
    )
    def records_money(self, method: str, amount: str, receipt: str | None) -> None:
        order = self.order
        given = f"{order['total'] / 100:.2f}" if amount == "all" else amount
        may = legal.record(order, amount=given) | ({"duplicate_receipt"} if receipt else set())
        body = {"method": method, "amount": given} | ({"receipt_number": receipt} if receipt else {})
        self.asks("POST", f"/orders/{self.order_id}/payments", body, may=may, alone=False)

    def payment(self, which: int) -> Any:
        """One of the order's payments."""
        return one_of(self.records("billing", "payments"), which)

    @precondition(lambda self: self.payment(0))
    @rule(which=number, amount=st.sampled_from([None, 0, 1, 500, 9_999_999]))
    def captures(self, which: int, amount: int | None) -> None:
        payment = self.payment(which)
        body = {} if amount is None else {"amount": f"{amount / 100:.2f}"}
        path = f"/payments/{payment['id']}/capture"
        self.asks("POST", path, body, may=legal.capture(payment, amount=amount), alone=payment["state"] != "authorized")

    @precondition(lambda self: self.payment(0))
    @rule(which=number, command=st.sampled_from(["void", "sync"]))
    def voids_or_asks(self, which: int, command: str) -> None:
        payment = self.payment(which)
        may = legal.void(payment) if command == "void" else {"ok"}
        self.asks("POST", f"/payments/{payment['id']}/{command}", may=may, alone=command == "void")

    @precondition(lambda self: self.payment(0))
    @rule(which=number, result=st.sampled_from(["passed", "failed"]))
    def reviews(self, which: int, result: str) -> None:
        payment = self.payment(which)
        self.asks("POST", f"/payments/{payment['id']}/review", {"result": result}, may=legal.review(payment, result=result))

    @precondition(lambda self: self.payment(0))
    @rule(which=number, action=st.sampled_from(["accept", "ignore"]))
    def resolves(self, which: int, action: str) -> None:
        payment = self.payment(which)
        body = {"action": action, "note": "looked at it"}
        self.asks("POST", f"/payments/{payment['id']}/resolve", body, may=legal.resolve(payment, action=action))

    # invoices

    @rule(post=st.booleans(), which=number, quantity=st.sampled_from([None, 1, 50]))
    def asks_for_an_invoice(self, post: bool, which: int, quantity: int | None) -> None:
        line = one_of(self.lines, which)
        wanted = {} if quantity is None or line is None else {"lines": [{"line_id": line["id"], "quantity": quantity}]}
        may = {"ok", "not_found", "illegal_transition", "nothing_to_invoice", "quantity_too_large", "validation_failed"}
        answer = self.asks("POST", f"/orders/{self.order_id}/invoices", {"post": post} | wanted, may=may)
        if self.order["confirmed_at"] is None:
            assert answer.status >= 400, answer.body

    @precondition(lambda self: self.records("billing", "invoices"))
    @rule(which=number, command=st.sampled_from(["post", "cancel", "edit", "delete"]))
    def does_something_with_an_invoice(self, which: int, command: str) -> None:
        invoice = one_of(self.records("billing", "invoices"), which)
        path, posted = f"/invoices/{invoice['id']}", invoice["state"] == "posted"
        match command:
            case "post":
                fresh = {"ok", "quantity_too_large", "validation_failed", "illegal_transition"}
                may = {"ok"} if posted else fresh if invoice["state"] == "draft" else {"illegal_transition"}
                self.asks("POST", path + "/post", may=may)
            case "cancel":
                self.asks("POST", path + "/cancel", may={"illegal_transition"} if posted else {"ok"})
            case "edit":
                may = {"ok", "quantity_too_large", "illegal_transition"} if invoice["state"] == "draft" else {"document_immutable"}
                self.asks("PATCH", path, {"company": "Tea Ltd"}, may=may)
            case _:
                self.asks("DELETE", path, may={"ok"} if invoice["state"] == "draft" else {"document_immutable"})

    # goods

    def delivery(self, which: int) -> Any:
        """One of the order's deliveries."""
        return one_of(self.records("delivery", "deliveries"), which)

    def goods_are_held(self) -> bool:
        """Whether delivery was told that the order's goods stay."""
        known = self.seen.some("delivery", "orders", order_id=self.order_id)
        return any(row["held"] or row["due_held"] or row["review_open"] for row in known)

    @precondition(lambda self: self.delivery(0))
    @rule(which=number, command=st.sampled_from(["start", "reserve", "unreserve", "assign", "cancel"]))
    def prepares(self, which: int, command: str) -> None:
        delivery = self.delivery(which)
        may = {
            "start": legal.start(delivery, held=self.goods_are_held()),
            "reserve": legal.reserve(delivery),
            "unreserve": legal.unreserve(delivery),
            "assign": legal.assign(delivery),
            "cancel": legal.cancel_delivery(delivery),
        }[command]
        self.asks("POST", f"/deliveries/{delivery['id']}/{command}", {"priority": 5} if command == "assign" else None, may=may)

    @precondition(lambda self: self.delivery(0))
    @rule(which=number, part=st.booleans(), backorder=st.sampled_from([None, None, True, False]))
    def hands_over(self, which: int, part: bool, backorder: bool | None) -> None:
        delivery = self.delivery(which)
        body: dict[str, Any] = {} if backorder is None else {"backorder": backorder}
        whole = True
        if part:
            found = self.house.staff("GET", f"/deliveries/{delivery['id']}").body["lines"]
            there = [line for line in found if (line["reserved"] if delivery["kind"] == "outgoing" else line["quantity"])]
            body["lines"] = [{"line_id": line["id"], "quantity": 1} for line in there[:1]] or None
            whole = not there or sum(line["quantity"] for line in found) == 1
        may = legal.validate(delivery, held=self.goods_are_held(), decided=backorder is not None, whole=whole)
        self.asks("POST", f"/deliveries/{delivery['id']}/validate", body, may=may)

    @precondition(lambda self: self.delivery(0))
    @rule(which=number)
    def hands_all_over(self, which: int) -> None:
        """The ordinary way, with whatever steps there are."""
        for delivery in self.records("delivery", "deliveries"):
            if delivery["state"] == "ready":
                self.hands_over_one(delivery)

    def hands_over_one(self, delivery: Any) -> None:
        """All that is reserved of it; the rest follows."""
        may = legal.validate(delivery, held=self.goods_are_held(), decided=True, whole=True)
        self.asks("POST", f"/deliveries/{delivery['id']}/validate", {"backorder": True}, may=may)

    @precondition(lambda self: self.delivery(0))
    @rule()
    def delivers_anew(self) -> None:
        self.asks("POST", f"/orders/{self.order_id}/deliveries", may={"ok"})

    @precondition(lambda self: self.records("delivery", "parcels"))
    @rule(which=number, state=st.sampled_from(["in_transit", "out_for_delivery", "failed_attempt", "delivered", "lost"]))
    def hears_of_a_parcel(self, which: int, state: str) -> None:
        parcel = one_of(self.records("delivery", "parcels"), which)
        self.asks("POST", f"/parcels/{parcel['id']}/events", {"state": state}, may={"ok", "illegal_transition"})

    @rule(sku=st.sampled_from(COUNTED), on_hand=st.integers(0, 6))
    def counts(self, sku: str, on_hand: int) -> None:
        self.asks("PUT", f"/stock/{sku}", {"on_hand": on_hand}, may={"ok"})

    @rule(sku=st.sampled_from(COUNTED), quantity=st.integers(-3, 3).filter(bool))
    def moves(self, sku: str, quantity: int) -> None:
        body = {"sku": sku, "quantity": quantity, "reason": "correction"}
        self.asks("POST", "/stock/moves", body, may={"ok", "quantity_too_large", "validation_failed"})
