"""What Stripe is asked, and what it reports, is the amount that is shown (R-MON-21, R-MON-22)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.domain.stripe_units import UnexpressibleAmount, from_stripe, to_stripe
from shared.values.money import ISO_DECIMALS, Money, Precision, UnknownCurrency

WITHOUT_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
WITH_THREE = "BHD JOD KWD OMR TND"


@pytest.mark.parametrize(
    ("currency", "shown", "asked"),
    [
        ("EUR", "12.50", 1250),
        ("IRR", "12.50", 1250),
        *((currency, "500", 500) for currency in WITHOUT_DECIMALS.split()),
        *((currency, "1.230", 1230) for currency in WITH_THREE.split()),
        ("ISK", "500", 50_000),
        ("UGX", "500", 50_000),
        ("IQD", "1.230", 123),
        ("LYD", "1.230", 123),
        ("UYI", "5", 500),
    ],
)
def test_an_amount_is_asked_in_stripes_unit_and_read_back(currency: str, shown: str, asked: int) -> None:
    """R-MON-21, R-MON-22."""
    precision = Precision.of(currency, {})
    money = Money(precision.parse(shown), currency)
    assert to_stripe(money) == asked
    assert from_stripe(asked, currency.lower()) == money


@pytest.mark.parametrize(("currency", "shown"), [("MGA", "5.01"), ("KWD", "1.234"), ("BHD", "0.001"), ("IQD", "1.234")])
def test_an_amount_that_stripe_cannot_express_is_refused(currency: str, shown: str) -> None:
    """R-MON-22: the method is then unavailable; nothing is rounded."""
    with pytest.raises(UnexpressibleAmount) as refused:
        to_stripe(Money(Precision.of(currency, {}).parse(shown), currency))
    assert refused.value.code == "payment_method_unavailable"


def test_a_report_finer_than_the_currency_is_refused() -> None:
    """R-MON-22: ISK and UGX are whole units × 100."""
    for currency in ("isk", "ugx"):
        with pytest.raises(UnexpressibleAmount):
            from_stripe(50_050, currency)


def test_a_currency_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        from_stripe(100, "xxx")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(ISO_DECIMALS)), st.integers(0, 10**12))
def test_what_can_be_asked_is_what_is_reported(currency: str, minor: int) -> None:
    """R-MON-21."""
    money = Money(minor, currency)
    try:
        asked = to_stripe(money)
    except UnexpressibleAmount:
        return
    assert from_stripe(asked, currency) == money
