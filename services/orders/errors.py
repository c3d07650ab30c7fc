"""What orders refuses, each with its code of api.md, section 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.errors import CartwrightError, ErrorItem, IllegalTransition, Invalid, NotFound, Refused, SeveralInvalid, Unauthenticated
from shared.values.clock import rfc3339


class CodeDiffers(Invalid):
    """The body names another code or sku than the path."""

    def __init__(self, field: str, in_path: str, in_body: str) -> None:
        super().__init__(f"the path says {in_path}, the body {in_body}", pointer=f"/{field}")


class MalformedCode(Invalid):
    """A code or sku has letters of the alphabet, digits, and _ . - only, at most 64 of them."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{text!r} is not made of 1 to 64 of A-Z a-z 0-9 _ . -", pointer=f"/{field}")


class UnknownRole(Invalid):
    """A key or a member of staff is given a role that does not exist."""

    def __init__(self, role: str, index: int) -> None:
        super().__init__(f"there is no role {role}", pointer=f"/roles/{index}")


class SellerMissing(Invalid):
    """The role seller means: the orders of one seller; whoever has it says whose."""

    def __init__(self) -> None:
        super().__init__("the role seller names its seller", pointer="/seller_id")


class ExpiryPassed(Invalid):
    """The key would have ended before it was given out."""

    def __init__(self, expires_at: datetime) -> None:
        super().__init__(f"{rfc3339(expires_at)} has passed already", pointer="/expires_at")


class Failures:
    """Collects all failures of one request, so that they are reported together."""

    def __init__(self) -> None:
        self.items: list[ErrorItem] = []

    def add(self, pointer: str, code: str, message: str, meta: Mapping[str, Any] | None = None) -> None:
        """One more."""
        self.items.append(ErrorItem(pointer, code, message, meta))

    def refuse(self) -> None:
        """Raises SeveralInvalid when there is any."""
        if self.items:
            raise SeveralInvalid.of(self.items)


def field_invalid(pointer: str, message: str) -> SeveralInvalid:
    """The failure of one field."""
    return SeveralInvalid.of([ErrorItem(pointer, "validation_failed", message)])


class LineNotFound(NotFound):
    """The order has no such line."""

    def __init__(self, line_id: str) -> None:
        super().__init__(f"there is no line {line_id} in this order")


class AmountTooLarge(Invalid):
    """The quantities make a sum that no document can hold."""

    code = "quantity_too_large"

    def __init__(self) -> None:
        super().__init__("so many units cost more than an order can hold", pointer="/quantity")


class ShippingMethodUnavailable(Invalid):
    """There is no such method, or it does not take these goods to this address in this currency (R-MON-24, R-DLV-20)."""

    code = "shipping_method_unavailable"

    def __init__(self, code: str) -> None:
        super().__init__(f"the shipping method {code} is not available for this order", pointer="/shipping_method")


class StaffPriced(IllegalTransition):
    """Customers accept an order that staff have priced as it is, or ask (R-ORD-69)."""

    def __init__(self) -> None:
        super().__init__("the order was priced by the shop; it", "quotation", "edit", ["submit"])


class PaymentInProgress(Refused):
    """Money may be moving for this order: it stays as it was submitted (R-ORD-09)."""

    code = "payment_in_progress"

    def __init__(self) -> None:
        super().__init__("a payment of this order is open; wait for it or reopen the order")


class OrderHeld(Refused):
    """A held order goes on when it has been released (R-ORD-50)."""

    code = "order_held"

    def __init__(self, order_id: str, reason: str) -> None:
        super().__init__(f"order {order_id} is held: {reason}")


def _others(commands: Sequence[str], command: str) -> list[str]:
    return [other for other in commands if other != command]


class Submitted(IllegalTransition):
    """A submitted order waits for its payment; there is nothing to offer any more."""

    def __init__(self, state: str, allowed: Sequence[str]) -> None:
        super().__init__("the order was submitted already; it", state, "send", _others(allowed, "send"))


class ReturnFirst(Refused):
    """Goods of the order were handed over: they come back before it can be cancelled (R-ORD-52)."""

    code = "return_first"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"goods of order {order_id} were handed over; they have to come back first")


class MoneyStands(IllegalTransition):
    """Money of the order was taken: it is given back before it can be cancelled."""

    def __init__(self, state: str, allowed: Sequence[str]) -> None:
        super().__init__("money was taken for the order, and has to be given back first; it", state, "cancel", _others(allowed, "cancel"))


class DocumentStands(IllegalTransition):
    """A posted invoice is a document for good: without a credit note its order cannot be cancelled."""

    def __init__(self, state: str, allowed: Sequence[str]) -> None:
        super().__init__("an invoice of the order is posted, and stands; it", state, "cancel", _others(allowed, "cancel"))


class NothingToPay(IllegalTransition):
    """A cart that was neither submitted nor offered by staff has no number to pay for."""

    def __init__(self, state: str) -> None:
        super().__init__("the order was not submitted yet; it", state, "record_payment", ["submit"])


class ReopenFirst(CartwrightError):
    """For the gateway alone: the payment failed or was cancelled; withdraw it at billing, reopen, and repeat (lifecycles.md, O2).

    Not a refusal: under an Idempotency-Key it must not be the stored answer to the repeat.
    """

    status = 409
    code = "reopen_first"

    def __init__(self, submission: int) -> None:
        super().__init__(f"submission {submission} ends before this edit")
        self.submission = submission

    def extra(self) -> Mapping[str, Any]:
        return {"submission": self.submission}


class CartIncomplete(Invalid):
    """What submit still needs, one entry for each requirement (R-ORD-07)."""

    code = "cart_incomplete"

    def __init__(self, missing: Sequence[ErrorItem]) -> None:
        super().__init__("the cart cannot be submitted yet: " + ", ".join(item.code for item in missing))
        self.missing = tuple(missing)

    def items(self) -> Sequence[ErrorItem]:
        return self.missing


class PriceChanged(Refused):
    """Prices are not those the customer saw; the cart has the new ones now (R-ORD-08, api.md 13.10)."""

    code = "price_changed"

    def __init__(self, changes: Sequence[ErrorItem]) -> None:
        super().__init__("prices have changed since the cart was shown")
        self.changes = tuple(changes)

    def items(self) -> Sequence[ErrorItem]:
        return self.changes


class ExternalIdTaken(Refused):
    """Another order has this external id (R-ORD-66)."""

    code = "already_exists"

    def __init__(self, external_id: str) -> None:
        super().__init__(f"an order with the external id {external_id} exists", pointer="/external_id")


class EmailTaken(Refused):
    """Another account has this e-mail address; capitals make no difference."""

    code = "already_exists"

    def __init__(self, email: str) -> None:
        super().__init__(f"there is an account with the address {email}", pointer="/email")


class BadCredentials(Unauthenticated):
    """No account has this e-mail address and this password; which of the two is wrong is not said."""

    code = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("e-mail or password is wrong")


class CustomerBlocked(Refused):
    """The shop sells this customer nothing at present (R-ORD-17)."""

    code = "customer_blocked"

    def __init__(self) -> None:
        super().__init__("this account cannot order at present; please contact the shop")


class BootstrapKey(Refused):
    """The environment gives this key: it would be back with the next start."""

    def __init__(self) -> None:
        super().__init__("this is the key of CARTWRIGHT_ADMIN_KEY; change it there")
