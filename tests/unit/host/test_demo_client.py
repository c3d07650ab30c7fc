"""What the demo's client makes of a shop's answers."""

import json

import pytest

from services.host.demo.client import ShopAway, ShopClient, ShopFailed, ShopRefused, record_of
from services.host.demo.placing import NothingMoves, wait_for

REFUSAL = {
    "status": 409,
    "code": "out_of_stock",
    "detail": "not all of it is there",
    "errors": [{"pointer": "/lines/0", "code": "out_of_stock", "message": "MUG: 1 of 2", "meta": {"available": 1}}],
}


def test_an_answer_is_its_record() -> None:
    assert record_of("GET /x", 200, b'{"id": "ord_1"}') == {"id": "ord_1"}


def test_a_problem_is_refused_with_its_code_and_all_it_names() -> None:
    with pytest.raises(ShopRefused) as refused:
        record_of("POST /x", 409, json.dumps(REFUSAL).encode())

    assert (refused.value.status, refused.value.code) == (409, "out_of_stock")
    assert [(item.pointer, item.meta) for item in refused.value.items()] == [("/lines/0", {"available": 1})]
    assert str(refused.value) == "POST /x: not all of it is there; /lines/0: MUG: 1 of 2 (out_of_stock)"


def test_a_part_that_is_away_may_be_asked_again() -> None:
    with pytest.raises(ShopAway):
        record_of("POST /x", 503, b'{"code": "service_unavailable", "detail": "billing is away"}')


def test_a_breakdown_names_the_request_to_look_for_in_the_log() -> None:
    with pytest.raises(ShopFailed, match="req_7"):
        record_of("POST /x", 500, b'{"code": "internal_error", "detail": "something went wrong", "request_id": "req_7"}')


@pytest.mark.parametrize(
    ("status", "text"), [(200, b"<html>hello</html>"), (404, b"<html>no</html>"), (404, b'{"error": "no"}'), (200, b"[]")]
)
def test_another_program_at_the_address_is_no_shop(status: int, text: bytes) -> None:
    with pytest.raises(ShopFailed, match="another program"):
        record_of("GET /x", status, text)


def test_nobody_at_the_address_is_said_in_one_sentence() -> None:
    shop = ShopClient("http://127.0.0.1:1", "pk", "sk")

    with pytest.raises(ShopAway, match=r"nobody answers at http://127\.0\.0\.1:1"):
        shop.orders()


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(NothingMoves, match="the confirmation of SO1"):
        wait_for(lambda: False, "the confirmation of SO1", seconds=0)
