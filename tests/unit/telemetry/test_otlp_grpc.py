"""One attempt over gRPC to a real server in this process, and how its response is read."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import DebugInfo, RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from glasshouse_telemetry.export.destinations import otlp_sender
from glasshouse_telemetry.export.otlp_grpc import GrpcSender
from glasshouse_telemetry.export.otlp_settings import Signal
from glasshouse_telemetry.export.outcome import DELIVERED

REQUEST = ExportTraceServiceRequest().SerializeToString()


class Receiver:
    """All three services, which differ in nothing that matters here."""

    def __init__(self) -> None:
        self.code: Any = None
        self.trailers: tuple[tuple[str, bytes], ...] = ()
        self.response: Any = ExportTraceServiceResponse()
        self.asked: list[dict[str, Any]] = []

    def Export(self, request: Any, context: Any) -> Any:
        self.asked.append(dict(context.invocation_metadata()))
        if self.code is not None:
            context.set_trailing_metadata(self.trailers)
            context.abort(self.code, "as told")
        return self.response


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    server = grpc.server(ThreadPoolExecutor(1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    yield receiver
    server.stop(None).wait()


@pytest.fixture
def sender(receiver: Receiver) -> Iterator[GrpcSender]:
    made = GrpcSender("traces")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("signal", "response"),
    [
        ("traces", ExportTraceServiceResponse()),
        ("metrics", ExportMetricsServiceResponse()),
        ("logs", ExportLogsServiceResponse()),
    ],
)
def test_each_signal_goes_to_its_own_service(receiver: Receiver, signal: Signal, response: Any) -> None:
    receiver.response = response
    sender = GrpcSender(signal)

    assert sender.send(REQUEST) is DELIVERED
    sender.close()


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("UNAVAILABLE", True),
        ("CANCELLED", True),
        ("ABORTED", True),
        ("OUT_OF_RANGE", True),
        ("DATA_LOSS", True),
        ("DEADLINE_EXCEEDED", True),
        ("INVALID_ARGUMENT", False),
        ("UNAUTHENTICATED", False),
        ("UNIMPLEMENTED", False),
        ("INTERNAL", False),
    ],
)
def test_the_status_code_says_whether_to_retry(
    receiver: Receiver, sender: GrpcSender, caplog: pytest.LogCaptureFixture, code: str, retryable: bool
) -> None:
    receiver.code = grpc.StatusCode[code]

    outcome = sender.send(REQUEST)

    assert (outcome.error_type, outcome.retryable, outcome.too_large) == (code, retryable, False)
    assert "as told" in outcome.reason
    assert len(receiver.asked) == 1, "one attempt only: waiting is the queue's business"
    assert caplog.records == [], "an outage is reported once, by the queue"


def test_the_environment_may_name_other_codes(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_GRPC_RETRYABLE_ERROR_CODES", "internal, RESOURCE_EXHAUSTED")
    sender = GrpcSender("traces")
    found = {}
    for code in ("INTERNAL", "RESOURCE_EXHAUSTED", "UNAVAILABLE"):
        receiver.code = grpc.StatusCode[code]
        found[code] = sender.send(REQUEST).retryable

    assert found == {"INTERNAL": True, "RESOURCE_EXHAUSTED": True, "UNAVAILABLE": False}
    sender.close()


def retry_info(seconds: int, nanos: int = 0) -> RetryInfo:
    return RetryInfo(retry_delay=Duration(seconds=seconds, nanos=nanos))


def status_with(*details: Any) -> bytes:
    status = Status(code=8, message="busy")
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return bytes(status.SerializeToString())


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED"])
def test_the_receiver_can_say_when_to_come_again(receiver: Receiver, sender: GrpcSender, code: str) -> None:
    receiver.code = grpc.StatusCode[code]
    receiver.trailers = (("grpc-status-details-bin", status_with(DebugInfo(), retry_info(7, 500_000_000))),)

    outcome = sender.send(REQUEST)

    assert (outcome.retryable, outcome.retry_after, outcome.too_large) == (True, 7.5, False)


def test_the_time_may_stand_in_a_trailer_of_its_own(receiver: Receiver, sender: GrpcSender) -> None:
    receiver.code = grpc.StatusCode.UNAVAILABLE
    receiver.trailers = (("google.rpc.retryinfo-bin", retry_info(3).SerializeToString()),)

    assert sender.send(REQUEST).retry_after == 3


@pytest.mark.parametrize("details", [b"", b"\xff\xff", status_with(DebugInfo())])
def test_exhausted_without_a_time_means_too_large(
    receiver: Receiver, sender: GrpcSender, details: bytes
) -> None:
    receiver.code = grpc.StatusCode.RESOURCE_EXHAUSTED
    receiver.trailers = (("grpc-status-details-bin", details),)

    outcome = sender.send(REQUEST)

    assert (outcome.retryable, outcome.too_large) == (False, True)


def test_a_message_beyond_the_servers_limit_is_too_large(receiver: Receiver, sender: GrpcSender) -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add().name = "x" * (4 * 1024 * 1024)

    outcome = sender.send(request.SerializeToString())

    assert (outcome.error_type, outcome.too_large) == ("RESOURCE_EXHAUSTED", True)
    assert receiver.asked == []


def test_spans_that_were_rejected_are_counted_and_the_reason_is_read(
    receiver: Receiver, sender: GrpcSender
) -> None:
    receiver.response.partial_success.rejected_spans = 2
    receiver.response.partial_success.error_message = "too old"

    outcome = sender.send(REQUEST)

    assert (outcome.delivered, outcome.rejected, outcome.reason) == (True, 2, "too old")


def test_headers_become_metadata(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "X-Tenant=acme,authorization=Bearer abc")
    sender = GrpcSender("traces")

    sender.send(REQUEST)

    assert receiver.asked[0]["x-tenant"] == "acme"
    assert receiver.asked[0]["authorization"] == "Bearer abc"
    sender.close()


def test_a_receiver_that_is_away_can_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    sender = GrpcSender("traces")

    outcome = sender.send(REQUEST)

    assert (outcome.error_type, outcome.retryable) == ("UNAVAILABLE", True)
    sender.close()


def recorded_channels(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """The channels made from now on: `secure` or `insecure`, and what was given for them."""
    made: list[tuple[str, tuple[Any, ...]]] = []

    def record(kind: str, real: Any) -> Any:
        def channel(*given: Any, **more: Any) -> Any:
            made.append((kind, given))
            return real(*given, **more)

        return channel

    for kind in ("secure", "insecure"):
        name = f"{kind}_channel"
        monkeypatch.setattr(grpc, name, record(kind, getattr(grpc, name)))
    return made


@pytest.mark.parametrize(
    ("endpoint", "insecure", "secure"),
    [
        ("http://collector:4317", None, False),
        ("https://collector:4317", None, True),
        ("https://collector:4317", "true", True),
        ("http://collector:4317", "false", True),
        ("collector:4317", None, True),
        ("collector:4317", "true", False),
    ],
)
def test_whether_the_channel_is_secure(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, insecure: str | None, secure: bool
) -> None:
    made = recorded_channels(monkeypatch)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    if insecure is not None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_INSECURE", insecure)

    GrpcSender("traces").close()

    assert [(kind, target) for kind, (target, *_) in made] == [
        ("secure" if secure else "insecure", "collector:4317")
    ]


def test_credentials_come_from_the_provider(
    monkeypatch: pytest.MonkeyPatch, providers: dict[str, Any]
) -> None:
    provided = grpc.ssl_channel_credentials()
    providers["mine"] = lambda: provided
    made = recorded_channels(monkeypatch)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4317")
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_GRPC_CREDENTIAL_PROVIDER", "mine")

    GrpcSender("traces").close()

    assert made == [("secure", ("collector:4317", provided))]


def test_without_the_package_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    monkeypatch.delitem(sys.modules, "glasshouse_telemetry.export.otlp_grpc")

    assert otlp_sender("traces", "grpc") is None
    (line,) = lines
    assert line["severity"] == "ERROR"
    assert "pip install glasshouse-telemetry[grpc]" in line["message"]
