"""Which exporters the environment asks for, and how their answers are read."""

import http.server
import threading
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from glasshouse_telemetry.export.destinations import OtherSender, destinations_wanted
from glasshouse_telemetry.export.otlp_http import HttpSender
from glasshouse_telemetry.export.outcome import DELIVERED
from glasshouse_telemetry.fast.otlp import Encoded, encoded


@pytest.fixture
def span() -> ReadableSpan:
    span: Any = TracerProvider(shutdown_on_exit=False).get_tracer("test").start_span("span")
    span.end()
    return cast(ReadableSpan, span)


@pytest.fixture
def batch(span: ReadableSpan) -> Sequence[Encoded]:
    return (encoded(span),)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers every batch with the server's status."""

    server: Any

    def do_POST(self) -> None:
        self.server.asked.append(
            (self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
        )
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.send_header("Retry-After", "7")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.asked, server.status = [], 200
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sender() -> Iterator[HttpSender]:
    made = HttpSender()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("environment", "kinds"),
    [
        ({}, ["HttpSender"]),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, ["HttpSender"]),
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_TRACES_EXPORTER": "otlp_proto_http, console"}, ["HttpSender", "OtherSender"]),
        ({"OTEL_TRACES_EXPORTER": "otlp_proto_grpc"}, ["GrpcSender"]),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ["GrpcSender"]),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, ["HttpSender"]),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
            ["HttpSender"],
        ),
        ({"OTEL_TRACES_EXPORTER": "never_installed"}, []),
    ],
)
def test_the_environment_chooses_the_exporters(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], kinds: list[str]
) -> None:
    monkeypatch.delenv("OTEL_TRACES_EXPORTER")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    senders = [each.make_sender() for each in destinations_wanted()]

    assert [type(sender).__name__ for sender in senders] == kinds
    for sender in senders:
        sender.close()


def test_a_batch_that_is_taken_is_delivered(
    receiver: Any, monkeypatch: pytest.MonkeyPatch, batch: Sequence[Encoded]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=acme")
    sender = HttpSender()

    assert sender.send(batch) is DELIVERED

    path, headers, body = receiver.asked[0]
    assert (path, headers["Content-Type"], headers["x-tenant"]) == (
        "/v1/traces",
        "application/x-protobuf",
        "acme",
    )
    assert b"span" in body
    sender.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_answer_that_may_change_is_retryable(
    receiver: Any, sender: HttpSender, batch: Sequence[Encoded], status: int
) -> None:
    receiver.status = status

    outcome = sender.send(batch)

    assert (outcome.error_type, outcome.retryable, outcome.retry_after) == (str(status), True, 7)
    assert len(receiver.asked) == 1, "one attempt only: waiting is the queue's business"


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 500])
def test_any_other_answer_is_final(
    receiver: Any, sender: HttpSender, batch: Sequence[Encoded], status: int
) -> None:
    receiver.status = status

    outcome = sender.send(batch)

    assert (outcome.error_type, outcome.retryable) == (str(status), False)


def test_a_receiver_that_is_away_is_noticed_at_once_and_can_be_retried(
    monkeypatch: pytest.MonkeyPatch, batch: Sequence[Encoded], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    sender = HttpSender()

    outcome = sender.send(batch)

    assert (outcome.error_type, outcome.retryable) == ("ConnectionError", True)
    assert caplog.records == [], "an outage is reported once, by the queue"
    sender.close()


def test_an_exporter_of_another_kind_delivers_too(span: ReadableSpan) -> None:
    exporter = InMemorySpanExporter()

    assert OtherSender(lambda: exporter).send([span]) is DELIVERED
    assert exporter.get_finished_spans() == (span,)
