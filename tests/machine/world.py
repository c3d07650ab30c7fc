"""One order in a whole shop, and the ways in which a step is held against what must be so."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, ClassVar, Final, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from shared.values.order_token import order_token
from tests.machine.bank import Bank
from tests.machine.documented import is_documented
from tests.machine.house import SECRET, House, machine_time
from tests.machine.picture import Picture
from tests.machine.rest import assert_at_rest
from tests.machine.sound import assert_sound
from tests.support.driver import Answer
from tests.support.shop_client import GERMANY
from tests.support.stripe_double import StripeDouble

OK: Final = "ok"
MUG: Final = "mug"
CUP: Final = "cup"
CARD_GAME: Final = "card-game"
SONG: Final = "song"
PRODUCTS: Final[dict[str, dict[str, Any]]] = {
    MUG: {"price": "12.49", "tax_rate": "19", "weight_g": 300},
    CUP: {"price": "3.33", "tax_rate": "7", "weight_g": 100, "allow_backorder": True},
    CARD_GAME: {"price": "0.05", "tax_rate": "19", "weight_g": 50},
    SONG: {"price": "1.99", "tax_rate": "20", "type": "digital"},
}
SKUS: Final = tuple(PRODUCTS)
COUNTED: Final = (MUG, CUP, CARD_GAME)
SHIPPING: Final = {"names": {"en": "Standard", "fa": "عادی", "vi": "Thường", "ru": "Обычная"}, "currency": "EUR", "active": True}
METHODS: Final = ("card", "wire", "cash_on_delivery", "pay_at_pickup", "trust")
TRUST: Final = {
    "names": {"en": "On account"},
    "active": True,
    "position": 9,
    "confirm_on": "pending",
    "hold_minutes": 60,
    "reminder_minutes": 30,
    "on_expiry": "cancel",
}


class Opened(Protocol):
    """Gives each example an empty house and its bank."""

    def __call__(self) -> tuple[House, StripeDouble]: ...


class World(RuleBasedStateMachine):
    """The shop is opened with the first step; the order is made with the second."""

    open: ClassVar[Opened]

    def __init__(self) -> None:
        super().__init__()
        self.house, self.stripe = type(self).open()
        self.house.begin_anew()
        self._closing = ExitStack()
        self._closing.enter_context(machine_time(self.house.clock))
        self.bank = Bank(self.house, self.stripe)
        self._seen: Picture | None = None
        self.order_id = ""
        self.token = ""
        self.stumbles = False
        """Whether Stripe was told to answer badly, and has not been asked since."""

    def teardown(self) -> None:
        """Whatever was done, it comes to rest and is right then."""
        try:
            if self.order_id:
                self.comes_to_rest()
        finally:
            self._closing.close()

    def comes_to_rest(self) -> None:
        """All is told; time passes, so that the provider is asked after what was lost; all is told again."""
        self.bank.recovers()
        self.stumbles = False
        for minutes in (0, 6, 61, 6):
            self.house.later(seconds=60 * minutes + 1)
            self.house.beat()
            self.house.post.deliver_all()
        seen = self.house.look()
        assert_sound(self.house, seen)
        assert_at_rest(self.house, seen, self.stripe)

    @initialize(
        steps=st.sampled_from(["ship_only", "pick_ship", "pick_pack_ship"]),
        shipping_policy=st.sampled_from(["as_available", "all_at_once"]),
        backorder_policy=st.sampled_from(["always", "ask", "never"]),
        split_by=st.sampled_from(["none", "warehouse"]),
        trigger=st.sampled_from(["on_payment", "on_confirm", "on_delivery", "on_request"]),
        prepayment=st.sampled_from([100, 100, 30]),
        capture=st.sampled_from(["automatic", "on_delivery", "by_hand"]),
        review=st.sampled_from(["none", "none", "required"]),
        rounding=st.sampled_from(["per_line", "global"]),
        by_staff=st.sampled_from([False, False, True]),
    )
    def opens(self, *, by_staff: bool, capture: str, review: str, trigger: str, prepayment: int, rounding: str, **delivery: str) -> None:
        """A shop with its own way of doing things, three kinds of goods and a song, and an order that has just begun."""
        settings = {
            "store": {"name": "Tea & Mugs", "address": GERMANY, "orders_emails": ["orders@shop.example"]},
            "delivery": delivery,
            "billing": {"invoice_trigger": {"private": trigger}},
            "orders": {"prepayment_percent": prepayment},
            "tax": {"rounding": rounding},
        }
        for method, path, body in (
            ("PATCH", "/settings", settings),
            ("PATCH", "/payment_methods/card", {"capture": capture, "review": review}),
            ("PUT", "/payment_methods/trust", TRUST),
            ("PUT", "/shipping_methods/standard", SHIPPING | {"price": "4.90", "tax_rate": "19"}),
            ("PUT", "/shipping_methods/counter", SHIPPING | {"price": "0.00", "tax_rate": "19", "pickup": True}),
            *(("PUT", f"/products/{sku}", {"names": {"en": sku}, "currency": "EUR"} | fields) for sku, fields in PRODUCTS.items()),
            *(("PUT", f"/stock/{sku}", {"on_hand": 3}) for sku in COUNTED),
            ("PUT", f"/stock/{MUG}", {"on_hand": 2, "warehouse": "berlin"}),
        ):
            answer = self.house.staff(method, path, body)
            assert answer.status in (200, 201), (path, answer.body)
        self.house.post.deliver_all()
        (self._order_of_staff if by_staff else self._cart)()

    def _cart(self) -> None:
        body = {"lines": [{"sku": MUG, "quantity": 2}, {"sku": CUP, "quantity": 1}], "email": "sara@example.org", "name": "Sara"}
        made = self.house.store("POST", "/carts", body | {"shipping_address": GERMANY, "shipping_method": "standard"})
        assert made.status == 201, made.body
        self.order_id, self.token = made.body["id"], made.body["order_token"]

    def _order_of_staff(self) -> None:
        body = {
            "customer": {"email": "sara@example.org", "name": "Sara"},
            "lines": [{"sku": MUG, "quantity": 3}, {"sku": SONG, "quantity": 2}, {"sku": CARD_GAME, "quantity": 3}],
            "discounts": [
                {"label": "friends", "type": "percent", "value": "7", "applies_to": "all"},
                {"label": "gift", "type": "voucher", "value": "5.00"},
            ],
            "shipping_address": GERMANY,
            "shipping_method": "standard",
        }
        made = self.house.staff("POST", "/orders", body)
        assert made.status == 201, made.body
        self.order_id, self.token = made.body["id"], order_token(SECRET, made.body["id"], 1)

    # steps

    def asks(self, method: str, path: str, body: Any = None, *, may: set[str], customer: bool = False, alone: bool = True) -> Answer:
        """A request that may be answered by `ok` or one of these codes. What is refused changes nothing, if it is one service's `alone`;
        of several the earlier ones have done their part, and undo it. One more second has passed."""
        self.house.later(seconds=1)
        before = self.seen
        answer = self.house.store(method, path, body, token=self.token) if customer else self.house.staff(method, path, body)
        code = None if answer.status < 400 else answer.code
        door = ("/store/v1" if customer else "/admin/v1") + path.partition("?")[0]
        assert is_documented(method, door, answer.status, code), f"{method} {door} answers {answer.status} {code}, which is undocumented"
        if code == "provider_unavailable":
            assert self.stumbles, answer.body
            self.look()
            return answer
        assert (code or OK) in may, f"{method} {door} {body} answers {answer.body}, not one of {sorted(may)}"
        if code is not None and alone:
            assert self.look().kept == before.kept, f"{method} {door} was refused with {code}, and changed something"
        return answer

    def look(self) -> Picture:
        """What is there now, for what follows in the same step."""
        self._seen = self.house.look()
        return self._seen

    @property
    def seen(self) -> Picture:
        """What is there, as of the last look."""
        return self._seen if self._seen is not None else self.look()

    # what there is

    @property
    def order(self) -> Any:
        """The order's row, as orders knows it."""
        return self.seen.some("orders", "orders", id=self.order_id)[0]

    def records(self, service: str, table: str) -> list[Any]:
        """The order's records of a service, oldest first."""
        return self.seen.some(service, table, order_id=self.order_id)

    @invariant()
    def stays_sound(self) -> None:
        """After every step."""
        if self.order_id:
            assert_sound(self.house, self.look())


def one_of(found: list[Any], number: int) -> Any:
    """One of them, counted round; None of none."""
    return found[number % len(found)] if found else None
