"""A Stripe of our own: PaymentIntents, idempotency keys, signed webhooks.

It answers as https://docs.stripe.com/api says Stripe does, for the calls that billing makes (api.md section 11) and no others,
and keeps all in one SQLite file, so that it forgets nothing when killed.
"""

from services.host.simulators.stripe.app import StripeSimulator
from services.host.simulators.stripe.webhooks import Deliver, http_deliver, signature_header

__all__ = ["Deliver", "StripeSimulator", "http_deliver", "signature_header"]
