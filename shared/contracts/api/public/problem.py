"""What every refusal looks like (RFC 9457), and every code that a caller may have to branch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from shared.contracts.api.public.kinds import Shown

CODES: Final[Mapping[str, tuple[int, str]]] = {
    "malformed_request": (400, "The body is no JSON, or not what the caller signed."),
    "signature_invalid": (400, "The signature is missing, wrong, or more than 300 seconds old. Nothing is stored."),
    "bad_credentials": (401, "No account has this e-mail address and this password; which of the two is wrong is not said."),
    "unauthenticated": (401, "There is no credential, or it is unknown, forged or expired."),
    "forbidden": (403, "The caller lacks the permission in `required_permission`."),
    "not_found": (404, "It is not there, or the caller may not see it."),
    "method_not_allowed": (405, "The path has no such method."),
    "illegal_transition": (409, "The record's state does not allow this now; `allowed` names what it does allow."),
    "idempotency_in_progress": (409, "The first request with this Idempotency-Key is still running."),
    "already_exists": (409, "Another record has this name already."),
    "payment_in_progress": (409, "Another payment of the order is open, or money of it is moving."),
    "out_of_stock": (409, "Not enough is there; `errors[].meta` names sku, requested and available."),
    "price_changed": (409, "Prices are not those the customer saw; the cart has the new ones now."),
    "return_first": (409, "Goods of it were handed over; they have to come back first."),
    "customer_blocked": (409, "The shop sells this customer nothing at present."),
    "order_held": (409, "The order is held, or money for it is in question: nothing goes on before it is released."),
    "backorder_decision_needed": (409, "Units stay behind, and the shop wants to be asked what becomes of them: say `backorder`."),
    "already_claimed": (409, "Somebody else is at it already."),
    "duplicate_receipt": (409, "Another payment of this method has this receipt number."),
    "refund_unsupported": (409, "This money cannot be given back from here."),
    "nothing_to_invoice": (409, "All that is to be invoiced is invoiced, or nothing of it is to be yet."),
    "document_immutable": (409, "The document is posted: it is corrected by another document, never changed."),
    "document_not_ready": (409, "The document is posted and its PDF is still being drawn."),
    "version_mismatch": (412, "If-Match names another version than `version`, which the record has by now."),
    "file_too_large": (413, "A body has at most 128 KiB; that of a bulk put or a webhook 2 MiB."),
    "unsupported_media_type": (415, "Send application/json."),
    "validation_failed": (422, "A field or parameter is not what it must be; `errors` names each by its pointer."),
    "money_precision": (422, "An amount has more decimals than its currency."),
    "currency_mismatch": (422, "Something is not to be had in this currency."),
    "unknown_sku": (422, "There is no such product, or it is not sold."),
    "quantity_too_large": (422, "More than there can be."),
    "cart_incomplete": (422, "The cart lacks what `errors` lists: the same codes as the cart's `requirements`."),
    "idempotency_key_reused": (422, "This Idempotency-Key came before with another body."),
    "payment_method_unavailable": (422, "The order cannot be paid this way; `errors[].meta.reason` says why."),
    "shipping_method_unavailable": (422, "There is no such method, or it does not take these goods to this address."),
    "confirm_on_not_allowed": (422, "An online payment confirms when it is authorized or captured, not before."),
    "amount_exceeds_capturable": (422, "More was to be taken than the provider holds; `errors[].meta.capturable` says how much it does."),
    "full_capture_only": (422, "The method takes all that was authorized, or nothing."),
    "clock_backwards": (422, "The test clock goes forward only."),
    "rate_limited": (429, "Too often; `retry_after` says when to come again."),
    "internal_error": (500, "A fault of the shop's; it is in its log under `request_id`."),
    "provider_unavailable": (503, "The payment provider does not answer; the same call may be repeated."),
    "webhook_not_configured": (503, "The shop does not know the webhook's signing secret."),
    "service_unavailable": (503, "A part of the shop is away; the same call may be repeated."),
}
"""Code -> HTTP status, and what it means. A contract test holds it equal to the error classes of the code."""
REQUIREMENTS: Final[Mapping[str, str]] = {
    "lines_missing": "The cart is empty.",
    "contact_missing": "There is no e-mail address.",
    "shipping_address_missing": "Goods need an address, unless they are picked up.",
    "shipping_method_missing": "No shipping method is chosen, or the one that is does not take these goods.",
    "address_not_served": "The chosen shipping method does not go to this country.",
    "product_unavailable": "The product is not sold any more.",
}
"""What a cart may still lack: codes of `requirements`, and of the `errors` of `cart_incomplete`."""
ITEMS_ONLY: Final[Mapping[str, str]] = REQUIREMENTS
"""Codes of single failures that are never a problem's own."""


class ProblemItem(Shown):
    """One failure among those of a request."""

    pointer: str = Field(examples=["/lines/0/quantity"], description="A JSON pointer into the body, or / and a parameter's name.")
    code: str = Field(json_schema_extra={"enum": [*CODES, *ITEMS_ONLY]})
    message: str = Field(examples=["Input should be greater than or equal to 1"])
    meta: dict[str, Any] = Field(default_factory=dict)


class Problem(Shown):
    """A refusal. Branch on `code`. All failures of one request stand in `errors`; `code` is that of the first."""

    type: str = Field(pattern="^urn:cartwright:problem:[a-z_]+$")
    title: str
    status: int
    code: str = Field(json_schema_extra={"enum": [*CODES]})
    detail: str
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="As in the header X-Request-Id, and as `correlation_id` of everything that followed.")
    errors: list[ProblemItem] = Field(default_factory=list)
    allowed: list[str] = Field(default_factory=list, description="Commands that the record's state allows.")
    from_: str = Field(default_factory=str, alias="from", description="The state that the record is in.")
    command: str = Field(default_factory=str, description="What was asked of the record.")
    required_permission: str = Field(default_factory=str)
    version: int = Field(default_factory=int, description="The record's version.")
    retry_after: int = Field(default_factory=int, description="Seconds.")


def example_of(code: str) -> dict[str, Any]:
    """A problem with this code."""
    status, meaning = CODES[code]
    titles = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict"}
    titles |= {
        412: "Precondition Failed",
        413: "Content Too Large",
        415: "Unsupported Media Type",
        422: "Unprocessable Content",
        429: "Too Many Requests",
    }
    titles |= {500: "Internal Server Error", 503: "Service Unavailable"}
    return {
        "type": f"urn:cartwright:problem:{code}",
        "title": titles[status],
        "status": status,
        "code": code,
        "detail": meaning,
        "instance": "/store/v1/carts",
        "request_id": "req_01KAVR5Z3M8QW4T7R2N5V0C1DE",
        **_MORE.get(code, {}),
    }


_MORE: Final[Mapping[str, Mapping[str, Any]]] = {
    "forbidden": {"required_permission": "orders.write"},
    "illegal_transition": {"from": "confirmed", "command": "edit", "allowed": ["cancel"]},
    "version_mismatch": {"version": 4},
    "document_not_ready": {"retry_after": 1},
    "rate_limited": {"retry_after": 30},
    "out_of_stock": {
        "errors": [
            {
                "pointer": "",
                "code": "out_of_stock",
                "message": "3 of mug-blue were asked for, 1 are available",
                "meta": {"sku": "mug-blue", "requested": 3, "available": 1},
            }
        ]
    },
    "price_changed": {
        "errors": [
            {
                "pointer": "/lines/0",
                "code": "price_changed",
                "message": "the price was 12.50 and is 13.00",
                "meta": {"old": "12.50", "new": "13.00"},
            }
        ]
    },
    "cart_incomplete": {"errors": [{"pointer": "/email", "code": "contact_missing", "message": REQUIREMENTS["contact_missing"]}]},
    "payment_method_unavailable": {
        "errors": [
            {
                "pointer": "",
                "code": "payment_method_unavailable",
                "message": "card is not available: country",
                "meta": {"method": "card", "reason": "country"},
            }
        ]
    },
    **{
        code: {"errors": [{"pointer": pointer, "code": code, "message": CODES[code][1]}]}
        for code, pointer in {
            "validation_failed": "/lines/0/quantity",
            "money_precision": "/price",
            "currency_mismatch": "/currency",
            "unknown_sku": "/lines/0/sku",
            "quantity_too_large": "/quantity",
            "duplicate_receipt": "/receipt_number",
            "backorder_decision_needed": "/backorder",
            "full_capture_only": "/amount",
        }.items()
    },
}
