"""The API as strangers see it: what each path answers, with which errors. One file per subject; add a path to its subject's `paths`.

tests/contract/test_openapi.py names every path that has no row here, every row that no route answers, and every example that does not fit.
"""

from __future__ import annotations

from typing import Final

from shared.contracts.api.public import (
    access,
    carts,
    catalogue,
    customers,
    deliveries,
    documents,
    invoices,
    notifications,
    orders,
    payment_methods,
    payments,
    provider_events,
    returns,
    shipping_methods,
    shop,
    stock,
    tasks,
)
from shared.contracts.api.public.path import Path, Subject

SUBJECTS: Final[tuple[Subject, ...]] = (
    carts.SUBJECT,
    orders.SUBJECT,
    customers.SUBJECT,
    catalogue.SUBJECT,
    stock.SUBJECT,
    shipping_methods.SUBJECT,
    deliveries.SUBJECT,
    payments.SUBJECT,
    payment_methods.SUBJECT,
    provider_events.SUBJECT,
    invoices.SUBJECT,
    documents.SUBJECT,
    returns.SUBJECT,
    tasks.SUBJECT,
    notifications.SUBJECT,
    access.SUBJECT,
    *shop.SUBJECTS,
)
PATHS: Final[dict[str, Path]] = {path.at: path for subject in SUBJECTS for path in subject.paths}
"""Every row, by method and path."""
