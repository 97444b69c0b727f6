"""Requests that are none: refused in JSON, counted, and never taken for two."""

import json

import pytest
import requests

from tests.attacks.raw import connect, error_code, exchange, read_response
from tests.integration.gateway.processes import ServiceProcess

HOST = b"Host: x\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /products HTTP/1.1\r\n" + HOST + JSON
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"

REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no HTTP": (b"hello\r\n\r\n", 400, "bad_request"),
    "a header without a name": (b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n", 400, "bad_request"),
    "a long line": (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, "uri"),
    "a line without an end": (b"GET /" + b"a" * 9000, 414, "uri"),
    "a long header": (
        b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"a" * 9000 + b"\r\n\r\n",
        431,
        "request_header_fields_too_large",
    ),
    "many headers": (
        b"GET / HTTP/1.1\r\n" + HOST + b"A: a\r\n" * 200 + b"\r\n",
        431,
        "request_header_fields_too_large",
    ),
    "headers without an end": (
        b"GET / HTTP/1.1\r\n" + b"A: aaaaaaaaaaaaaaaaaaaa\r\n" * 3000,
        431,
        "request_header_fields_too_large",
    ),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + HIDDEN, 400, "bad_request"),
    "length and chunks": (
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        400,
        "bad_request",
    ),
    "a coding that hides chunks": (
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        501,
        "not_implemented",
    ),
    "a length that is none": (POST + b"Content-Length: +2\r\n\r\n{}" + HIDDEN, 400, "bad_request"),
    "a name with a blank": (POST + b"Content-Length : 2\r\n\r\n{}" + HIDDEN, 400, "bad_request"),
    "a folded header": (POST + b"A: b\r\n Content-Length: 2\r\n\r\n{}" + HIDDEN, 400, "bad_request"),
}


def refused(service: ServiceProcess) -> float:
    lines = requests.get(f"{service.url}/metrics", timeout=10).text.splitlines()
    counted = [line for line in lines if line.startswith("http_server_refused_requests_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


@pytest.mark.parametrize(("request_", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_request_is_refused_in_json_and_counted(
    products: ServiceProcess, request_: bytes, status: int, code: str
) -> None:
    before = refused(products)
    with connect(products.url) as client:
        client.sendall(request_)
        answered, headers, body = read_response(client)
        rest = client.recv(65536)
    assert (answered, headers["content-type"], headers["connection"]) == (status, "application/json", "close")
    assert code in error_code(body)
    assert json.loads(body)["error"]["request_id"] == headers["x-request-id"]
    assert rest == b""  # no second answer: nothing behind it was taken for a request
    assert refused(products) == before + 1


def chunks(size: int, ends: bool = True) -> bytes:
    piece = b" " * 1000
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for _ in range(size // len(piece)))
    return POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + (b"0\r\n\r\n" if ends else b"")


@pytest.mark.parametrize("ends", [True, False])
def test_a_body_in_chunks_over_the_limit_is_a_413(products: ServiceProcess, ends: bool) -> None:
    status, _, body = exchange(products.url, chunks(200_000, ends))
    assert (status, error_code(body)) == (413, "request_entity_too_large")


def test_a_body_with_a_length_over_the_limit_is_a_413_at_once(products: ServiceProcess) -> None:
    status, headers, body = exchange(products.url, POST + b"Content-Length: 10000000\r\n\r\n{")
    assert (status, error_code(body)) == (413, "request_entity_too_large")
    assert headers["connection"] == "close"


def test_nobody_is_believed_about_the_path_or_the_scheme(products: ServiceProcess) -> None:
    headers = {"SCRIPT_NAME": "/products", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
    answer = requests.get(f"{products.url}/products?limit=1", headers=headers, timeout=10)
    assert answer.status_code == 200
