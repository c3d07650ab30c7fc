"""The customers and the staff of a run: each planned order goes its way through the public API, whatever happens to the shop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from tests.chaos.calls import Calls, Refused
from tests.chaos.journal import Journal
from tests.chaos.plan import SCARCE, SKUS, Kind, Order

PLENTY: Final = 1_000_000
WAREHOUSE_SECONDS: Final = 1.0
LOOK_AGAIN_SECONDS: Final = 20.0
OVERTAKEN: Final = ("illegal_transition", "cart_gone")
"""What a customer is told who comes when the goods were held for him long enough."""
PRICES: Final = {"VND": "310000", "RUB": "1190.50", "IRR": "9500000"}
SHIPPING: Final = {"names": {"en": "Standard"}, "price": "4.90", "prices": {"VND": "45000", "RUB": "390.00", "IRR": "900000"}}
FETCHING: Final = {"names": {"en": "Fetch it"}, "price": "0.00", "prices": {"VND": "0", "RUB": "0.00", "IRR": "0"}, "pickup": True}
COMMON: Final = {"currency": "EUR", "tax_rate": "19"}
STORE: Final = {
    "name": "Chaos & Sons",
    "address": {"name": "Chaos & Sons", "line1": "Main 1", "city": "Berlin", "country": "DE", "postal_code": "10115"},
    "orders_emails": ["orders@shop.example"],
    "mail_from": "shop@shop.example",
    "currency_decimals": {"IRR": 0},
}
HOLD: Final = {"hold_minutes": 1, "on_expiry": "cancel"}
"""Of cards: so short that unpaid orders end, and paid ones are prolonged, within the run."""


class TooLate(Exception):
    """The submit was cut short and repeated for longer than the goods were held."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class People:
    """Everybody outside the shop. `seed` and an order's position name every call, so a run that goes on repeats the same ones."""

    def __init__(self, calls: Calls, journal: Journal, orders: Sequence[Order], *, seed: int) -> None:
        self._calls = calls
        self._journal = journal
        self._orders = orders
        self._seed = seed
        self._shipped: dict[str, asyncio.Future[Any]] = {}

    async def open_shop(self) -> None:
        """Who it is, what it sells, how it ships; again it is the same."""
        await self._calls.staff("PATCH", "/settings", {"store": STORE})
        await self._calls.staff("PATCH", "/payment_methods/card", HOLD)
        for code, method in (("standard", SHIPPING), ("fetch", FETCHING)):
            await self._calls.staff("PUT", f"/shipping_methods/{code}", {**COMMON, **method, "position": 1, "active": True})
        for sku in (*SKUS, SCARCE):
            product = {"names": {"en": f"Thing {sku}"}, "price": "12.49", "prices": PRICES, "weight_g": 300, **COMMON}
            await self._calls.staff("PUT", f"/products/{sku}", {**product, "allow_backorder": sku == SCARCE})
        known = {item["sku"]: item["on_hand"] for item in (await self._calls.staff("GET", "/stock?limit=100"))["data"]}
        for sku in SKUS:
            if not known.get(sku):
                await self._count(sku, PLENTY)
        await self._hear_of_shipping()

    async def restock(self) -> None:
        """What was sold without being there has come."""
        await self._count(SCARCE, PLENTY)

    async def order(self, plan: Order) -> None:
        """One order, to the end that its customer sees."""
        if plan.position in self._journal.ended:
            return
        try:
            outcome = await self._go(plan)
        except TooLate as late:
            self._journal.lapse(plan.position, late.order_id)
            outcome = "came too late"
        except Refused as refused:
            self._journal.breach(f"order {plan.position} ({plan.kind.value}): {refused}")
            outcome = "refused"
        self._journal.end(plan.position, outcome)

    async def warehouse(self) -> None:
        """Hands over what is ready, as long as it is not cancelled."""
        done: set[str] = set()
        while True:
            ready = await self._calls.staff("GET", "/deliveries?state=ready&limit=100")
            for delivery in ready["data"]:
                if delivery["id"] in done:
                    continue
                with suppress(Refused):  # called off meanwhile, or held: it is looked at again
                    body = {} if delivery["pickup"] else {"tracking_number": f"T{delivery['number']}"}
                    path = f"/deliveries/{delivery['id']}/validate"
                    handed_over = await self._calls.staff("POST", path, body, key=f"{self._seed}-{delivery['id']}")
                    done.add(delivery["id"])
                    self._tell(handed_over)
            await asyncio.sleep(WAREHOUSE_SECONDS)

    async def write_again(self, arrived: set[str]) -> None:
        """Staff ask whose mail has an outcome that nobody knows, and send those again that did not come."""
        failed = await self._pages("/notifications?state=failed&limit=100")
        for mail in failed:
            if mail["reason"] == "unknown_outcome" and mail["message_id"] not in arrived:
                await self._calls.staff("POST", f"/notifications/{mail['id']}/resend", {}, key=f"{self._seed}-{mail['id']}")

    async def _pages(self, path: str) -> list[Any]:
        found: list[Any] = []
        after = ""
        while True:
            page = await self._calls.staff("GET", path + after)
            found += page["data"]
            if not page["page"]["has_more"]:
                return found
            after = f"&after={page['page']['next']}"

    async def _go(self, plan: Order) -> str:
        order_id, total = await (self._phone(plan) if plan.kind is Kind.PHONE else self._submit(plan))
        if plan.kind in (Kind.ON_DELIVERY, Kind.AT_PICKUP):
            await self._calls.staff("POST", f"/orders/{order_id}/confirm", {}, key=self._key(plan, "confirm"))
        if plan.kind is Kind.WIRE:
            await self._record(plan, order_id, "wire", total)
        if not plan.kind.is_paid:
            return "gone without paying"

        delivery = await self._delivery(order_id)
        if delivery is None:
            return "cancelled"
        if plan.arrives and plan.kind is not Kind.AT_PICKUP:
            path = f"/parcels/{delivery['parcels'][0]['id']}/events"
            await self._calls.staff("POST", path, {"state": "delivered"}, key=self._key(plan, "arrival"))
        if plan.kind is Kind.ON_DELIVERY:
            await self._record(plan, order_id, "cash_on_delivery", total)
        if plan.kind is Kind.AT_PICKUP:
            await self._record(plan, order_id, "pay_at_pickup", total)
        return "has the goods"

    async def _submit(self, plan: Order) -> tuple[str, str]:
        fetched = plan.kind is Kind.AT_PICKUP
        cart = {
            "currency": plan.currency,
            "language": plan.language,
            "email": plan.email,
            "name": plan.name,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in plan.lines],
            "shipping_address": plan.address,
            "shipping_method": "fetch" if fetched else "standard",
        }
        made = await self._calls.store("POST", "/carts", cart, key=self._key(plan, "cart"))
        order_id, token = made["id"], made["order_token"]
        method = {Kind.ON_DELIVERY: "cash_on_delivery", Kind.AT_PICKUP: "pay_at_pickup"}.get(plan.kind, "wire")
        method = "card" if plan.kind.by_card else method
        try:
            answer = await self._pay_by(plan, order_id, token, method, step="submit")
        except Refused as refused:
            if plan.kind.by_card and refused.code in OVERTAKEN:
                raise TooLate(order_id) from None
            raise
        self._journal.accept(plan.position, order_id, answer["order"]["number"])
        if plan.kind.by_card:
            await self._at_stripe(plan, order_id, token, answer["payment"])
        return order_id, answer["order"]["totals"]["total"]

    async def _at_stripe(self, plan: Order, order_id: str, token: str, payment: dict[str, Any]) -> None:
        if plan.kind is Kind.NEVER_PAID:
            return
        if plan.kind in (Kind.DECLINED_THEN_PAID, Kind.DECLINED_FOR_GOOD):
            await self._calls.bank(payment, "fail")
        if plan.kind is Kind.DECLINED_FOR_GOOD:
            return
        if plan.kind is Kind.DECLINED_THEN_PAID:
            try:
                payment = (await self._pay_by(plan, order_id, token, "card", step="again"))["payment"]
            except Refused as refused:
                if refused.code in OVERTAKEN:
                    return
                raise
        await self._calls.bank(payment, "succeed", webhook=plan.kind is not Kind.LOST_WEBHOOK)

    async def _pay_by(self, plan: Order, order_id: str, token: str, method: str, *, step: str) -> Any:
        body = {"payment_method": method}
        return await self._calls.store("POST", f"/carts/{order_id}/submit", body, token=token, key=self._key(plan, step))

    async def _phone(self, plan: Order) -> tuple[str, str]:
        body = {
            "customer": {"name": plan.name, "email": plan.email},
            "language": plan.language,
            "currency": plan.currency,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in plan.lines],
            "discounts": [{"label": "Regular", "type": "percent", "value": "7.5"}],
            "shipping_method": "standard",
            "shipping_address": plan.address,
        }
        made = await self._calls.staff("POST", "/orders", body, key=self._key(plan, "phone"))
        self._journal.accept(plan.position, made["id"], made["number"])
        total = made["totals"]["total"]
        money = {"method": "cash", "amount": total, "receipt_number": f"CASH{self._seed}-{plan.position}"}
        await self._calls.staff("POST", f"/orders/{made['id']}/confirm", {"record_payment": money}, key=self._key(plan, "confirm"))
        return made["id"], total

    async def _record(self, plan: Order, order_id: str, method: str, total: str) -> None:
        money = {"method": method, "amount": total, "receipt_number": f"R{self._seed}-{plan.position}"}
        await self._calls.staff("POST", f"/orders/{order_id}/payments", money, key=self._key(plan, "money"))

    async def _delivery(self, order_id: str) -> Any:
        """The order's delivery once it has left; None when the order was cancelled instead."""
        news = self._shipped.setdefault(order_id, asyncio.get_running_loop().create_future())
        while True:
            try:
                return await asyncio.wait_for(asyncio.shield(news), LOOK_AGAIN_SECONDS)
            except TimeoutError:
                pass
            found = (await self._calls.staff("GET", f"/deliveries?order_id={order_id}"))["data"]
            left = next((delivery for delivery in found if delivery["state"] == "done"), None)
            if left is not None:
                return left
            if (await self._calls.staff("GET", f"/orders/{order_id}"))["state"] == "cancelled":
                return None

    def _tell(self, delivery: dict[str, Any]) -> None:
        news = self._shipped.setdefault(delivery["order_id"], asyncio.get_running_loop().create_future())
        if not news.done():
            news.set_result(delivery)

    async def _count(self, sku: str, on_hand: int) -> None:
        await self._calls.staff("PUT", f"/stock/{sku}", {"on_hand": on_hand})

    async def _hear_of_shipping(self) -> None:
        """Shipping methods and counts reach the carts by messages."""
        made = await self._calls.store("POST", "/carts", {"lines": [{"sku": SKUS[0], "quantity": 1}]}, key=f"{self._seed}-first")

        async def codes() -> set[str]:
            found = await self._calls.store("GET", f"/carts/{made['id']}/shipping_methods", token=made["order_token"])
            return {method["code"] for method in found["data"]}

        while {"standard", "fetch"} - await codes():
            await asyncio.sleep(WAREHOUSE_SECONDS)

    def _key(self, plan: Order, step: str) -> str:
        return f"{self._seed}-{plan.position}-{step}"
