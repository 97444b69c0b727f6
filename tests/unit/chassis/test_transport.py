"""What goes over the wire is what was asked for, and each way to fail has its domain error."""

import gzip
from collections.abc import Iterator
from threading import Event

import pytest
from flask import Response

from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.http_client import Timeouts
from chassis.transport import Call, HttpResponse, HttpTransport, UpstreamUnreached
from tests.unit.chassis.fake_servers import FakeServer, fake_server, nobody, raw_server

PATIENT = Timeouts(5, 10)
HASTY = Timeouts(5, 0.2)


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport("users", connections=4)
    yield transport
    transport.close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


def headers_of(answer: HttpResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers}


@pytest.mark.parametrize(
    "target",
    [
        "/users",
        "/users?a=1&a=2&b",
        "/users?q=%7Eada%20b+c%26",
        "/users?q=",
        "/users/%2e%2E/x",
        "/users/a%2Fb",
        "/users//b",
        "/users/a%25b?x=%25",
        "/users/;a=1,2:@",
    ],
)
def test_the_target_arrives_as_it_was_sent(transport: HttpTransport, server: FakeServer, target: str) -> None:
    transport.send(server.url, Call("GET", target), PATIENT)
    assert server.seen[0].target == target.replace("%2e%2E", "%2E%2E")  # the case of an escape means nothing


def test_method_headers_and_body_arrive(transport: HttpTransport, server: FakeServer) -> None:
    call = Call("PUT", "/x", [("Content-Type", "text/plain"), ("User-Agent", "curl")], b"\x00\xff")
    transport.send(server.url, call, PATIENT)
    [seen] = server.seen
    assert (seen.method, seen.body) == ("PUT", b"\x00\xff")
    given = {name: value for name, value in seen.headers if name not in ("Host", "Traceparent")}
    assert given == {
        "Content-Type": "text/plain",
        "User-Agent": "curl",
        "Content-Length": "2",
        "Accept-Encoding": "identity",
    }


@pytest.mark.parametrize("status", [200, 201, 302, 304, 404, 422, 500, 503])
def test_every_status_is_an_answer(transport: HttpTransport, server: FakeServer, status: int) -> None:
    server.answer = lambda: Response(b"" if status == 304 else b"body", status, {"Location": "/elsewhere"})
    answer = transport.send(server.url, Call("GET", "/"), PATIENT)
    assert answer.status == status
    assert answer.body == (b"" if status == 304 else b"body")
    assert len(server.seen) == 1


def test_a_compressed_body_stays_compressed(transport: HttpTransport, server: FakeServer) -> None:
    packed = gzip.compress(b"text")
    server.answer = lambda: Response(packed, headers={"Content-Encoding": "gzip"})
    answer = transport.send(server.url, Call("GET", "/", [("Accept-Encoding", "gzip")]), PATIENT)
    assert (answer.body, headers_of(answer)["content-encoding"]) == (packed, "gzip")


def test_a_header_may_come_twice(transport: HttpTransport, server: FakeServer) -> None:
    server.answer = lambda: Response(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    answer = transport.send(server.url, Call("GET", "/"), PATIENT)
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]


def test_no_cookie_is_kept(transport: HttpTransport, server: FakeServer) -> None:
    server.answer = lambda: Response(headers={"Set-Cookie": "session=1"})
    for _ in range(2):
        transport.send(server.url, Call("GET", "/"), PATIENT)
    assert server.seen[1].header("Cookie") is None


def test_a_location_does_not_show_where_the_instance_is(transport: HttpTransport, server: FakeServer) -> None:
    server.answer = lambda: Response(status=201, headers={"Location": f"{server.url}/users/1"})
    assert headers_of(transport.send(server.url, Call("POST", "/"), PATIENT))["location"] == "/users/1"


def test_nobody_there_means_that_it_was_not_sent(transport: HttpTransport) -> None:
    with nobody() as url, pytest.raises(UpstreamUnreached, match="users: ConnectionError"):
        transport.send(url, Call("POST", "/"), PATIENT)


def test_an_unknown_host_means_that_it_was_not_sent(transport: HttpTransport) -> None:
    with pytest.raises(UpstreamUnreached):
        transport.send("http://no-such-host.invalid", Call("POST", "/"), PATIENT)


def test_silence_is_a_timeout(transport: HttpTransport, server: FakeServer) -> None:
    done = Event()

    def silent() -> Response:
        done.wait(timeout=10)
        return Response()

    server.answer = silent
    with pytest.raises(UpstreamTimeout):
        transport.send(server.url, Call("GET", "/"), HASTY)
    done.set()


def test_silence_in_the_middle_of_a_body_is_a_timeout(transport: HttpTransport, server: FakeServer) -> None:
    done = Event()

    def half() -> Response:
        def body() -> Iterator[bytes]:
            yield b"first"
            done.wait(timeout=10)

        return Response(body())

    server.answer = half
    with pytest.raises(UpstreamTimeout):
        transport.send(server.url, Call("GET", "/"), HASTY)
    done.set()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "nonsense", "too short", "broken chunks"],
)
def test_an_answer_that_breaks_off_is_a_failure(transport: HttpTransport, answer: bytes) -> None:
    with raw_server(answer) as url, pytest.raises(UpstreamFailed) as failure:
        transport.send(url, Call("GET", "/"), PATIENT)
    assert type(failure.value) is UpstreamFailed
