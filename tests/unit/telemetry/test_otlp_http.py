"""One attempt over HTTP, and how the receiver's response is read."""

import gzip
import http.server
import logging
import threading
import time
import zlib
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
import requests
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from glasshouse_telemetry.export.otlp_http import HttpSender
from glasshouse_telemetry.export.otlp_settings import Signal
from glasshouse_telemetry.export.outcome import DELIVERED

PROTOBUF = "application/x-protobuf"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Gives the server's answer to every request."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    server.asked, server.status, server.headers, server.body = [], 200, {}, b""
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.endpoint)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sender() -> Iterator[HttpSender]:
    made = HttpSender("traces")
    yield made
    made.close()


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
def test_each_signal_goes_to_its_own_path(receiver: Any, signal: Signal) -> None:
    sender = HttpSender(signal)

    assert sender.send(b"request") is DELIVERED

    path, headers, body = receiver.asked[0]
    assert (path, headers["content-type"], body) == (f"/v1/{signal}", PROTOBUF, b"request")
    sender.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_answer_that_may_change_is_retryable(receiver: Any, sender: HttpSender, status: int) -> None:
    receiver.status = status
    receiver.headers = {"Retry-After": "7"}

    outcome = sender.send(b"request")

    assert (outcome.error_type, outcome.retryable, outcome.retry_after) == (str(status), True, 7)
    assert len(receiver.asked) == 1, "one attempt only: waiting is the queue's business"


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 500])
def test_any_other_answer_is_final(receiver: Any, sender: HttpSender, status: int) -> None:
    receiver.status = status

    outcome = sender.send(b"request")

    assert (outcome.error_type, outcome.retryable, outcome.too_large) == (str(status), False, status == 413)


def test_retry_after_may_be_a_date(receiver: Any, sender: HttpSender) -> None:
    receiver.status = 503
    receiver.headers = {"Retry-After": formatdate(time.time() + 60, usegmt=True)}

    assert 50 < sender.send(b"request").retry_after <= 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("soon", 0), ("-5", 0), ("nan", 0), ("inf", 0), ("", 0), ("999999999", 3600),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 99 Oct 2015 07:28:00 GMT", 0), ("1.5", 1.5)],
)  # fmt: skip
def test_nonsense_in_retry_after_is_no_reason_to_wait(
    receiver: Any, sender: HttpSender, header: str, seconds: float
) -> None:
    receiver.status = 503
    receiver.headers = {"Retry-After": header}

    assert sender.send(b"request").retry_after == seconds


def test_spans_that_were_rejected_are_counted_and_the_reason_is_read(
    receiver: Any, sender: HttpSender
) -> None:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = 2
    response.partial_success.error_message = "too old"
    receiver.body = response.SerializeToString()

    outcome = sender.send(b"request")

    assert (outcome.delivered, outcome.rejected, outcome.reason) == (True, 2, "too old")


def test_rejected_points_and_lines_are_read_the_same_way(receiver: Any, sender: HttpSender) -> None:
    points, lines = ExportMetricsServiceResponse(), ExportLogsServiceResponse()
    points.partial_success.rejected_data_points = 3
    lines.partial_success.rejected_log_records = 3

    for response in (points, lines):
        receiver.body = response.SerializeToString()
        assert sender.send(b"request").rejected == 3


@pytest.mark.parametrize("body", [b"\n\x00", b"{}", b"<html>", b"\xff" * 100_000])
def test_a_body_of_another_kind_is_no_failure(receiver: Any, sender: HttpSender, body: bytes) -> None:
    receiver.body = body

    assert sender.send(b"request").delivered


def test_a_response_that_breaks_off_is_still_a_response(receiver: Any, sender: HttpSender) -> None:
    receiver.headers, receiver.body = {"Content-Encoding": "gzip"}, b"not gzip"
    assert sender.send(b"request").delivered

    receiver.status = 400
    assert sender.send(b"request").error_type == "400"


def test_a_certificate_that_is_not_there_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "never-there.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
    sender = HttpSender("traces")

    with pytest.raises(OSError, match="never-there"):
        sender.send(b"request")
    sender.close()


def test_the_reason_of_a_refusal_is_what_the_receiver_says(receiver: Any, sender: HttpSender) -> None:
    receiver.status, receiver.headers = 400, {"Content-Type": PROTOBUF}
    receiver.body = Status(message="no such tenant").SerializeToString()

    assert sender.send(b"request").reason == "400 Bad Request: no such tenant"


def test_a_receiver_that_is_away_is_noticed_at_once_and_can_be_retried(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    sender = HttpSender("traces")

    outcome = sender.send(b"request")

    assert (outcome.error_type, outcome.retryable) == ("ConnectionError", True)
    assert caplog.records == [], "an outage is reported once, by the queue"
    sender.close()


@pytest.mark.parametrize("endpoint", ["collector", "nonsense://x", "http://", "http://[::1"])
def test_an_address_that_cannot_be_is_final(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
    sender = HttpSender("traces")

    outcome = sender.send(b"request")

    assert not outcome.delivered
    assert not outcome.retryable
    sender.close()


@pytest.mark.parametrize(("name", "uncompress"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_a_request_is_compressed_when_asked(
    receiver: Any, monkeypatch: pytest.MonkeyPatch, name: str, uncompress: Any
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", name)
    sender = HttpSender("traces")

    sender.send(b"request" * 100)

    _, headers, body = receiver.asked[0]
    assert headers["content-encoding"] == name
    assert uncompress(body) == b"request" * 100
    sender.close()


def test_a_slow_receiver_is_left_after_the_time_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0.05")
        sender = HttpSender("traces")

        outcome = sender.send(b"request")

        assert (outcome.error_type, outcome.retryable) == ("ReadTimeout", True)
        sender.close()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Basic%20abc%3D%3D,x-tenant=7, a = b c ,nonsense"},
        {"OTEL_EXPORTER_OTLP_HEADERS": "x=general", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "x=traces"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "ENDPOINT/"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "ENDPOINT/prefix"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ENDPOINT/custom/"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": ""},
        {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "none"},
        {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "GZIP"},
        {"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"},
        {"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"},
    ],
)
def test_the_environment_is_read_as_the_stock_exporter_reads_it(
    receiver: Any, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("ENDPOINT", receiver.endpoint))
    ours, theirs = HttpSender("traces"), OTLPSpanExporter()

    ours.send(b"")
    with suppress_instrumentation():  # ours does so by itself
        theirs.export([])

    (path, headers, _), (their_path, their_headers, _) = receiver.asked
    assert path == their_path
    told = {key.lower(): value for key, value in headers.items()}
    told_by_theirs = {key.lower(): value for key, value in their_headers.items()}
    # The package that sends them says these, and older stock exporters use another one than ours.
    for varying in ("user-agent", "content-length", "accept", "accept-encoding", "connection"):
        told.pop(varying, None)
        told_by_theirs.pop(varying, None)
    assert told == told_by_theirs
    ours.close()
    theirs.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("kind", ["ours", "theirs"])
def test_credentials_and_certificates_come_with_the_session(
    monkeypatch: pytest.MonkeyPatch, providers: dict[str, Any], kind: str
) -> None:
    provided = requests.Session()
    providers["mine"] = lambda: provided
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER", "mine")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca.pem")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "me.pem")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", "me.key")

    made: Any = HttpSender("traces") if kind == "ours" else OTLPSpanExporter()

    assert (provided.verify, provided.cert) == ("ca.pem", ("me.pem", "me.key"))
    made.close() if kind == "ours" else made.shutdown()


def test_a_credential_provider_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "never-installed")

    with pytest.raises(LookupError, match="never-installed"):
        HttpSender("traces")


def test_no_logger_of_others_is_changed() -> None:
    def state() -> list[Any]:
        return [
            (name, logger.level, list(logger.filters), logger.disabled, logger.propagate)
            for name, logger in logging.Logger.manager.loggerDict.items()
            if isinstance(logger, logging.Logger) and name.startswith(("opentelemetry", "urllib3"))
        ]

    before = state()
    HttpSender("traces").close()

    assert state() == before
