"""The sample shop holds together, so that it loads through the API without a complaint."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import phonenumbers
import pytest

from services.host import demo

LANGUAGES = {"en", "fa", "vi", "ru"}
COUNTRIES = {"DE", "AT", "FR", "GB", "VN", "IR", "RU"}
DECIMALS = {"EUR": 2, "VND": 0, "IRR": 2}
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
PRODUCT_FIELDS = {
    "sku",
    "names",
    "price",
    "currency",
    "prices",
    "tax_rate",
    "tax_rates",
    "type",
    "seller_id",
    "weight_g",
    "returnable",
    "return_period_days",
    "return_actions",
    "allow_backorder",
    "barcode",
    "hs_code",
    "attributes",
    "active",
}
METHOD_FIELDS = {
    "code",
    "names",
    "price",
    "currency",
    "prices",
    "tax_rate",
    "tax_rates",
    "free_over",
    "carrier",
    "pickup",
    "countries",
    "max_weight_g",
    "lead_days",
    "position",
    "active",
}
CUSTOMER_FIELDS = {
    "email",
    "name",
    "phone",
    "type",
    "company",
    "tax_id",
    "tax_exempt",
    "language",
    "marketing_consent",
    "blocked",
    "credit_limit",
    "payment_terms_days",
    "addresses",
}
ADDRESS_FIELDS = {"name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"}
ALPHABETS = {
    "fa": re.compile(r"[آ-ی]"),
    "ru": re.compile(r"[а-яё]", re.IGNORECASE),
    "vi": re.compile(r"[a-zđ]", re.IGNORECASE),
    "en": re.compile(r"[a-z]", re.IGNORECASE),
}
PRICED = [*demo.products(), *demo.shipping_methods()]


def money(amount: str, currency: str) -> Decimal:
    """The amount, when it is one: digits only, and no more decimals than the currency has."""
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", amount)
    assert len(amount.partition(".")[2]) <= DECIMALS[currency]
    return Decimal(amount)


def named(record: dict[str, Any]) -> str:
    return str(record.get("sku") or record.get("code") or record["email"])


def phones() -> Iterator[tuple[str, str | None]]:
    """Each phone, and the country it should be of, where one is known."""
    yield from ((seller["phone"], None) for seller in demo.sellers())
    for customer in demo.customers():
        yield customer["phone"], customer["addresses"][0]["country"]
        yield from ((address["phone"], address["country"]) for address in customer["addresses"])


def test_there_is_a_shop_to_look_at() -> None:
    assert [len(demo.products()), len(demo.sellers()), len(demo.shipping_methods()), len(demo.customers())] == [63, 3, 3, 40]


@pytest.mark.parametrize("record", PRICED, ids=named)
def test_prices_are_money_in_three_currencies(record: dict[str, Any]) -> None:
    assert record["currency"] == "EUR"
    assert record["prices"].keys() == {"VND", "IRR"}
    prices = [money(record["price"], "EUR"), *(money(amount, currency) for currency, amount in record["prices"].items())]

    assert all(price > 0 for price in prices) or record.get("pickup")


@pytest.mark.parametrize("record", PRICED, ids=named)
def test_each_country_has_a_tax_rate(record: dict[str, Any]) -> None:
    assert record["tax_rates"].keys() == COUNTRIES
    rates = [record["tax_rate"], *record["tax_rates"].values()]
    assert all(re.fullmatch(r"[0-9]{1,2}(\.[0-9])?", rate) for rate in rates)


@pytest.mark.parametrize("record", PRICED, ids=named)
def test_names_are_written_in_the_four_languages(record: dict[str, Any]) -> None:
    assert record["names"].keys() == LANGUAGES
    assert all(ALPHABETS[language].search(name) for language, name in record["names"].items())


def test_several_tax_rates_occur() -> None:
    assert {product["tax_rate"] for product in demo.products()} == {"7", "19"}
    assert len({product["tax_rates"]["GB"] for product in demo.products()}) > 1


@pytest.mark.parametrize(
    ("records", "fields", "required"),
    [
        (demo.products(), PRODUCT_FIELDS, {"sku", "names", "price", "currency", "tax_rate", "type"}),
        (demo.shipping_methods(), METHOD_FIELDS, {"code", "names", "price", "currency", "tax_rate", "lead_days"}),
        (demo.sellers(), {"code", "name", "emails", "language", "phone", "active"}, {"code", "name", "emails"}),
        (demo.stock(), {"sku", "on_hand"}, {"sku", "on_hand"}),
        (demo.customers(), CUSTOMER_FIELDS, {"email", "name", "type", "language", "addresses"}),
        ([a for c in demo.customers() for a in c["addresses"]], ADDRESS_FIELDS, {"name", "line1", "city", "country"}),
    ],
    ids=["products", "shipping_methods", "sellers", "stock", "customers", "addresses"],
)
def test_records_have_the_fields_of_the_api_and_no_others(records: list[dict[str, Any]], fields: set[str], required: set[str]) -> None:
    for record in records:
        assert required <= record.keys() <= fields, record


@pytest.mark.parametrize("records", [demo.products(), demo.sellers(), demo.stock(), demo.shipping_methods(), demo.customers()])
def test_no_record_stands_there_twice(records: list[dict[str, Any]]) -> None:
    names = [named(record) for record in records]

    assert len(set(names)) == len(names)
    assert all(CODE.fullmatch(name) or "@" in name for name in names)


def test_products_are_of_three_types_and_three_sellers() -> None:
    products = demo.products()

    assert {product["type"] for product in products} == {"goods", "service", "digital"}
    assert {product["seller_id"] for product in products} == {seller["code"] for seller in demo.sellers()}
    assert any(product["allow_backorder"] for product in products)


def test_goods_have_weight_and_barcode_and_the_rest_has_neither() -> None:
    for product in demo.products():
        is_goods = product["type"] == "goods"
        assert (product["weight_g"] > 0, "barcode" in product, "hs_code" in product) == (is_goods, is_goods, is_goods), product["sku"]


def test_barcodes_are_sound_and_each_stands_for_one_product() -> None:
    """EAN-13: digits in odd places once, in even ones three times, make a multiple of ten."""
    barcodes = [product["barcode"] for product in demo.products() if "barcode" in product]

    assert len(set(barcodes)) == len(barcodes)
    for barcode in barcodes:
        assert re.fullmatch(r"2[0-9]{12}", barcode), "prefix 2 is for use within a shop: no product of the world has it"
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(barcode)) % 10 == 0


def test_digital_products_are_not_returnable_and_some_goods_neither() -> None:
    assert all(not product["returnable"] for product in demo.products() if product["type"] == "digital")
    assert {product["returnable"] for product in demo.products() if product["type"] == "goods"} == {True, False}
    actions = {action for product in demo.products() for action in product.get("return_actions", [])}
    assert actions <= {"refund", "replacement", "voucher"}


def test_all_goods_and_nothing_else_have_been_counted() -> None:
    assert {count["sku"] for count in demo.stock()} == {product["sku"] for product in demo.products() if product["type"] == "goods"}
    assert all(isinstance(count["on_hand"], int) and count["on_hand"] >= 0 for count in demo.stock())


def test_some_goods_are_sold_out_with_and_without_backorder() -> None:
    sold_out = {count["sku"] for count in demo.stock() if count["on_hand"] == 0}

    assert {product["allow_backorder"] for product in demo.products() if product["sku"] in sold_out} == {True, False}


def test_shipping_methods_serve_countries_of_the_shop() -> None:
    for method in demo.shipping_methods():
        assert set(method.get("countries", [])) <= COUNTRIES
        assert 0 <= method["lead_days"]["min"] <= method["lead_days"]["max"]
        assert money(method.get("free_over", "0"), "EUR") >= 0


def test_phones_are_valid_numbers_of_their_country() -> None:
    for phone, country in phones():
        number = phonenumbers.parse(phone)
        assert phonenumbers.is_valid_number(number), phone
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone
        assert country in (None, phonenumbers.region_code_for_number(number)), phone


def test_nobody_can_be_written_to_by_mistake() -> None:
    """Domains kept for examples by RFC 2606."""
    addresses = [customer["email"] for customer in demo.customers()] + [email for seller in demo.sellers() for email in seller["emails"]]

    assert all(re.fullmatch(r"[a-z.]+@([a-z-]+\.)?example\.(org|com)", address) for address in addresses)


def test_customers_come_in_every_language_and_from_every_country() -> None:
    customers = demo.customers()

    assert {customer["language"] for customer in customers} == LANGUAGES
    assert {address["country"] for customer in customers for address in customer["addresses"]} == COUNTRIES
    assert all(ALPHABETS[customer["language"]].search(customer["name"]) for customer in customers)


def test_a_business_has_a_company_and_a_private_customer_none() -> None:
    for customer in demo.customers():
        assert (customer["type"] == "business") == ("company" in customer) == ("tax_id" in customer), customer["email"]


def test_each_caller_gets_a_copy_of_its_own() -> None:
    demo.products()[0]["sku"] = "changed"

    assert demo.products()[0]["sku"] != "changed"
