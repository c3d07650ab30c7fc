"""The payment simulator as part of a test shop: where it stands, and what billing is told of it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final, get_args

from services.host.simulators.stripe import StripeSimulator, http_deliver
from services.host.simulators.stripe.errors import ApiError
from services.host.simulators.stripe.intents import Action
from shared.errors import NotFound
from shared.settings import Environment

API_KEY: Final = "sk_test_simulator"


def simulated(environment: Environment) -> bool:
    """Whether the simulator stands in for Stripe: in test mode, when no key of Stripe's is set."""
    return environment.test_mode and environment.stripe_api_key is None


def with_simulator(environment: Environment, secret: str) -> Environment:
    """The environment in which billing finds the simulator where Stripe would be; unchanged when Stripe itself is set."""
    if not simulated(environment):
        return environment
    return environment.model_copy(
        update={
            "stripe_api_key": API_KEY,
            "stripe_webhook_secret": _webhook_secret(environment, secret),
            "stripe_api_base": f"{environment.local_url}/_stripe",
        }
    )


def make_simulator(environment: Environment, secret: str) -> StripeSimulator:
    """The simulator over its own SQLite file; it posts signed webhooks to this shop's own hook."""
    folder = environment.data_dir.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return StripeSimulator(
        folder / "stripe.db",
        api_key=API_KEY,
        webhook_secret=_webhook_secret(environment, secret).partition(",")[0],
        deliver=http_deliver(f"{environment.local_url}/hooks/v1/stripe"),
    )


def hand_of(simulator: StripeSimulator) -> Callable[[str, str], Awaitable[str]]:
    """What a person lets happen to a PaymentIntent: (its id, action) -> event id. Raises NotFound for either unknown."""

    async def act(ref: str, action: str) -> str:
        known = next((one for one in get_args(Action) if one == action), None)
        if known is None:
            raise NotFound(f"the payment simulator cannot {action}; it can {', '.join(get_args(Action))}")
        try:
            return await simulator.act(ref, known)
        except ApiError as error:
            raise NotFound(str(error)) from None

    return act


def _webhook_secret(environment: Environment, secret: str) -> str:
    return environment.stripe_webhook_secret or "whsec_" + hashlib.sha256(f"simulator:{secret}".encode()).hexdigest()[:40]
