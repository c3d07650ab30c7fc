"""How each fault is done, and how the shop is made whole again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import text

from services.host.start import database_of
from shared.settings import SERVICES
from tests.chaos.plan import Fault, Strike
from tests.chaos.servers import OwnRabbit
from tests.chaos.shop import BrokenShop
from tests.support.eventually import eventually

MOST_BACKENDS: Final = 12
COMING_SECONDS: Final = 60
SLOW_SECONDS: Final = 0.15
"""What each piece of a conversation takes while a cable is slow."""
TOLD_AGAIN: Final = 40
_AGAIN: Final = text(
    "INSERT INTO outbox (event_id, fact, name, label, envelope, together) "
    "SELECT event_id, fact, name, label, envelope, event_id FROM told ORDER BY id DESC LIMIT :most"
)


class Breaker:
    """Does what the plan says to a shop. Every fault is over when its call returns."""

    def __init__(self, shop: BrokenShop) -> None:
        self._shop = shop
        self._ways: Mapping[Fault, Callable[[Strike], None]] = {
            Fault.KILL_WEB: lambda strike: shop.minder.kill("web", strike.which),
            Fault.KILL_WORKER: lambda strike: shop.minder.kill("worker", strike.which),
            Fault.KILL_DOCUMENTS: lambda strike: shop.minder.kill("documents", strike.which),
            Fault.KILL_RELAY: lambda strike: shop.minder.kill("relay", strike.which),
            Fault.KILL_BEAT: lambda strike: shop.minder.kill("beat", strike.which),
            Fault.KILL_UP: self._kill_up,
            Fault.PAUSE_WORKER: lambda strike: self._stand_still("worker", strike),
            Fault.CUT_BROKER: self._cut_broker,
            Fault.CLOSE_BROKER: lambda _: self._rabbit().close_connections(),
            Fault.FREEZE_BROKER: self._freeze_broker,
            Fault.SLOW_BROKER: self._slow_broker,
            Fault.STOP_BROKER: lambda _: self._rabbit().restart(signal.SIGTERM),
            Fault.KILL_BROKER: lambda _: self._rabbit().restart(signal.SIGKILL),
            Fault.TERMINATE_BACKENDS: self._terminate_backends,
            Fault.RESTART_POSTGRES: self._restart_postgres,
            Fault.TELL_AGAIN: lambda _: self._tell_again(),
            Fault.CUT_MAIL: self._cut_mail,
            Fault.STALL_MAIL: self._stall_mail,
            Fault.DROP_MAIL: self._drop_mail,
            Fault.REFUSE_MAIL: self._refuse_mail,
            Fault.KILL_STRIPE: lambda strike: shop.minder.kill("stripe", strike.which),
            Fault.CUT_STRIPE: self._cut_stripe,
            Fault.PAUSE_STRIPE: lambda strike: self._stand_still("stripe", strike),
            Fault.SLOW_STRIPE: self._slow_stripe,
        }

    def strike(self, strike: Strike) -> None:
        """Does it, waits as long as it lasts, and takes it back."""
        self._ways[strike.fault](strike)

    def _stand_still(self, role: str, strike: Strike) -> None:
        self._shop.minder.pause(role)
        _wait(strike)
        self._shop.minder.go_on(role)

    def _kill_up(self, strike: Strike) -> None:
        """At a random moment of its life: also before it is ready."""
        _wait(strike)
        self._shop.minder.kill("up", strike.which)
        if strike.which % 3:
            with suppress(AssertionError):  # one that is slow to come is killed while it comes
                eventually(self._shop.is_ready, seconds=COMING_SECONDS)

    def _cut_broker(self, strike: Strike) -> None:
        assert self._shop.broker is not None
        self._shop.broker.cut()
        _wait(strike)
        self._shop.broker.mend()

    def _freeze_broker(self, strike: Strike) -> None:
        assert self._shop.broker is not None
        self._shop.broker.freeze()
        _wait(strike)
        # What was held back is lost: nobody can say what of it had arrived.
        self._shop.broker.cut()
        self._shop.broker.thaw()
        self._shop.broker.mend()

    def _slow_broker(self, strike: Strike) -> None:
        assert self._shop.broker is not None
        self._shop.broker.delay_seconds = SLOW_SECONDS
        _wait(strike)
        self._shop.broker.delay_seconds = 0.0

    def _terminate_backends(self, strike: Strike) -> None:
        assert self._shop.postgres is not None
        self._shop.postgres.terminate_backends(1 + strike.which % MOST_BACKENDS)

    def _restart_postgres(self, _: Strike) -> None:
        assert self._shop.postgres is not None
        self._shop.postgres.restart(signal.SIGQUIT)

    def _tell_again(self) -> None:
        """The latest facts of every service are told once more, as by a relay that died between the broker's word and its own commit."""
        for service in SERVICES:
            db = database_of(service, self._shop.environment, pool_size=1)
            with db.begin() as tx:
                tx.execute(_AGAIN, {"most": TOLD_AGAIN})
            db.dispose()

    def _cut_mail(self, strike: Strike) -> None:
        self._shop.mail.cut()
        _wait(strike)
        self._shop.mail.mend()

    def _stall_mail(self, strike: Strike) -> None:
        self._shop.mailbox.stalls = True
        _wait(strike)
        self._shop.mailbox.stalls = False
        # Who is told nothing hangs up some time; here at once.
        self._shop.mail.cut()
        self._shop.mail.mend()

    def _drop_mail(self, strike: Strike) -> None:
        self._shop.mailbox.drops_after_data = True
        _wait(strike)
        self._shop.mailbox.drops_after_data = False

    def _refuse_mail(self, strike: Strike) -> None:
        self._shop.mailbox.data_reply = "451 not now"
        _wait(strike)
        self._shop.mailbox.data_reply = None

    def _cut_stripe(self, strike: Strike) -> None:
        self._shop.stripe.cut()
        _wait(strike)
        self._shop.stripe.mend()

    def _slow_stripe(self, strike: Strike) -> None:
        self._shop.stripe.delay_seconds = strike.seconds / 4
        _wait(strike)
        self._shop.stripe.delay_seconds = 0.0

    def _rabbit(self) -> OwnRabbit:
        assert self._shop.rabbit is not None
        return self._shop.rabbit


def _wait(strike: Strike) -> None:
    threading.Event().wait(strike.seconds)
