"""What a Collector is given to do: spans by OTLP, lines in a file, samples to scrape."""

import functools
import gzip
import http.client
import itertools
import os
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind

BATCH = 512
BODIES = 24  # different ones: no batch of the Collector's holds one twice, for compression to find
SCRAPED_PORT = 5000  # of the first service that our configuration scrapes


def send_spans(thousands: int, compressed: bool = False) -> int:
    """Return the bytes of the bodies."""
    sent = list(itertools.islice(itertools.cycle(bodies()), thousands * 1000 // BATCH))
    if rest := thousands * 1000 % BATCH:
        sent.append(_encoded(rest).SerializeToString())
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    if compressed:
        sent = [gzip.compress(body) for body in sent]
    connection = _connection()
    for body in sent:
        status = _post(connection, body, headers)
        assert status == 200, status
    connection.close()
    return sum(map(len, sent))


def flood(seconds: float, senders: int = 3) -> tuple[int, int]:
    """As many spans as it takes, each batch acknowledged before the next: (accepted, refused)."""
    offered = itertools.cycle(bodies())
    accepted, refused, until = [0] * senders, [0] * senders, time.monotonic() + seconds

    def send(number: int) -> None:
        connection = _connection()
        while time.monotonic() < until:
            (accepted if _post(connection, next(offered)) == 200 else refused)[number] += BATCH
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
    number = random.Random(1).getrandbits
    text = "".join(
        line % (count % 1_000_000, number(128), number(64), number(128)) for count in range(thousands * 1000)
    )
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


def a_span(user: int = 17) -> ReadableSpan:
    span = _PROVIDER.get_tracer("telemetry").start_span(
        "GET /users/<user_id>",
        kind=SpanKind.SERVER,
        attributes={
            "http.request.method": "GET",
            "http.route": "/users/<user_id>",
            "url.path": f"/users/{user}",
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


@functools.cache
def bodies() -> tuple[bytes, ...]:
    """Batches of the same spans, each time with other ids."""
    message = _encoded(BATCH)
    return tuple(_renamed(message) for _ in range(BODIES))


def _encoded(spans: int) -> ExportTraceServiceRequest:
    return encode_spans([a_span(user) for user in range(spans)])


def _renamed(message: ExportTraceServiceRequest) -> bytes:
    for span in message.resource_spans[0].scope_spans[0].spans:
        span.trace_id, span.span_id = os.urandom(16), os.urandom(8)
    return message.SerializeToString()


def _connection() -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", 4318, timeout=30)


def _post(
    connection: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str] = MappingProxyType({})
) -> int:
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf", **headers})
    answer = connection.getresponse()
    answer.read()
    return answer.status
