"""What is going to happen in a run: every order and every fault, decided beforehand by the seed and the same every time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

Record = dict[str, Any]


class Kind(Enum):
    """How an order goes; the value is what the table calls it."""

    CARD = "card"
    DECLINED_THEN_PAID = "card declined, then paid"
    LOST_WEBHOOK = "card, its webhook never comes"
    BACKORDER = "card, waits for goods"
    WIRE = "wire"
    ON_DELIVERY = "cash on delivery"
    AT_PICKUP = "pay at pickup"
    PHONE = "phone, by staff"
    NEVER_PAID = "card, never paid"
    DECLINED_FOR_GOOD = "card declined, never paid"
    WIRE_NEVER_PAID = "wire, never paid"

    @property
    def is_paid(self) -> bool:
        """Whether its customer means to pay."""
        return self not in (Kind.NEVER_PAID, Kind.DECLINED_FOR_GOOD, Kind.WIRE_NEVER_PAID)

    @property
    def by_card(self) -> bool:
        """Whether Stripe has the money."""
        return "card" in self.value


SHARES: Final = {
    Kind.CARD: 30,
    Kind.DECLINED_THEN_PAID: 12,
    Kind.LOST_WEBHOOK: 4,
    Kind.BACKORDER: 8,
    Kind.WIRE: 14,
    Kind.ON_DELIVERY: 6,
    Kind.AT_PICKUP: 6,
    Kind.PHONE: 8,
    Kind.NEVER_PAID: 5,
    Kind.DECLINED_FOR_GOOD: 3,
    Kind.WIRE_NEVER_PAID: 4,
}
"""Of a hundred orders."""
PLACES: Final = {
    "DE": ("en", "EUR", "Sara Stein", "Hauptstr. 1", "Berlin", "10115"),
    "VN": ("vi", "VND", "Nguyễn Thị Hạnh", "12 Phố Huế", "Hà Nội", "100000"),
    "RU": ("ru", "RUB", "Анна Орлова", "ул. Ленина, 5", "Москва", "101000"),
    "IR": ("fa", "IRR", "سارا رضایی", "خیابان ولیعصر ۱۲", "تهران", "1969833111"),
}
"""By country: language, currency, and an invented customer."""
NO_CARD_FOR: Final = "IR"
SKUS: Final = tuple(f"THING-{number:02}" for number in range(12))
SCARCE: Final = "SCARCE"
"""There is none of it at first, and it may be bought nevertheless."""


@dataclass(frozen=True)
class Order:
    """One order to come. `position` counts from 0 and names it in every key."""

    position: int
    kind: Kind
    country: str
    lines: tuple[tuple[str, int], ...]
    arrives: bool

    @property
    def language(self) -> str:
        return PLACES[self.country][0]

    @property
    def currency(self) -> str:
        return PLACES[self.country][1]

    @property
    def email(self) -> str:
        """An address of its own: what reaches it is known to be this order's."""
        return f"customer-{self.position}@example.org"

    @property
    def name(self) -> str:
        return PLACES[self.country][2]

    @property
    def address(self) -> Record:
        _, _, name, line1, city, postal_code = PLACES[self.country]
        return {"name": name, "line1": line1, "city": city, "postal_code": postal_code, "country": self.country}


class Fault(Enum):
    """What is done to the shop; the value is what the table calls it."""

    KILL_WEB = "kill -9 web"
    KILL_WORKER = "kill -9 worker"
    KILL_DOCUMENTS = "kill -9 documents"
    KILL_RELAY = "kill -9 relay"
    KILL_BEAT = "kill -9 beat"
    KILL_UP = "kill -9 cartwright up"
    PAUSE_WORKER = "workers stand still"
    CUT_BROKER = "broker connections cut"
    CLOSE_BROKER = "broker closes connections"
    FREEZE_BROKER = "broker unreachable, connections open"
    SLOW_BROKER = "messages delayed"
    STOP_BROKER = "broker stopped"
    KILL_BROKER = "broker kill -9"
    TERMINATE_BACKENDS = "database backends terminated"
    RESTART_POSTGRES = "PostgreSQL restarted, immediate"
    TELL_AGAIN = "messages doubled"
    CUT_MAIL = "mail server away"
    STALL_MAIL = "mail server does not answer"
    DROP_MAIL = "mail server hangs up after the mail"
    REFUSE_MAIL = "mail server refuses"
    KILL_STRIPE = "Stripe kill -9"
    CUT_STRIPE = "Stripe away"
    PAUSE_STRIPE = "Stripe does not answer"
    SLOW_STRIPE = "Stripe slow"


EMBEDDED: Final = (
    Fault.KILL_UP,
    Fault.TELL_AGAIN,
    Fault.KILL_UP,
    Fault.CUT_MAIL,
    Fault.KILL_UP,
    Fault.CUT_STRIPE,
    Fault.KILL_UP,
    Fault.DROP_MAIL,
    Fault.KILL_UP,
    Fault.KILL_STRIPE,
)
FULL: Final = (
    *(fault for fault in Fault if fault is not Fault.KILL_UP),
    Fault.KILL_WEB,
    Fault.KILL_WORKER,
    Fault.KILL_WORKER,
    Fault.KILL_RELAY,
    Fault.TERMINATE_BACKENDS,
    Fault.TELL_AGAIN,
    Fault.CUT_BROKER,
)
"""A deck that is shuffled again each time that it is used up: each fault comes, the likelier ones oftener."""


@dataclass(frozen=True)
class Strike:
    """A fault, when the order at `position` is begun. `which` chooses among several victims, `seconds` is how long it lasts."""

    number: int
    position: int
    fault: Fault
    which: int
    seconds: float


def plan_orders(count: int, *, seed: int) -> list[Order]:
    """So many orders. Each kind comes, also in short runs: they are dealt, not thrown."""
    dice = random.Random(f"orders of {seed}")
    deck = [kind for kind, share in SHARES.items() for _ in range(max(1, round(share * count / 100)))]
    dice.shuffle(deck)
    deck += dice.choices(list(SHARES), list(SHARES.values()), k=max(0, count - len(deck)))
    # Whoever never pays comes first: the end of his order takes a minute.
    kinds = sorted(deck[:count], key=lambda kind: kind.is_paid) if count <= SHORT else deck[:count]
    return [_order(position, kind, dice) for position, kind in enumerate(kinds)]


SHORT: Final = 100


def _order(position: int, kind: Kind, dice: random.Random) -> Order:
    countries = [country for country in PLACES if not (kind.by_card and country == NO_CARD_FOR)]
    skus = dice.sample(SKUS, dice.choice((1, 1, 2, 3)))
    lines = [(sku, dice.choice((1, 1, 2))) for sku in skus]
    if kind is Kind.BACKORDER:
        lines.append((SCARCE, 1))
    return Order(position, kind, dice.choice(countries), tuple(lines), arrives=dice.random() < 0.5)


def plan_strikes(count: int, *, orders: int, mode: str, seed: int) -> list[Strike]:
    """So many faults, spread over the orders."""
    dice = random.Random(f"faults of {seed}")
    faults: list[Fault] = []
    while len(faults) < count:
        deck: Sequence[Fault] = EMBEDDED if mode == "embedded" else FULL
        faults += dice.sample(deck, len(deck))
    return [
        Strike(number, int((number + dice.random()) * orders / count), fault, dice.randrange(1000), round(dice.uniform(0.5, 4.0), 1))
        for number, fault in enumerate(faults[:count])
    ]
