"""What is wrongly sent is answered as a problem with a documented code, costs little, and hurts nobody else."""

from __future__ import annotations

import json
from typing import Any, Final

import psutil
import pytest

from shared.contracts.api.public.problem import CODES
from shared.web.problem import MOST_ERRORS
from tests.support.eventually import eventually
from tests.support.shop import Shop
from tests.support.shop_client import Cart
from tests.support.wire import Answer, Wire, request

SMUGGLED: Final = b"GET /smuggled HTTP/1.1\r\nHost: shop.example\r\n\r\n"
NO_HTTP: Final = {
    "two kinds of length": b"POST /store/v1/carts HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked and not": b"POST /store/v1/carts HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "unknown encoding": b"POST /store/v1/carts HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": b"POST /store/v1/carts HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 47\r\n\r\n" + SMUGGLED,
    "negative length": b"POST /store/v1/carts HTTP/1.1\r\nContent-Length: -1\r\n\r\n" + SMUGGLED,
    "endless length": b"POST /store/v1/carts HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n" + SMUGGLED,
    "no length of a chunk": b"POST /store/v1/carts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + SMUGGLED,
    "folded header": b"GET /healthz HTTP/1.1\r\nX-A: b\r\n c: d\r\n\r\n" + SMUGGLED,
    "space before the colon": b"GET /healthz HTTP/1.1\r\nContent-Length : 5\r\n\r\n" + SMUGGLED,
    "bare line feeds": b"GET /healthz HTTP/1.1\nHost: x\n\n" + SMUGGLED,
    "carriage return in a header": b"GET /healthz HTTP/1.1\r\nX-A: a\rX-B: b\r\n\r\n" + SMUGGLED,
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nX-A: a\x00b\r\n\r\n" + SMUGGLED,
    "bytes in the path": b"GET /admin/v1/\xff\xfe HTTP/1.1\r\n\r\n" + SMUGGLED,
    "a tunnel": b"CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n" + SMUGGLED,
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    "another version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an address of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "an endless header": b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * 200_000,
}
"""After each stands a second request that only somebody who reads lengths differently would find."""
MEMBERS_200K: Final = b"{" + b",".join(b'"k%d":1' % n for n in range(180_000)) + b"}"
STATUSES: Final = {200, 201} | {status for status, _ in CODES.values() if status < 500}


@pytest.fixture(scope="module")
def cart(attacked: Shop) -> Cart:
    """A cart that has heard of the stock: what it says from then on changes by its customer alone."""
    made = attacked.cart(attacked.product())
    eventually(lambda: not made.order()["warnings"], seconds=60, what="the stock in the cart")
    return made


def headers_of(cart: Cart) -> dict[str, str]:
    return {"x_publishable_key": cart.client.publishable_key, "x_order_token": cart.token}


def says(shop: Shop, data: bytes) -> Answer:
    """The one answer to what is sent."""
    with Wire(shop.port) as wire:
        wire.send(data)
        found = wire.answer()
    assert found is not None
    return found


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_a_400_and_the_last_of_its_connection(attacked: Shop, name: str) -> None:
    """Nothing behind it is read: no request can be hidden in another."""
    with Wire(attacked.port) as wire:
        wire.send(NO_HTTP[name])
        refused = wire.answer()
        assert refused is not None
        assert (refused.status, refused.code, refused.headers["connection"]) == (400, "malformed_request", "close")
        assert refused.headers["content-type"] == "application/problem+json"
        assert json.loads(refused.body)["request_id"] == refused.headers["x-request-id"]
        assert wire.closed()
    assert attacked.answers()


@pytest.mark.parametrize(
    ("target", "headers", "words"),
    [
        ("/admin/v1/orders", {f"x-{n}": "a" * 1000 for n in range(33)}, "headers have at most"),
        ("/admin/v1/orders?q=" + "a" * 9000, {}, "path and query have at most"),
    ],
)
def test_heads_are_bounded(attacked: Shop, target: str, headers: dict[str, str], words: str) -> None:
    refused = says(attacked, request("GET", target, **headers))

    assert (refused.status, refused.code) == (400, "malformed_request")
    assert words in json.loads(refused.body)["detail"]


@pytest.mark.parametrize(
    "name", ["Authorization", "Content-Type", "Idempotency-Key", "X-Order-Token", "X-Publishable-Key", "X-Cartwright-Caller"]
)
def test_a_header_that_decides_something_may_not_be_there_twice(attacked: Shop, name: str) -> None:
    twice = f"GET /admin/v1/me HTTP/1.1\r\n{name}: a\r\n{name}: b\r\n\r\n".encode()

    assert (says(attacked, twice).status, says(attacked, twice).code) == (400, "malformed_request")


def test_what_comes_behind_a_chunked_body_is_no_header(attacked: Shop) -> None:
    """A proxy that takes X-Cartwright-… and the like out of heads would not look there."""
    head = request("GET", "/admin/v1/me", transfer_encoding="chunked")
    refused = says(attacked, head + b"0\r\nAuthorization: Bearer " + attacked.admin_key.encode() + b"\r\n\r\n")

    assert (refused.status, refused.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (MEMBERS_200K, {}, 413),
        (b'{"metadata": {"a": 1}, ' + b'"k":1, ' * 10_000 + b'"b": 1}', {}, 422),
        (b"{" + b",".join(b'"k%d":1' % n for n in range(1001)) + b"}", {}, 400),
        (b'{"metadata": {"a": ' + b"[" * 1100 + b"]" * 1100 + b"}}", {}, 400),
        (b'{"metadata": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}", {}, 422),
        (b'{"metadata": {"a": ' + b"[" * 250 + b"]" * 250 + b"}}", {}, 422),
        (b'{"metadata": {"a": ' + b"9" * 100_000 + b"}}", {}, 400),
        (b'{"metadata": {"a": ' + b"9" * 300 + b"}}", {}, 422),
        (b'{"metadata": {"a": 1e400}}', {}, 400),
        (b'{"metadata": {"a": NaN}}', {}, 400),
        (b'{"customer_note": "' + b"\\\\" * 60_000 + b'"}', {}, 422),
        (b'{"name": "' + b"a" * 100_000 + b'"}', {}, 422),
        (b'{"name": "a\\u0000b"}', {}, 400),
        (b'{"name": "\\ud800"}', {}, 400),
        (b'{"name": "\xff\xfe"}', {}, 400),
        (b'{"email": "a@' + b"a-." * 90 + b'"}', {}, 422),
        (b'{"name": "x"', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b"{}" * 10, {}, 400),
        (b"\x1f\x8b\x08\x00" + bytes(100), {"content_encoding": "gzip"}, 415),
        (b'{"name": "x"}', {"content_encoding": "br"}, 415),
        (b'{"name": "x"}', {"content_type": "multipart/form-data; boundary=x"}, 415),
    ],
    ids=range(22),
)
def test_a_body_that_is_too_much_is_refused_quickly_and_changes_nothing(
    attacked: Shop, cart: Cart, raw: bytes, headers: dict[str, Any], status: int
) -> None:
    before = cart.order()

    refused = says(attacked, request("PATCH", f"/store/v1/carts/{cart.id}", raw, **headers_of(cart), **headers))

    assert refused.status == status, refused.body[:300]
    assert CODES[refused.code][0] == status
    assert len(refused.body) < 64 * 1024
    assert len(json.loads(refused.body).get("errors", [])) <= MOST_ERRORS
    assert cart.order() == before


def test_of_two_members_with_one_name_the_last_counts_everywhere(cart: Cart) -> None:
    """Every parser of ours reads it so: there are no two readings of one body."""
    raw = b'{"name": "Mallory", "name": "Sara"}'
    reply = cart.client.call(
        "PATCH", f"/store/v1/carts/{cart.id}", raw=raw, headers={name.replace("_", "-"): value for name, value in headers_of(cart).items()}
    )

    assert reply.ok()["customer"]["name"] == "Sara"


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_without_an_end_is_refused_at_its_limit(attacked: Shop, chunked: bool) -> None:
    """Whatever was said about its length."""
    length = {"transfer_encoding": "chunked"} if chunked else {"content_length": 100_000_000}
    with Wire(attacked.port) as wire:
        wire.send(request("POST", "/store/v1/carts", content_type="application/json", **length))
        if chunked:
            wire.send((b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * 4)
        refused = wire.answer()

    assert refused is not None
    assert (refused.status, refused.code) == (413, "file_too_large")


def test_a_request_that_breaks_off_is_not_acted_upon(attacked: Shop, cart: Cart) -> None:
    """What was sent of it would do as a whole one: it said that there is more."""
    before = cart.order()
    with Wire(attacked.port) as wire:
        wire.send(request("PATCH", f"/store/v1/carts/{cart.id}", b'{"name": "Mallory"}', **headers_of(cart), content_length=90))
        wire.end()
        assert wire.closed()
    with Wire(attacked.port) as wire:
        wire.send(request("PATCH", f"/store/v1/carts/{cart.id}", b'{"name": "Mallory"}', **headers_of(cart), content_length=90))
        wire.reset()

    assert cart.call("GET").ok()["version"] == before["version"]
    assert attacked.answers()


def test_paths_that_climb_or_hide_reach_no_inner_path(attacked: Shop) -> None:
    key = {"authorization": f"Bearer {attacked.admin_key}"}
    for target in (
        "/internal/v1/quiet",
        "/admin/v1/stock/../../../internal/v1/quiet",
        "/admin/v1/stock/%2e%2e/%2e%2e/%2e%2e/internal/v1/quiet",
        "/admin/v1/stock/..%2f..%2f..%2finternal%2fv1%2fquiet",
        "//internal/v1/quiet",
        "/%69nternal/v1/quiet",
        "http://127.0.0.1/internal/v1/quiet",
        "/admin/v1/products/%ff",
        "/healthz%0d%0aX-Injected:%201",
    ):
        refused = says(attacked, request("GET", target, **key, x_cartwright_caller="e30=", x_cartwright_signature="t=1,v1=00"))
        assert (refused.status, refused.code) == (404, "not_found"), target
        assert "x-injected" not in refused.headers


def test_no_answer_sends_people_to_the_host_that_a_request_named(attacked: Shop) -> None:
    refused = says(attacked, request("GET", "/admin/v1/products/", host="evil.example", authorization=f"Bearer {attacked.admin_key}"))

    assert refused.status == 404
    assert b"evil.example" not in refused.body + repr(refused.headers).encode()


def test_headers_of_any_bytes_are_answered_and_only_a_plain_request_id_comes_back(attacked: Shop, cart: Cart) -> None:
    strange = ("\xff\xfe", "a\tb", "<script>", "%0d%0aSet-Cookie: a=b", "x" * 300, '";,=', "ord_", "\xe2\x80\xa8")
    for value in strange:
        for name in (
            "authorization",
            "x-order-token",
            "x-publishable-key",
            "if-match",
            "if-none-match",
            "idempotency-key",
            "accept",
            "cookie",
        ):
            sent = headers_of(cart) | {name.replace("-", "_"): value}
            answer = says(attacked, request("POST", f"/store/v1/carts/{cart.id}/lines", b'{"sku": "none", "quantity": 1}', **sent))
            assert answer.status in STATUSES, (name, value, answer.body[:200])
            assert "set-cookie" not in answer.headers
        given = says(attacked, request("GET", "/healthz", x_request_id=value)).headers["x-request-id"]
        assert given == value if value in ("<script>", '";,=', "ord_") else given.startswith("req_"), (value, given)


def test_memory_stays_flat_under_what_is_too_much(attacked: Shop, cart: Cart) -> None:
    process = psutil.Process(attacked.pid)
    hooks = request("POST", "/hooks/v1/stripe", b'{"a": "' + b"x" * 1_900_000 + b'"}')
    bombs = request("PATCH", f"/store/v1/carts/{cart.id}", b'{"lines": [' + b"{}," * 40_000 + b"{}]}", **headers_of(cart))
    large = request("POST", "/store/v1/sessions", MEMBERS_200K)
    for data in (hooks, bombs, large):
        says(attacked, data)
    before = process.memory_info().rss

    statuses = {says(attacked, data).status for _ in range(10) for data in (hooks, bombs, large)}

    assert statuses == {400, 422, 413}
    grown = (process.memory_info().rss - before) / 2**20
    assert grown < 40, f"{grown:.0f} MiB"


def test_slow_clients_keep_nobody_waiting(attacked: Shop, cart: Cart) -> None:
    """Three hundred heads and bodies that never end, and answers that nobody reads."""
    halves = [b"GET /healthz HTTP/1.1\r\nX-A: ", request("POST", "/store/v1/carts", b"{", content_length=1000)]
    slow = [Wire(attacked.port) for _ in range(300)]
    try:
        for number, wire in enumerate(slow):
            wire.send(halves[number % 2])
        for _ in range(20):
            unread = Wire(attacked.port, receive_buffer=1024)
            slow.append(unread)
            unread.send(request("GET", "/openapi.json") * 5)
        for wire in slow[:50]:
            wire.reset()
        slow.append(Wire(attacked.port))
        slow[-1].send(request("GET", "/healthz"))
        slow[-1].end()

        assert cart.call("GET").ok()["id"] == cart.id
        assert eventually(attacked.answers, seconds=60, what="the others' answers")
    finally:
        for wire in slow:
            wire.reset()
    assert cart.call("GET").ok()["id"] == cart.id
