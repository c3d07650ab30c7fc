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
