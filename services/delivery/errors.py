"""What delivery refuses."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import ErrorItem, IllegalTransition, Refused


class OutOfStock(Refused):
    """Not enough on the shelf; all shortages are named at once. Each is (sku, requested, available)."""

    code = "out_of_stock"

    def __init__(self, shortages: Sequence[tuple[str, int, int]]) -> None:
        super().__init__("not enough in stock of " + ", ".join(sku for sku, _, _ in shortages))
        self.shortages = tuple(shortages)

    def items(self) -> Sequence[ErrorItem]:
        return [
            ErrorItem(
                "",
                self.code,
                f"{requested} of {sku} were asked for, {available} are available",
                {"sku": sku, "requested": requested, "available": available},
            )
            for sku, requested, available in self.shortages
        ]


class SubmissionEnded(IllegalTransition):
    """This submission of the order was reopened, cancelled or followed by another: nothing is held for it any more."""

    def __init__(self, order_id: str, submission: int) -> None:
        super().__init__(f"submission {submission} of order {order_id}", "ended", "hold_stock", ())


class DeliveryHeld(Refused):
    """Its order is held, a payment is not reviewed, or something is due: its goods stay in the house (R-DLV-06, R-ORD-50)."""

    code = "order_held"

    def __init__(self, number: str, reasons: Sequence[str]) -> None:
        super().__init__(f"delivery {number} is held: {', '.join(reasons)}", meta={"hold_reasons": list(reasons)})
        self.reasons = tuple(reasons)


class BackorderDecisionNeeded(Refused):
    """Not all of it is handed over, and the shop wants to be asked what becomes of the rest (R-DLV-05)."""

    code = "backorder_decision_needed"

    def __init__(self, number: str, units: int) -> None:
        super().__init__(f"{units} units of delivery {number} stay behind: say backorder true or false", pointer="/backorder")
