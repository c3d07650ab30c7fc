"""Orders are found by what people type and scan (R-ORD-59, R-ORD-66)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from shared.contracts import delivery
from shared.web.caller import ROLES, Caller
from tests.services.orders.conftest import makes, marks
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with
from tests.support.samples_order_facts import (
    captured,
    delivery_created,
    delivery_done,
    delivery_ready,
    invoice_posted,
    parcel_moved,
    payment,
)
from tests.support.samples_orders import by_guest, given_cart, given_confirmed, given_product, given_shop, given_submitted

READONLY = Caller(type="api_key", id="key_READ", name="readonly", permissions=ROLES["readonly"])


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def finds(orders: ServiceDriver, text: str) -> list[str]:
    answer = orders.asks("GET", f"/admin/v1/orders?q={quote(text)}&include=count")
    assert answer.status == 200, answer.body
    found = [order["id"] for order in answer.body["data"]]
    assert answer.body["count"] == len(found)
    return found


def scans(orders: ServiceDriver, code: str, **more: Any) -> Answer:
    return orders.asks("GET", f"/admin/v1/scan/{code}", **more)


def ours(orders: ServiceDriver, **body: Any) -> str:
    """The order that is looked for, among others."""
    for _ in range(2):
        makes(orders, customer={"name": "Grace Hopper", "email": "grace@example.org", "phone": "+1 202 555 0143"})
    return str(makes(orders, **body)["id"])


@pytest.mark.parametrize(
    "text",
    [
        "SO000003",
        "so000003",
        "SO٠٠٠٠٠٣",
        "ada.lovelace@example.org",
        "ADA.LOVELACE@example",
        "Lovelace",
        "ada love",
        "lovelace   ADA",
        "King",
        "Lovelace-King",
        "Engines",
        "PO-77/8",
        "po-77",
        "shop-9",
        "fragile",
        "+49 30 901820",
        "030 901820",
        "0049 (30) 90 18 20",
        "+49 (0)30 901-820",
        "۰۳۰ ۹۰۱۸۲۰",
        "ada 030 901820",
        "4930",
    ],
)
def test_order_is_found_by_its_own_words(orders: ServiceDriver, text: str) -> None:
    """R-ORD-59, R-ORD-66, R-LNG-05."""
    order_id = ours(
        orders,
        customer={
            "name": "Ada Lovelace-King",
            "email": "ada.lovelace@example.org",
            "phone": "+49 30 901820",
            "company": "Engines",
            "type": "business",
        },
        customer_reference="PO-77/8",
        external_id="shop-9",
    )
    marks(orders, {"id": order_id}, customer_note="Please take care: fragile!")

    assert finds(orders, text) == [order_id]


@pytest.mark.parametrize("text", ["SO0000030", "lovelac3", "ada hopper", "901820", "example.org", "17"])
def test_other_words_find_nothing(orders: ServiceDriver, text: str) -> None:
    ours(orders, customer={"name": "Ada Lovelace", "email": "ada@example.org", "phone": "+98 912 345 6789"})

    assert finds(orders, text) == []


def test_several_words_mean_and(orders: ServiceDriver) -> None:
    ada, eve = (makes(orders, customer={"name": name})["id"] for name in ("Ada King", "Eve King"))

    assert set(finds(orders, "king")) == {ada, eve}
    assert finds(orders, "king eve") == [eve]


@pytest.mark.parametrize(
    ("stored", "typed"), [("علي كريمي", "علی کریمی"), ("علی کریمی", "علي كريمي"), ("STRASSE", "straße"), ("ＡＤＡ", "ada")]
)
def test_letters_of_other_keyboards_make_no_difference(orders: ServiceDriver, stored: str, typed: str) -> None:
    order_id = ours(orders, customer={"name": stored})

    assert finds(orders, typed) == [order_id]


@pytest.mark.parametrize("text", ["0912 345 6789", "+98 912 345 6789", "989123456789", "9123456789", "۰۹۱۲۳۴۵۶۷۸۹"])
def test_phone_is_found_in_any_writing(orders: ServiceDriver, text: str) -> None:
    order_id = ours(orders, customer={"phone": "+98 912 345 6789"})

    assert finds(orders, text) == [order_id]


def test_no_words_narrow_nothing(orders: ServiceDriver) -> None:
    order_id = makes(orders)["id"]

    assert finds(orders, "") == finds(orders, "  ") == [order_id]


def test_order_is_found_by_what_the_others_call_theirs(orders: ServiceDriver) -> None:
    """R-ORD-59: payment reference, provider's id, receipt, invoice, delivery and tracking number."""
    given_submitted(orders)
    order = given_submitted(orders)
    orders.hears(payment(order, reference=f"{order['number']}-1", provider_ref="pi_3Kx"), seq=1)
    orders.hears(captured(order, reference=f"{order['number']}-1", provider_ref="pi_3Kx", receipt_number="REC-55"), seq=2)
    orders.hears(invoice_posted(order, number="INV/2031/00042"), seq=1)
    orders.hears(delivery_created(order, number="DO000777"), seq=1)
    orders.hears(delivery_ready(order, number="DO000777"), seq=2)
    content = delivery.ParcelContent(id="pcl_1", carrier="manual", tracking_number="JJD 0001", lines=())
    orders.hears(delivery_done(order, number="DO000777", parcels=(content,)), seq=3)

    for text in (f"{order['number']}-1", "PI_3kx", "rec-55", "۵۵REC"[2:] + "-55", "inv/2031/00042", "DO000777", "jjd 0001"):
        assert finds(orders, text) == [order["id"]], text


def test_older_news_take_no_number_away(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(captured(order, receipt_number="REC-55"), seq=2)
    orders.hears(payment(order), seq=1)

    assert finds(orders, "rec-55") == [order["id"]]


def test_tracking_number_that_was_corrected_is_found_no_more(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    moved = parcel_moved(order)
    orders.hears(moved.model_copy(update={"tracking_number": "AAA1"}), seq=1)
    orders.hears(moved.model_copy(update={"tracking_number": "BBB1"}), seq=2)

    assert (finds(orders, "aaa1"), finds(orders, "bbb1")) == ([], [order["id"]])


def test_contact_that_was_edited_is_found_no_more(orders: ServiceDriver) -> None:
    cart = given_cart(orders, email="ada@example.org", name="Ada King")

    by_guest(orders, "PATCH", cart, body={"email": "eve@example.org", "name": "Eve King"})

    assert (finds(orders, "ada"), finds(orders, "eve king")) == ([], [cart["id"]])


def test_terms_that_did_not_change_are_not_written(orders: ServiceDriver) -> None:
    """A fact that brings no new number costs the search nothing."""
    order = given_confirmed(orders)
    orders.hears(delivery_created(order), seq=1)
    before = orders.rows("SELECT order_id, term, record_id FROM search_terms ORDER BY 1, 2, 3")

    orders.hears(delivery_ready(order), seq=2)
    by_guest(orders, "GET", order)

    assert orders.rows("SELECT order_id, term, record_id FROM search_terms ORDER BY 1, 2, 3") == before
    assert [row[1] for row in before if row[2] == f"pay_{order['id'][4:]}"] == [], "the reference is the order's number"


def test_long_notes_do_not_flood_the_search(orders: ServiceDriver) -> None:
    order_id = marks(orders, makes(orders), customer_note=" ".join(f"word{n}" for n in range(500)) + " " + "x" * 300)

    [(terms, longest)] = orders.rows("SELECT count(*), max(length(term)) FROM search_terms WHERE order_id = :id", id=order_id)
    assert (terms <= 101, longest <= 100) == (True, True)
    assert finds(orders, "word42") == [order_id]


def test_tags_are_found_whatever_digits_they_were_typed_with(orders: ServiceDriver) -> None:
    """R-LNG-05, R-ORD-66."""
    order_id = marks(orders, makes(orders), tags=["گروه ۷", "vip"])

    for query in (quote("گروه ۷"), quote("گروه 7")):
        assert [order["id"] for order in orders.asks("GET", f"/admin/v1/orders?tag={query}").body["data"]] == [order_id]
    assert finds(orders, "vip") == finds(orders, "گروه ٧") == [order_id]


@pytest.fixture
def numbered(orders: ServiceDriver) -> dict[str, Any]:
    """A shipped order with all its numbers, and another."""
    given_confirmed(orders)
    order = given_confirmed(orders)
    orders.hears(invoice_posted(order, number="INV/2031/00042"), seq=1)
    orders.hears(delivery_created(order, number="DO000777"), seq=1)
    orders.hears(parcel_moved(order).model_copy(update={"tracking_number": "JJD0001"}), seq=1)
    orders.hears(captured(order, receipt_number="REC-55"), seq=5)
    given_product(orders, "teapot", barcode="4006381333931")
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"documents": {"barcode": {"prefix": "CW-"}}}})
    return order


@pytest.mark.parametrize(
    ("code", "kind", "begins"),
    [
        ("CW-{number}", "order", "ord_"),
        ("{number}", "order", "ord_"),
        (" so٠٠٠٠٠٢ ", "order", "ord_"),
        ("INV/2031/00042", "invoice", "inv_"),
        ("DO000777", "delivery", "dlv_"),
        ("JJD0001", "parcel", "pcl_"),
        ("REC-55", "order", "ord_"),
        ("4006381333931", "product", "teapot"),
        ("teapot", "product", "teapot"),
    ],
)
def test_scan_finds_exactly_one_record(orders: ServiceDriver, numbered: dict[str, Any], code: str, kind: str, begins: str) -> None:
    """R-ORD-59, R-DOC-07."""
    answer = scans(orders, code.format(**numbered))

    assert answer.status == 200, answer.body
    found = answer.body
    assert (found["type"], found["id"].startswith(begins)) == (kind, True)
    assert found["order_id"] == (None if kind == "product" else numbered["id"])
    assert found["href"].endswith(f"s/{found['id']}")
    assert [action["allowed"] for action in found["actions"]] == [True]
    if found["href"].startswith(("/admin/v1/orders/", "/admin/v1/products/")):
        assert orders.asks("GET", found["href"]).status == 200


@pytest.mark.parametrize("code", ["SO00000", "SO999999", "ada@example.org", "CW-", "CW-CW-SO000002", "\0", "x" * 201, " "])
def test_scan_of_what_is_no_or_not_one_record_is_404(orders: ServiceDriver, numbered: dict[str, Any], code: str) -> None:
    """Two orders have the e-mail; the beginning of a number is none."""
    answer = scans(orders, code)

    assert (answer.status, answer.code) == (404, "not_found")


def test_number_of_two_records_is_not_guessed(orders: ServiceDriver, numbered: dict[str, Any]) -> None:
    given_product(orders, "DO000777")

    assert scans(orders, "DO000777").status == 404


def test_scan_says_what_the_caller_may_do(orders: ServiceDriver, numbered: dict[str, Any]) -> None:
    """R-ORD-65."""
    [action] = scans(orders, "DO000777", caller=READONLY).body["actions"]

    assert (action["name"], action["method"], action["allowed"], action["required_permission"]) == (
        "validate",
        "POST",
        False,
        "deliveries.write",
    )
    assert action["href"] == f"/admin/v1/deliveries/dlv_{numbered['id'][4:]}/validate"


def test_scan_is_for_staff(orders: ServiceDriver, numbered: dict[str, Any]) -> None:
    """R-ACC-01, R-ACC-06: to sellers nothing has a code, their own deliveries and products neither."""
    assert scans(orders, numbered["number"], caller=None).status == 401
    assert asks_with(orders, key_with(orders, "seller"), "GET", f"/admin/v1/scan/{numbered['number']}").status == 404
