"""The shop's settings are changed here; every other service has a copy."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from services.orders.store import settings as store
from shared.contracts.orders import SettingsChanged
from shared.contracts.shop_settings import ShopSettings, merged, unknown_nulls
from shared.db.tx import Tx
from shared.errors import SeveralInvalid, field_failures


def change_settings(tx: Tx, patch: dict[str, Any]) -> tuple[int, dict[str, Any], ShopSettings]:
    """Merges the patch (RFC 7396) into what was set: null takes a setting back to its default.

    Returns the version, what is set, and the whole with its defaults. A patch that changes nothing keeps the version and tells nothing.
    Raises SeveralInvalid with a pointer to each setting that is unknown or has a wrong value.
    """
    version, values = store.lock_settings(tx)
    changed = merged(values, patch)
    failures = field_failures({"loc": place, "type": "extra_forbidden", "msg": "is no setting"} for place in unknown_nulls(patch))
    try:
        settings = ShopSettings.model_validate(changed)
    except ValidationError as error:
        raise SeveralInvalid.of([*failures, *field_failures(error.errors())]) from None
    if failures:
        raise SeveralInvalid.of(failures)
    if changed == values:
        return version, values, settings

    store.save_settings(tx, version + 1, changed)
    tx.publish(SettingsChanged(settings_version=version + 1, values=changed, by=tx.cause.actor), seq=version + 1)
    return version + 1, changed, settings
