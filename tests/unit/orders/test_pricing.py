"""Today's prices on a cart, and what its shipping costs (R-MON-13, R-DLV-20)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.orders.domain.contact import clean_phone
from services.orders.domain.offer import Offer
from services.orders.domain.pricing import price_changes, refresh, refreshed, shipping_price, sum_up
from services.orders.domain.search import own_terms, readings, told_terms
from services.orders.errors import AmountTooLarge
from shared.values.money import LARGEST_MINOR
from tests.unit.orders.made import line, order, part, parts, purchase
from tests.unit.orders.test_offer import MUG, POST, offer

FREE = replace(POST, free_over=10000, prices={"EUR": 490, "USD": 590})


@pytest.mark.parametrize(
    ("method", "currency", "unit_price", "price"),
    [
        (FREE, "EUR", 2500, 0),
        (FREE, "EUR", 2499, 490),
        (FREE, "USD", 9999, 590),
        (replace(FREE, free_over=None), "EUR", 9999, 490),
        (replace(FREE, prices={"EUR": 0}), "EUR", 1, 0),
    ],
)
def test_shipping_is_free_from_just_this_sum_on_in_the_methods_currency(method: object, currency: str, unit_price: int, price: int) -> None:
    assert shipping_price(method, purchase(line(unit_price=unit_price), currency=currency)) == price  # type: ignore[arg-type]


@pytest.mark.parametrize("shop", [offer(products={}), offer(products={"LIN_1": replace(MUG, prices={"USD": 1})})])
def test_what_is_not_sold_any_more_stays_as_it_is(shop: Offer) -> None:
    bought = line(unit_price=1)

    assert refreshed(bought, order(), shop) is bought
    assert refreshed(bought, order(), offer()).unit_price == 2500


def test_a_price_that_staff_gave_is_not_the_catalogues_to_change() -> None:
    assert [change.new for change in price_changes(purchase(line(unit_price=1)), offer())] == [2500]
    assert price_changes(purchase(line(unit_price=1), staff_priced=True), offer()) == []


def test_a_method_without_a_price_in_the_currency_leaves_the_shipping_as_it_is() -> None:
    cart = purchase(line(), currency="VND", decimals=0, shipping_method="post", shipping_price=7)

    refresh(cart, offer())

    assert (cart.order.shipping_price, cart.order.shipping_method) == (7, "post")


def test_a_sum_may_be_as_large_as_the_largest_and_no_larger() -> None:
    """R-MON-03."""
    sum_up(purchase(line(quantity=1, unit_price=LARGEST_MINOR)))
    with pytest.raises(AmountTooLarge):
        sum_up(purchase(line(quantity=1, unit_price=LARGEST_MINOR), line("lin_2", quantity=1, unit_price=1)))


@pytest.mark.parametrize(("text", "why"), [("+4930", "can be called"), ("12", "begin with"), ("+49 30 901820", None)])
def test_a_phone_number_is_one_that_can_be_called(text: str, why: str | None) -> None:
    """R-CAL-02."""
    if why is None:
        assert clean_phone(text, None) == "+4930901820"
        return
    with pytest.raises(ValueError, match=why):
        clean_phone(text, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada", [["ada"]]),
        ("CW-SO1", [["so1"], ["cw-so1"]]),
        ("030 901 820", [["030", "901", "820"], ["30901820"]]),
        ("ada 12 34", [["ada", "12", "34"]]),
        ("ada 12 345", [["ada", "12", "345"], ["ada", "12345"]]),
        ("12 345 ada", [["12", "345", "ada"], ["12345", "ada"]]),
        ("", []),
    ],
)
def test_a_text_has_as_many_readings_as_it_may_mean(text: str, found: list[list[str]]) -> None:
    assert readings(text, prefix="CW-") == found


def test_an_order_is_not_found_a_second_time_by_its_own_number_as_a_reference() -> None:
    told = parts(part("invoice", "inv_1", number="INV/1"), part("delivery", "dlv_1", number="SO1", tracking={"pcl_1": None}))

    assert told_terms(told, number="SO1") == {("inv_1", "inv/1")}


def test_what_is_written_of_nothing_is_found_by_nothing() -> None:
    assert own_terms("ord_1", {"customer_name": "- Müller-Lüdenscheid", "tags": [" "]}) == {
        ("ord_1", "-"),
        ("ord_1", "müller-lüdenscheid"),
        ("ord_1", "müller"),
        ("ord_1", "lüdenscheid"),
    }
