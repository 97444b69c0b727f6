"""Calls made with urllib3 itself, over a real connection, and those that requests makes with it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import urllib3
from flask import Flask
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from urllib3.util import Retry

from glasshouse_telemetry.libraries import requests as _requests
from glasshouse_telemetry.libraries import urllib3 as _urllib3
from glasshouse_telemetry.testing import CapturedMetrics

COUNT = "http_client_request_duration_seconds_count"


class Handler(BaseHTTPRequestHandler):
    """/moved leads to /there, /flaky/<n> works from the nth request on, anything else is answered."""

    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/there")
        elif self.path.startswith("/flaky"):
            tried = sum(path == self.path for path, _ in self.seen)
            self.send_response(503 if tried < int(self.path.removeprefix("/flaky/")) else 200)
        else:
            self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Server:
    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        handler = type("Seeing", (Handler,), {"seen": self.seen})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def headers(self, name: str) -> list[str | None]:
        return [headers.get(name) for _, headers in self.seen]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as pool:
        yield pool


@pytest.fixture(autouse=True)
def observed() -> Iterator[None]:
    _requests.observe()
    _urllib3.observe()
    yield
    _requests.stop_observing()
    _urllib3.stop_observing()


def traceparent(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


def test_a_call_is_one_client_span_and_one_measurement(
    server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    assert pool.request("GET", f"{server.url}/users?token=s3cr3t").status == 200

    (span,) = spans
    assert (span.name, span.kind) == ("GET", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": server.http.server_port,
        "url.full": f"{server.url}/users",
        "http.response.status_code": 200,
    }
    assert server.headers("traceparent") == [traceparent(span)]
    assert metrics.increase(COUNT, server_port=str(server.http.server_port)) == 1


def test_requests_is_observed_and_urllib3_beneath_it_is_not(
    server: Server, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    requests.get(f"{server.url}/users", timeout=5)

    (span,) = spans
    assert server.headers("traceparent") == [traceparent(span)]
    assert metrics.increase(COUNT, server_port=str(server.http.server_port)) == 1


def test_requests_that_nobody_observes_is_observed_beneath(server: Server, spans: list[ReadableSpan]) -> None:
    _requests.stop_observing()
    requests.get(f"{server.url}/users", timeout=5)

    assert len(spans) == 1


def test_a_call_in_a_hook_of_requests_is_observed(
    server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan]
) -> None:
    def refresh(*_: object, **__: object) -> None:
        pool.request("GET", f"{server.url}/token")

    requests.get(f"{server.url}/users", hooks={"response": refresh}, timeout=5)

    assert len(spans) == 2


def test_retries_are_part_of_the_call(
    server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan]
) -> None:
    retries = Retry(3, status_forcelist=[503], backoff_factor=0)
    assert pool.request("GET", f"{server.url}/flaky/3", retries=retries).status == 200

    assert (len(server.seen), len(spans)) == (3, 1)
    assert (spans[0].attributes or {})["http.response.status_code"] == 200


def test_a_redirect_is_a_call_that_tells_how_often_it_was_sent_before(
    server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan]
) -> None:
    assert pool.request("GET", f"{server.url}/moved").status == 200

    sent = [(span.attributes or {}).get("http.request.resend_count") for span in spans]
    assert sent == [None, 1]
    assert server.headers("traceparent") == [traceparent(span) for span in spans]


def test_headers_of_the_app_stay_as_they_are(app: Flask, server: Server) -> None:
    chosen = {"X-Mine": "1"}
    with urllib3.PoolManager(headers={"X-Pool": "2"}) as pool:

        @app.get("/calling")
        def calling() -> str:
            pool.request("GET", f"{server.url}/a")
            pool.request("GET", f"{server.url}/b", headers=chosen)
            pool.request("GET", f"{server.url}/c", headers={"x-request-id": "its own"})
            return ""

        app.test_client().get("/calling", headers={"X-Request-ID": "r-1"})
        assert (dict(pool.headers), chosen) == ({"X-Pool": "2"}, {"X-Mine": "1"})

    ids = [headers.get("X-Request-ID") or headers.get("x-request-id") for _, headers in server.seen]
    assert ids == ["r-1", "r-1", "its own"]
    assert (server.headers("X-Pool")[0], server.headers("X-Mine")[1]) == ("2", "1")


def test_a_call_that_fails_is_recorded_without_its_query(
    pool: urllib3.PoolManager, spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    with pytest.raises(urllib3.exceptions.MaxRetryError, match="s3cr3t"):
        pool.request("GET", "http://127.0.0.1:9/pay?token=s3cr3t", retries=Retry(1, backoff_factor=0))

    (span,) = spans
    assert span.status.status_code is StatusCode.ERROR
    assert "s3cr3t" not in span.to_json()
    assert metrics.increase(COUNT, error_type="urllib3.exceptions.MaxRetryError") == 1


def test_a_4xx_is_an_error(server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan]) -> None:
    pool.request("GET", f"{server.url}/missing")

    assert (spans[0].attributes or {})["error.type"] == "404"


def test_a_call_is_not_observed_beneath_a_library_that_is(
    server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan]
) -> None:
    with suppress_http_instrumentation():
        pool.request("GET", f"{server.url}/users")

    assert (spans, server.headers("traceparent")) == ([], [None])


def test_a_proxy_is_not_the_server(server: Server, spans: list[ReadableSpan]) -> None:
    with urllib3.ProxyManager(server.url) as proxy:
        proxy.request("GET", "http://users.example/17")

    assert (spans[0].attributes or {})["server.address"] == "users.example"
    assert (spans[0].attributes or {})["url.full"] == "http://users.example/17"


def test_a_call_is_made_once_whatever_breaks_in_us(
    server: Server, pool: urllib3.PoolManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    for broken in ("is_observed", "_full_url", "_with_headers"):
        with monkeypatch.context() as patched:
            patched.setattr(_urllib3, broken, fail)
            assert pool.request("GET", f"{server.url}/{broken}").status == 200

    assert [path for path, _ in server.seen] == ["/is_observed", "/_full_url", "/_with_headers"]


def test_observing_can_be_ended(server: Server, pool: urllib3.PoolManager, spans: list[ReadableSpan]) -> None:
    _urllib3.stop_observing()
    pool.request("GET", f"{server.url}/users")

    assert spans == []
