"""Delivery over gRPC to a real server in this process."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import TracerProvider

from glasshouse_telemetry.export.otlp_grpc import GrpcSender
from glasshouse_telemetry.export.outcome import DELIVERED
from glasshouse_telemetry.fast.otlp import Encoded, encoded


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self) -> None:
        self.code: Any = None
        self.asked = 0

    def Export(self, request: Any, context: Any) -> Any:
        self.asked += 1
        if self.code is not None:
            context.abort(self.code, "as told")
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    server = grpc.server(ThreadPoolExecutor(1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    yield receiver
    server.stop(None).wait()


@pytest.fixture
def batch() -> Sequence[Encoded]:
    span: Any = TracerProvider(shutdown_on_exit=False).get_tracer("test").start_span("span")
    span.end()
    return (encoded(span),)


@pytest.fixture
def sender(receiver: Receiver) -> Iterator[GrpcSender]:
    made = GrpcSender()
    yield made
    made.close()


def test_a_batch_that_is_taken_is_delivered(sender: GrpcSender, batch: Sequence[Encoded]) -> None:
    assert sender.send(batch) is DELIVERED


@pytest.mark.parametrize(("code", "retryable"), [("UNAVAILABLE", True), ("INVALID_ARGUMENT", False)])
def test_the_status_code_says_whether_to_retry(
    receiver: Receiver,
    sender: GrpcSender,
    batch: Sequence[Encoded],
    caplog: pytest.LogCaptureFixture,
    code: str,
    retryable: bool,
) -> None:
    receiver.code = grpc.StatusCode[code]

    outcome = sender.send(batch)

    assert (outcome.error_type, outcome.retryable) == (code, retryable)
    assert "as told" in outcome.reason
    assert receiver.asked == 1, "one attempt only: waiting is the queue's business"
    assert caplog.records == [], "an outage is reported once, by the queue"
