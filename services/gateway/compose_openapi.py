"""What the gateway composes itself, as OpenAPI path items."""

from __future__ import annotations

from typing import Any, Final

from services.gateway.audit_log import FILTERS
from services.gateway.clock import ClockBody
from services.gateway.confirm import ConfirmBody, PaymentBody
from services.gateway.submit import SubmitBody

LISTED: Final = (*FILTERS, "limit", "after")


def composed_paths() -> dict[str, Any]:
    """Path items by path."""
    order_id = {"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}}
    submit = _operation("Submit a cart", SubmitBody.model_json_schema(), [order_id])
    methods = _operation("List the cart's payment methods", None, [order_id])
    clock = {
        "post": _operation("Stop business time (test mode)", ClockBody.model_json_schema(), []),
        "get": _operation("Read business time (test mode)", None, []),
        "delete": _operation("Let business time run again (test mode)", None, []),
    }
    paths: dict[str, Any] = {f"/store/v1/{kind}/{{order_id}}/submit": {"post": submit} for kind in ("carts", "orders")}
    paths |= {f"/store/v1/{kind}/{{order_id}}/payment_methods": {"get": methods} for kind in ("carts", "orders")}
    paths["/admin/v1/orders/{order_id}/confirm"] = {"post": _operation("Confirm an order", ConfirmBody.model_json_schema(), [order_id])}
    paths["/admin/v1/orders/{order_id}/payments"] = {"post": _operation("Record a payment", PaymentBody.model_json_schema(), [order_id])}
    paths["/admin/v1/test_clock"] = clock
    paths["/admin/v1/audit_log"] = {"get": _operation("List what staff and keys did", None, [_query(name) for name in LISTED])}
    paths["/admin/v1/settings"] = {"patch": _operation("Change settings", {"type": "object"}, [])}
    return paths


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def _operation(summary: str, body: dict[str, Any] | None, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {"description": "A problem", "content": {"application/problem+json": {"schema": {"type": "object"}}}},
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation
