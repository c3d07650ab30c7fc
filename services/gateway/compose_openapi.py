"""The request bodies of paths that the gateway composes itself, as JSON schemas; those of all others are their routes' own."""

from __future__ import annotations

from typing import Any, Final

from services.gateway.clock import ClockBody
from services.gateway.confirm import ConfirmBody, PaymentBody
from services.gateway.submit import SubmitBody
from shared.contracts.shop_settings import ShopSettings

SCHEMAS: Final = "#/components/schemas/{model}"


def composed_bodies() -> dict[str, dict[str, Any]]:
    """Schemas by method and path. What they refer to stands in their `$defs`."""
    submit = SubmitBody.model_json_schema(ref_template=SCHEMAS)
    return {
        "POST /store/v1/carts/{order_id}/submit": submit,
        "POST /store/v1/orders/{order_id}/submit": submit,
        "POST /admin/v1/orders/{order_id}/confirm": ConfirmBody.model_json_schema(ref_template=SCHEMAS),
        "POST /admin/v1/orders/{order_id}/payments": PaymentBody.model_json_schema(ref_template=SCHEMAS),
        "POST /admin/v1/test_clock": ClockBody.model_json_schema(ref_template=SCHEMAS),
        "PATCH /admin/v1/settings": _merge_patch(ShopSettings.model_json_schema(ref_template=SCHEMAS)),
    }


def _merge_patch(schema: dict[str, Any]) -> dict[str, Any]:
    """The same with nothing required, and null, which takes a setting back to its default, for everything (RFC 7396)."""
    parts = schema.get("$defs", {})
    whole = {name: part for name, part in parts.items() if name == "Address"}  # replaced as a whole (api.md, 2)
    merged = {f"{name}Patch": _nullable(part) for name, part in parts.items() if name not in whole}
    return {**_nullable(schema), "title": "SettingsPatch", "$defs": whole | merged}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    properties = {name: {"anyOf": [_patched(part), {"type": "null"}]} for name, part in schema["properties"].items()}
    rest = {key: value for key, value in schema.items() if key not in ("required", "$defs")}
    return rest | {"title": schema["title"] + "Patch", "properties": properties}


def _patched(part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref", "")
    if reference and not reference.endswith("/Address"):
        return {"$ref": reference + "Patch"}
    return {key: value for key, value in part.items() if key != "default"}
