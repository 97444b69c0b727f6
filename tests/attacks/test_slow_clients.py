"""Clients that are slow on purpose hold no thread: whoever else asks is answered at once."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest
import requests

from tests.attacks.raw import connect, error_code, read_response
from tests.integration.gateway.processes import ServiceProcess

# Far more than there are threads.
CLIENTS = 200
# A thread that is held would be held for much longer.
SOON_S = 3.0

HALF_A_HEADER = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b"
HALF_A_BODY = (
    b"POST /products HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
)
HALF_A_CHUNK = b"POST /products HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"
MIXED_CODINGS = b"POST /products HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n5\r\n{"
WITH_EXPECTATION = (
    b"POST /products HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n{"
)


@contextmanager
def held_open(url: str, beginning: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(url)) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(beginning)
        yield clients


def assert_answers(service: ServiceProcess) -> None:
    def ask(path: str) -> tuple[int, float]:
        began = monotonic()
        return requests.get(f"{service.url}{path}", timeout=30).status_code, monotonic() - began

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, ["/healthz", "/products?limit=1"] * 20))
    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < SOON_S


@pytest.mark.parametrize(
    "beginning",
    [b"", HALF_A_HEADER, HALF_A_BODY, HALF_A_CHUNK, MIXED_CODINGS, WITH_EXPECTATION],
    ids=["nothing", "header", "body", "chunk", "codings", "expectation"],
)
def test_half_open_connections_hold_up_nobody(products: ServiceProcess, beginning: bytes) -> None:
    with held_open(products.url, beginning):
        assert_answers(products)


def test_clients_that_close_their_connection_late_hold_up_nobody(products: ServiceProcess) -> None:
    with held_open(products.url, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
        assert_answers(products)


def test_a_request_that_does_not_arrive_in_time_is_a_408(products: ServiceProcess) -> None:
    with connect(products.url, timeout_s=30) as client:
        client.sendall(HALF_A_HEADER)
        status, headers, body = read_response(client)
    assert (status, error_code(body), headers["connection"]) == (408, "request_timeout", "close")


def test_a_request_in_small_pieces_is_a_request(products: ServiceProcess) -> None:
    with connect(products.url) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":
            client.send(bytes([byte]))
        assert read_response(client)[0] == 200


def test_requests_in_one_piece_are_answered_one_after_the_other(products: ServiceProcess) -> None:
    with connect(products.url) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        answers = b""
        while answers.count(b'{"status":"ok"}') < 3:
            answers += client.recv(65536)
    assert answers.count(b"HTTP/1.1 200 OK") == 3


def test_a_client_that_expects_100_is_told_to_continue(products: ServiceProcess) -> None:
    with connect(products.url) as client:
        client.sendall(WITH_EXPECTATION.rstrip(b"{"))
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"x" * 50)
        assert read_response(client)[0] == 415
