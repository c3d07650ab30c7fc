"""Who may what: the table of api.md, section 4, by hand. Tests hold the code and the shop against it."""

from __future__ import annotations

from typing import Final

ROLES: Final = ("sales", "warehouse", "accountant", "support", "seller", "readonly")
MAY: Final = """
orders.read              sales warehouse accountant support seller readonly
deliveries.read          sales warehouse accountant support seller readonly
payments.read            sales accountant support readonly
invoices.read            sales accountant support readonly
returns.read             sales warehouse accountant support readonly
customers.read           sales accountant support readonly
notifications.read       sales accountant support readonly
reports.read             sales accountant support readonly
orders.write             sales support
orders.confirm           sales
calls.write              sales support
orders.cancel            sales support
messages.write           sales support
statuses.set             sales warehouse support
orders.assign            sales
orders.price_override    sales
customers.write          sales
payments.record          sales accountant
payments.capture         accountant
refunds.approve          accountant
invoices.write           accountant
templates.write          accountant
refunds.write            accountant support
deliveries.write         warehouse seller
stock.write              warehouse
returns.receive          warehouse
returns.write            sales support
returns.override         sales
catalogue.write          sales
statuses.write
settings.write
access.write
customers.erase
webhooks.write
ops.read
ops.write
catalogue.read           sales warehouse accountant support seller readonly
stock.read               sales warehouse accountant support seller readonly
tasks.read               sales warehouse accountant support seller readonly
tasks.write              sales warehouse accountant support seller
"""
"""Not out of the code that it checks. The owner has all."""


def _granted() -> dict[str, set[str]]:
    lines = [line.split() for line in MAY.split("\n") if line]
    return {permission: {*roles, "owner"} for permission, *roles in lines}


GRANTED: Final = _granted()
"""Roles by permission."""
