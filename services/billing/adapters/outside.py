"""Billing's outside world in one place: the payment provider, and whoever draws PDFs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from services.billing.adapters.stripe import StripeProvider
from shared.language.formats import Formats
from shared.render.children import DocumentChildren
from shared.settings import Environment

STRIPE_ITSELF: Final = "https://api.stripe.com"
DASHBOARD: Final = "https://dashboard.stripe.com"
_LIVE_KEYS: Final = ("sk_live_", "rk_live_")


class Render(Protocol):
    """Draws a document: `shared.render.children`, where a crash costs a PDF and not the shop."""

    def __call__(self, folder: Path, template: str, *, variables: Mapping[str, Any], language: str, options: Formats) -> bytes:
        """The PDF of `<folder>/<template>.html`. All that is given can be pickled."""
        ...


@dataclass(frozen=True, kw_only=True)
class BillingOutside:
    """What jobs and routes may call. `stripe` None: nobody told us a key."""

    stripe: StripeProvider | None
    render: Render
    livemode: bool = False
    """Whether the key moves real money."""
    webhook_secrets: tuple[str, ...] = ()
    publishable_key: str | None = None
    """What a customer's browser speaks to the provider with."""
    dashboard: str | None = None
    """Base of the pages that staff look at payments on; None: the provider is a double without pages."""

    @property
    def providers(self) -> frozenset[str]:
        """Names of the providers that can be asked."""
        return frozenset() if self.stripe is None else frozenset({"stripe"})


def connect(environment: Environment) -> BillingOutside:
    """Out of the environment. Nothing is called, and nothing heavy imported, before the first use."""
    key = environment.stripe_api_key
    return BillingOutside(
        stripe=None if key is None else StripeProvider(key, environment.stripe_api_base),
        render=DocumentChildren().render,
        livemode=key is not None and key.startswith(_LIVE_KEYS),
        webhook_secrets=environment.webhook_secrets,
        publishable_key=environment.stripe_publishable_key,
        dashboard=DASHBOARD if environment.stripe_api_base.rstrip("/") == STRIPE_ITSELF else None,
    )
