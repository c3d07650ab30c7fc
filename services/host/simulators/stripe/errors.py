"""How Stripe says no. Source: https://docs.stripe.com/api/errors"""

from typing import Any


class ApiError(Exception):
    """An answer from 400 on. `kept`: with the idempotency key, so that the same key is answered the same again.

    Stripe keeps an answer once the call has begun to be carried out, a refusal or a 500 as well; not one about
    parameters that do not parse, nor one that asks to come again.
    """

    def __init__(
        self, status: int, error_type: str, message: str, *, code: str | None = None, param: str | None = None, kept: bool = True
    ) -> None:
        super().__init__(message)
        self.status, self.kept = status, kept
        self.error = {"type": error_type, "code": code, "message": message, "param": param}

    def body(self) -> dict[str, Any]:
        return {"error": {name: value for name, value in self.error.items() if value is not None}}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """The parameters do not make sense."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param, kept=False)


def missing(param: str) -> ApiError:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown_intent(ref: str) -> ApiError:
    return ApiError(404, "invalid_request_error", f"No such payment_intent: '{ref}'", code="resource_missing", param="intent", kept=False)


def unknown_event(event_id: str) -> ApiError:
    return ApiError(404, "invalid_request_error", f"No such event: '{event_id}'", code="resource_missing", param="id", kept=False)


def unexpected_state(intent: dict[str, Any], verb: str) -> ApiError:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return ApiError(400, "invalid_request_error", message, code="payment_intent_unexpected_state")


def key_of_other_call(key: str) -> ApiError:
    message = f"Keys for idempotent requests can only be used with the same parameters they were first used with ('{key}')."
    return ApiError(400, "idempotency_error", message, kept=False)


def wrong_api_key() -> ApiError:
    return ApiError(401, "invalid_request_error", "Invalid API Key provided.", kept=False)


def unknown_url(method: str, path: str) -> ApiError:
    return ApiError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).", kept=False)


def card_declined() -> ApiError:
    return ApiError(402, "card_error", "Your card was declined.", code="card_declined")


def broken() -> ApiError:
    return ApiError(500, "api_error", "An unknown error occurred.")


def key_in_use() -> ApiError:
    message = "There is currently another in-progress request using this Idempotency-Key."
    return ApiError(409, "idempotency_error", message, code="idempotency_key_in_use", kept=False)


def too_many_calls() -> ApiError:
    return ApiError(429, "invalid_request_error", "Too many requests.", code="rate_limit", kept=False)
