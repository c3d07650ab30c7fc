"""What the customer and the customer's bank do, and what becomes of the bank's words on their way."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine import legal
from tests.machine.world import METHODS, SKUS, World, one_of

number = st.integers(0, 99)


class Buying(World):
    """Carts, submits, payments."""

    def known_payments(self) -> list[Any]:
        """The running submission's payments, as orders has heard of them."""
        told = [part["values"] for part in self.parts("payment")]
        return [payment for payment in told if payment["submission"] == self.order["submission"] and not payment["orphaned"]]

    def money_is_unheard(self) -> bool:
        """Whether billing has taken money of which orders has not heard."""
        taken = sum(payment["captured"] for payment in self.records("billing", "payments") if not payment["orphaned"])
        return bool(taken > self.order["captured"])

    def parts(self, kind: str) -> list[Any]:
        """What orders was told of one kind."""
        return self.seen.some("orders", "parts", order_id=self.order_id, kind=kind)

    @property
    def lines(self) -> list[Any]:
        """The order's lines."""
        return sorted(self.seen.some("orders", "order_lines", order_id=self.order_id), key=lambda line: line["position"])

    @rule(sku=st.sampled_from(SKUS), quantity=st.integers(1, 4))
    def puts_in(self, sku: str, quantity: int) -> None:
        may = legal.edit(self.order, self.known_payments())
        self.asks("POST", f"/carts/{self.order_id}/lines", {"sku": sku, "quantity": quantity}, may=may, customer=True, alone=False)

    @rule(which=number, quantity=st.integers(0, 3))
    def counts_anew(self, which: int, quantity: int) -> None:
        line = one_of(self.lines, which)
        if line is not None:
            may = legal.edit(self.order, self.known_payments())
            path = f"/carts/{self.order_id}/lines/{line['id']}"
            self.asks("PATCH", path, {"quantity": quantity}, may=may, customer=True, alone=False)

    @rule(method=st.sampled_from(["standard", "counter"]))
    def chooses_shipping(self, method: str) -> None:
        may = legal.edit(self.order, self.known_payments())
        self.asks("PATCH", f"/carts/{self.order_id}", {"shipping_method": method}, may=may, customer=True, alone=False)

    @rule(phone=st.sampled_from(["+4930123456", None]))
    def gives_a_phone(self, phone: str | None) -> None:
        # Who buys may be said of an offer of staff's, too: prices stand.
        may = legal.edit({**self.order, "staff_priced": False}, self.known_payments())
        self.asks("PATCH", f"/carts/{self.order_id}", {"phone": phone}, may=may, customer=True, alone=False)

    @rule(method=st.sampled_from(METHODS), twice=st.booleans())
    def submits(self, method: str, twice: bool) -> None:
        for _ in range(2 if twice else 1):
            known = self.known_payments()
            may = legal.submit(self.order, self.lines, known, method=method, unheard=self.money_is_unheard())
            self.asks("POST", f"/carts/{self.order_id}/submit", {"payment_method": method}, may=may, customer=True, alone=False)
            self.look()

    @rule(method=st.sampled_from(["card", "card", "wire", "trust"]), heard=st.booleans())
    def orders_at_once(self, method: str, heard: bool) -> None:
        """The ordinary way, so that not every example ends in a cart."""
        self.submits(method, twice=False)
        if heard:
            self.house.post.deliver_all()

    # the bank

    @precondition(lambda self: self.bank.possible())
    @rule(which=number, lost=st.sampled_from([False, False, True]))
    def something_happens_at_the_bank(self, which: int, lost: bool) -> None:
        self.house.later(seconds=1)
        found = one_of(self.bank.possible(), which)
        if found is not None:
            self.bank.does(*found, lost=lost)

    @precondition(lambda self: self.bank.possible())
    @rule(which=number, told=st.booleans())
    def pays(self, which: int, told: bool) -> None:
        """The ordinary way."""
        self.house.later(seconds=1)
        found = one_of([one for one in self.bank.possible() if one[1] in ("succeed", "authorize")], which)
        if found is not None:
            self.bank.does(*found)
            if told:
                self.bank.tells(-1)

    @precondition(lambda self: self.bank.possible())
    @rule(which=number, amount=st.sampled_from([1, 100, 999_999]))
    def pays_another_amount(self, which: int, amount: int) -> None:
        self.house.later(seconds=1)
        found = one_of([one for one in self.bank.possible() if one[1] == "succeed"], which)
        if found is not None:
            self.bank.does(*found, amount_received=amount)

    @precondition(lambda self: self.bank.events)
    @rule(which=number, again=st.booleans())
    def the_bank_tells(self, which: int, again: bool) -> None:
        self.house.later(seconds=1)
        answer = self.bank.tells(which, keep=again)
        assert answer is None or answer.status == 200, answer.body

    @rule(how=st.sampled_from(["500", "409", "drop_answer"]))
    def stripe_stumbles(self, how: str) -> None:
        self.stumbles = True
        self.bank.stripe.fail_next(1, how)

    # what is on its way

    @precondition(lambda self: self.house.post.letters)
    @rule(which=number, again=st.booleans())
    def a_letter_arrives(self, which: int, again: bool) -> None:
        self.house.later(seconds=1)
        self.house.post.deliver(which, keep=again)

    @precondition(lambda self: self.house.post.letters)
    @rule(count=st.integers(2, 12), newest_first=st.booleans())
    def letters_arrive(self, count: int, newest_first: bool) -> None:
        for _ in range(count):
            self.house.post.deliver(-1 if newest_first else 0)

    @rule()
    def all_is_heard(self) -> None:
        self.house.post.deliver_all()

    @rule(minutes=st.sampled_from([1, 3, 6, 20, 70, 60 * 24 * 6, 60 * 24 * 20]), beats=st.booleans())
    def time_passes(self, minutes: int, beats: bool) -> None:
        self.house.later(seconds=60 * minutes)
        if beats:
            self.house.beat()
