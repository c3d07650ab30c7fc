"""Stripe's own unit of each currency, which is not always the minor unit of ISO 4217. Source: R-MON-21, R-MON-22."""

from typing import ClassVar

from shared.values.money import ISO_DECIMALS, Money, UnknownCurrency

_NO_DECIMALS = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"})
_THREE_DECIMALS_LAST_ZERO = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# All others have two; for ISK and UGX, without decimals in ISO 4217, that is whole units × 100.


class UnexpressibleAmount(ValueError):
    """Stripe's unit and ours do not meet in this amount; the payment method is not available for it."""

    code: ClassVar[str] = "payment_method_unavailable"

    def __init__(self, amount: int, currency: str) -> None:
        super().__init__(f"{amount} {currency} cannot be expressed in Stripe's unit and in minor units alike")
        self.amount, self.currency = amount, currency


def to_stripe(money: Money) -> int:
    """`money` in Stripe's unit. Raises UnexpressibleAmount where it is finer than Stripe takes."""
    scaled = money.minor * 10 ** _stripe_decimals(money.currency)
    amount, finer = divmod(scaled, 10 ** ISO_DECIMALS[money.currency])
    if finer or (money.currency in _THREE_DECIMALS_LAST_ZERO and amount % 10):
        raise UnexpressibleAmount(money.minor, money.currency)
    return int(amount)


def from_stripe(amount: int, currency: str) -> Money:
    """What Stripe reports in its unit, as money; Stripe writes currencies in small letters.

    Raises UnexpressibleAmount where it is finer than the currency's minor unit, UnknownCurrency.
    """
    code = currency.upper()
    if code not in ISO_DECIMALS:
        raise UnknownCurrency(code)
    minor, finer = divmod(amount * 10 ** ISO_DECIMALS[code], 10 ** _stripe_decimals(code))
    if finer:
        raise UnexpressibleAmount(amount, code)
    return Money(int(minor), code)


def _stripe_decimals(currency: str) -> int:
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS_LAST_ZERO else 2
