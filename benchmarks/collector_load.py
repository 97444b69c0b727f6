"""What a Collector is given to do: spans by OTLP, lines in a file, samples to scrape."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind

BATCH = 512
SCRAPED_PORT = 5000  # of the first service that our configuration scrapes


def send_spans(thousands: int) -> None:
    bodies = [_body(BATCH)] * (thousands * 1000 // BATCH)
    if rest := thousands * 1000 % BATCH:
        bodies.append(_body(rest))
    connection = _connection()
    for body in bodies:
        status = _post(connection, body)
        assert status == 200, status
    connection.close()


def flood(seconds: float, senders: int = 3) -> tuple[int, int]:
    """As many spans as it takes, each batch acknowledged before the next: (accepted, refused)."""
    accepted, refused, until = [0] * senders, [0] * senders, time.monotonic() + seconds
    body = _body(BATCH)

    def send(number: int) -> None:
        connection = _connection()
        while time.monotonic() < until:
            (accepted if _post(connection, body) == 200 else refused)[number] += BATCH
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(accepted), sum(refused)


def write_lines(folder: Path, thousands: int) -> None:
    line = (
        '{"timestamp":"2026-11-21T05:41:55.%06dZ","severity":"INFO","message":"GET /users/<user_id> 200",'
        '"logger":"telemetry.access","service":"users","trace_id":"%032x","span_id":"%016x",'
        '"request_id":"%032x","http.request.method":"GET","url.path":"/users/17",'
        '"http.response.status_code":200,"duration_ms":1.168,'
        '"http.route":"/users/<user_id>"}\n'
    )
    numbers = range(1, thousands * 1000 + 1)
    text = "".join(line % (number, number, number, number) for number in numbers)
    (folder / "users.jsonl").write_text(text, encoding="utf-8")


@contextmanager
def scraped(samples: int) -> Iterator[None]:
    """Serve that many samples where a service would, for as long as the block lasts."""
    names = range(samples // 20)
    text = "".join(
        f"# TYPE requests_{name}_total counter\n"
        + "".join(f'requests_{name}_total{{http_route="/{route}"}} {route}\n' for route in range(20))
        for name in names
    ).encode()

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", SCRAPED_PORT), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def a_span() -> ReadableSpan:
    span = _PROVIDER.get_tracer("telemetry").start_span(
        "GET /users/<user_id>",
        kind=SpanKind.SERVER,
        attributes={
            "http.request.method": "GET",
            "http.route": "/users/<user_id>",
            "url.path": "/users/17",
            "url.scheme": "http",
            "server.address": "127.0.0.1",
            "server.port": 5001,
            "user_agent.original": "wrk",
            "http.response.status_code": 200,
        },
    )
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


_PROVIDER = TracerProvider(resource=Resource({"service.name": "users"}), shutdown_on_exit=False)


def _body(spans: int) -> bytes:
    return encode_spans([a_span() for _ in range(spans)]).SerializeToString()


def _connection() -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", 4318, timeout=30)


def _post(connection: http.client.HTTPConnection, body: bytes) -> int:
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    return answer.status
