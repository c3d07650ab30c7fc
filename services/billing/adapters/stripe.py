"""Stripe: payments by card. The only module that knows the `stripe` package.

It asks for what api.md section 11 names and for nothing else, so that any double of Stripe serves. It does not try again: a
job that is retried sends the same key, and Stripe answers what it answered before (R-PAY-12).
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from services.billing.domain.intent import Intent, ProviderFault
from shared.errors import Refused, Unavailable

if TYPE_CHECKING:
    from stripe import StripeClient, StripeError

SECONDS_TO_CONNECT = 5.0
LONGEST_MESSAGE = 500
BUSY = frozenset({409, 429})
"""Statuses below 500 that are no answer yet: another call holds the key or the intent, or there were too many calls."""


class ProviderRefused(Refused):
    """The payment provider says no, and would say so again. `code` is its own word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"the payment provider refused: {message} ({code})")
        self.code, self.message = code, message


class ProviderUnavailable(Unavailable):
    """The payment provider gave no usable answer. What was asked may have been done: ask again with the same key."""

    code = "provider_unavailable"

    def __init__(self, cause: str, *, http_status: int | None = None) -> None:
        super().__init__(f"the payment provider gave no usable answer: {cause}")
        self.http_status = http_status
        """None: there was no answer at all. From 500 on, Stripe repeats the answer to a repeated key: read first (R-PAY-12)."""


class StripeProvider:
    """The Stripe account of one secret key.

    Any number of threads may share one; each keeps its own connection alive. `timeout_seconds` is the longest silence within
    one call. The `stripe` package takes half a second to import, which only the first call pays.
    """

    def __init__(self, api_key: str, api_base: str, *, timeout_seconds: float = 20.0) -> None:
        self._api_key = api_key
        self._api_base = api_base.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._first_use = threading.Lock()

    def create_intent(
        self,
        *,
        payment_id: str,
        order_id: str,
        order_number: str,
        amount: int,
        currency: str,
        capture: Literal["automatic", "manual"],
        key: str,
    ) -> Intent:
        """A PaymentIntent for `amount` in Stripe's unit (R-MON-22); the one made before, when `key` was used before.

        Raises `ProviderRefused` (below 500: unknown currency, amount too large, wrong API key) and `ProviderUnavailable`.
        """
        return self._call(
            "post",
            "/v1/payment_intents",
            key=key,
            parameters={
                "amount": amount,
                "currency": currency.lower(),
                "payment_method_types[]": "card",
                "capture_method": capture,
                "metadata": {"order_id": order_id, "order_number": order_number, "payment_id": payment_id},
            },
        )

    def retrieve_intent(self, ref: str) -> Intent:
        """The PaymentIntent `ref` (`pi_…`) as it is now.

        Raises `ProviderRefused` with `resource_missing` when this account has none of that name, and `ProviderUnavailable`.
        """
        return self._call("get", f"/v1/payment_intents/{quote(ref, safe='')}")

    def cancel_intent(self, ref: str, key: str) -> Intent:
        """The PaymentIntent `ref`, cancelled: it can no longer be paid, and authorized money is free again.

        Raises `ProviderRefused` with `payment_intent_unexpected_state` when it is paid or cancelled already, and `ProviderUnavailable`.
        """
        return self._call("post", f"/v1/payment_intents/{quote(ref, safe='')}/cancel", key=key)

    def capture_intent(self, ref: str, amount: int, key: str) -> Intent:
        """The PaymentIntent `ref` with `amount` of what it holds taken, in Stripe's unit; the rest is free again.

        Raises `ProviderRefused` with `payment_intent_unexpected_state` when it is taken or cancelled already, and `ProviderUnavailable`.
        """
        return self._call("post", f"/v1/payment_intents/{quote(ref, safe='')}/capture", key=key, parameters={"amount_to_capture": amount})

    def _call(self, method: str, path: str, *, key: str | None = None, parameters: Mapping[str, Any] | None = None) -> Intent:
        options = {"idempotency_key": key} if key else {}
        with self._our_errors():
            answer = self._client.raw_request(method, path, **(parameters or {}), **options)
        return _intent(answer.data)

    @property
    def _client(self) -> "StripeClient":
        with self._first_use:
            return self._stripe_client

    @cached_property
    def _stripe_client(self) -> "StripeClient":
        import stripe

        # Telemetry writes an id into the home directory and sends it with the durations of earlier calls; nobody asked for it.
        stripe.enable_telemetry = False
        # At DEBUG the package logs whole answers, and with them the secrets that customers pay with.
        logging.getLogger("stripe").setLevel(logging.INFO)
        seconds = (min(SECONDS_TO_CONNECT, self._timeout_seconds), self._timeout_seconds)
        return stripe.StripeClient(
            self._api_key,
            base_addresses={"api": self._api_base},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=seconds),
        )

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        import stripe

        try:
            yield
        except stripe.APIConnectionError as error:
            raise ProviderUnavailable(_sentence(error)) from error
        except stripe.RateLimitError as error:
            raise ProviderUnavailable(_sentence(error), http_status=error.http_status) from error
        except stripe.StripeError as error:
            status = error.http_status or 0
            if not 400 <= status < 500 or status in BUSY:
                raise ProviderUnavailable(_sentence(error), http_status=error.http_status) from error
            raise ProviderRefused(_code(error), _sentence(error)) from error
        except (AttributeError, TypeError) as error:
            # The package reads an error body that is not of Stripe's shape (a string, a list) as if it were.
            raise ProviderUnavailable("its answer is not of Stripe's shape") from error


def _code(error: "StripeError") -> str:
    """Not every refusal has a code: of a wrong API key, say, there is only the type."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    said = body.get("error")
    named = said if isinstance(said, dict) else {}
    return str(named.get("code") or named.get("type") or f"http_{error.http_status}")


def _sentence(error: "StripeError") -> str:
    """Cut, because of a body that is not Stripe's the package's message holds all of it."""
    return (error.user_message or type(error).__name__)[:LONGEST_MESSAGE]


def _intent(answer: Any) -> Intent:
    try:
        error = answer.get("last_payment_error") or {}
        charge = answer.get("latest_charge")
        return Intent(
            ref=answer["id"],
            status=answer["status"],
            amount=answer["amount"],
            amount_capturable=answer.get("amount_capturable"),
            amount_received=answer.get("amount_received"),
            currency=answer["currency"].upper(),
            client_secret=answer.get("client_secret"),
            latest_charge=charge["id"] if isinstance(charge, dict) else charge,
            livemode=answer.get("livemode") is True,
            created=answer.get("created") or 0,
            last_error=ProviderFault(error.get("code") or "declined", error.get("message") or "") if error else None,
            metadata=dict(answer.get("metadata") or {}),
        )
    except (AttributeError, KeyError, TypeError) as error:
        # A proxy's page, or another service at this address: whether our call was done is not known.
        raise ProviderUnavailable("its answer is not a payment intent") from error
