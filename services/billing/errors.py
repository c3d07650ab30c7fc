"""What billing refuses, and what it cannot do now. The rules behind them: rules.md, Payments and Invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import Invalid, Refused, Unavailable


class PaymentMethodUnavailable(Invalid):
    """The order cannot be paid this way; the sentence says why (R-PAY-19). `reason` is a word for machines."""

    code = "payment_method_unavailable"

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"{method} is not available: {reason}", meta={"method": method, "reason": reason})
        self.method, self.reason = method, reason


class PaymentInProgress(Refused):
    """Another payment of the order is open, or money of it is moving or waits for a person (R-PAY-11)."""

    code = "payment_in_progress"

    def __init__(self, order_id: str, reference: str) -> None:
        super().__init__(f"the payment {reference} of order {order_id} is not settled yet")
        self.order_id, self.reference = order_id, reference


class SubmissionEnded(Refused):
    """The submission that asks for a payment was reopened or cancelled meanwhile, and its payment withdrawn."""

    def __init__(self, order_id: str, submission: int) -> None:
        super().__init__(f"submission {submission} of order {order_id} has ended; nothing is to be paid for it")
        self.order_id, self.submission = order_id, submission


class AmountExceedsOutstanding(Invalid):
    """More was asked for than is still to pay of the order (lifecycles.md, P1)."""

    def __init__(self, asked: str, outstanding: str) -> None:
        super().__init__(f"{asked} was asked for, {outstanding} is outstanding", pointer="/amount", meta={"outstanding": outstanding})
        self.asked, self.outstanding = asked, outstanding


class ProviderMissing(Unavailable):
    """Nobody has told this shop its payment provider's key (CARTWRIGHT_STRIPE_API_KEY)."""

    code = "provider_unavailable"

    def __init__(self) -> None:
        super().__init__("there is no CARTWRIGHT_STRIPE_API_KEY: the payment provider cannot be asked")


class FailedPaymentFirst(PaymentInProgress):
    """A declined payment of another method is still payable: it is withdrawn at the provider before a new one is opened (P6)."""

    def __init__(self, order_id: str, reference: str, submission: int) -> None:
        super().__init__(order_id, reference)
        self.submission = submission


class DuplicateReceipt(Refused):
    """Another payment of this method has this receipt number (R-PAY-14)."""

    code = "duplicate_receipt"

    def __init__(self, method: str, receipt_number: str) -> None:
        super().__init__(f"the receipt number {receipt_number} of {method} belongs to another payment", pointer="/receipt_number")
        self.method, self.receipt_number = method, receipt_number


class OtherCurrency(Invalid):
    """The order has one currency for life (R-MON-24)."""

    code = "currency_mismatch"

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"the order is in {expected}, not in {found}", pointer="/currency")
        self.expected, self.found = expected, found


class AmountExceedsCapturable(Invalid):
    """More was to be taken than the provider holds (P11)."""

    code = "amount_exceeds_capturable"

    def __init__(self, asked: str, capturable: str) -> None:
        super().__init__(f"{asked} was to be captured, {capturable} is authorized", pointer="/amount", meta={"capturable": capturable})
        self.asked, self.capturable = asked, capturable


class FullCaptureOnly(Invalid):
    """The method takes all that was authorized, or nothing."""

    code = "full_capture_only"

    def __init__(self, method: str, capturable: str) -> None:
        super().__init__(f"{method} captures the whole {capturable} only", pointer="/amount")
        self.method, self.capturable = method, capturable


class CaptureRefused(Refused):
    """The provider will not have the money taken; nothing was. `provider_code` is its own word for why."""

    def __init__(self, message: str, provider_code: str) -> None:
        super().__init__(message, meta={"provider_code": provider_code})
        self.provider_code = provider_code


class RefundUnsupported(Refused):
    """This money cannot be given back from here."""

    code = "refund_unsupported"

    def __init__(self, reference: str) -> None:
        super().__init__(f"the payment {reference} cannot be refunded here")
        self.reference = reference


class MethodBuiltIn(Refused):
    """A built-in method is changed field by field; only the shop's own ones are put whole."""

    code = "already_exists"

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} is built in: change it with PATCH")
        self.method = method


class ConfirmOnNotAllowed(Invalid):
    """Online money confirms an order when it is authorized or captured, never before."""

    code = "confirm_on_not_allowed"

    def __init__(self, confirm_on: str) -> None:
        super().__init__(f"an online method confirms on authorized or captured, not on {confirm_on}", pointer="/confirm_on")
        self.confirm_on = confirm_on


class WebhookNotConfigured(Unavailable):
    """No signing secret: whatever arrives could be anybody's (R-PAY-03)."""

    code = "webhook_not_configured"

    def __init__(self) -> None:
        super().__init__("there is no CARTWRIGHT_STRIPE_WEBHOOK_SECRET: events of the provider cannot be verified")


class SignatureRefused(Refused):
    """The webhook's signature is missing, wrong or too old; nothing is stored (R-PAY-03)."""

    status = 400
    code = "signature_invalid"


class MalformedRequest(Refused):
    """The webhook's body is signed and yet no event."""

    status = 400
    code = "malformed_request"


class DocumentNotReady(Refused):
    """The document is posted and its PDF is still being drawn."""

    code = "document_not_ready"

    def __init__(self, number: str) -> None:
        super().__init__(f"the PDF of {number} is still being drawn")
        self.number = number

    def extra(self) -> Mapping[str, Any]:
        return {"retry_after": 1}


class DocumentImmutable(Refused):
    """A posted document is corrected by documents only (R-INV-09)."""

    code = "document_immutable"

    def __init__(self, invoice_id: str, state: str) -> None:
        super().__init__(f"{invoice_id} is {state}: it is neither edited nor deleted")
        self.invoice_id, self.state = invoice_id, state


class NothingToInvoice(Refused):
    """All of the order that is to be invoiced is invoiced, or nothing of it is to be yet."""

    code = "nothing_to_invoice"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"there is nothing to invoice of order {order_id}")
        self.order_id = order_id


class FiguresDisagree(AssertionError):
    """An invoice's lines do not add up to its order: a bug, and no document may leave the house with it (R-MON-14)."""

    def __init__(self, order_number: str, found: tuple[int, ...], expected: tuple[int, ...]) -> None:
        super().__init__(f"the lines of {order_number} add up to net, tax, total {found}, the order says {expected}")
        self.order_number, self.found, self.expected = order_number, found, expected
