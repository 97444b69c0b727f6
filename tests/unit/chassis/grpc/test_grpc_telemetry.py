"""What is seen of a gRPC call, from both of its ends."""

from collections.abc import Sequence
from contextvars import ContextVar
from threading import Event

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import REGISTRY

import glasshouse_telemetry as telemetry
from chassis.errors import DatabaseUnavailable, UpstreamFailed
from chassis.grpc_server import THREADS, GrpcServer
from glasshouse_telemetry.testing import capture_logs, capture_metrics, capture_spans
from stackctl.system.polling import poll_until
from tests.unit.chassis.grpc.probe import METHOD, Caller, Gone, Probe, Taken, logged

CALLED = {"rpc.system.name": "grpc", "rpc.method": METHOD, "rpc.response.status_code": "OK"}


def of_kind(kind: SpanKind, spans: Sequence[ReadableSpan]) -> ReadableSpan:
    (span,) = (span for span in spans if span.kind is kind)
    return span


def test_a_call_is_one_trace_with_a_span_at_either_end(server: GrpcServer, caller: Caller) -> None:
    with capture_spans() as spans, trace.get_tracer("test").start_as_current_span("work") as work:
        caller.ask()
    client, served = of_kind(SpanKind.CLIENT, spans), of_kind(SpanKind.SERVER, spans)
    assert (client.name, served.name) == (METHOD, METHOD)
    assert client.parent == work.get_span_context()
    assert served.parent and client.context and served.parent.span_id == client.context.span_id
    assert dict(served.attributes or {}) == CALLED
    peer = {"service.peer.name": "probe", "server.address": "127.0.0.1", "server.port": server.port}
    assert dict(client.attributes or {}) == CALLED | peer


@pytest.mark.parametrize(
    ("error", "status", "server_failed"),
    [
        (Gone("It is gone."), "NOT_FOUND", False),
        (Taken("It is taken."), "FAILED_PRECONDITION", False),
        (DatabaseUnavailable("It is away."), "UNAVAILABLE", True),
        (RuntimeError("broken"), "INTERNAL", True),
    ],
)
def test_only_its_own_failures_are_errors_of_the_server(
    probe: Probe, caller: Caller, error: Exception, status: str, server_failed: bool
) -> None:
    probe.fail(error)
    with capture_spans() as spans, capture_logs() as lines, pytest.raises(UpstreamFailed):
        caller.ask()
    failed = {span.kind: (span.attributes or {}).get("error.type") for span in spans}
    assert failed == {SpanKind.CLIENT: status, SpanKind.SERVER: status if server_failed else None}
    is_error = {span.kind: span.status.status_code is StatusCode.ERROR for span in spans}
    assert is_error == {SpanKind.CLIENT: True, SpanKind.SERVER: server_failed}
    access = [
        (line["severity"], line["message"]) for line in lines if line["logger"] == "telemetry.access.rpc"
    ]
    assert access == [("ERROR" if server_failed else "INFO", f"{METHOD} {status}")]


def test_calls_are_counted_and_timed_at_either_end(probe: Probe, caller: Caller) -> None:
    probe.fail(Gone("It is gone."))
    with capture_metrics() as metrics, pytest.raises(UpstreamFailed):
        caller.ask()
    labels = {"rpc_system_name": "grpc", "rpc_method": METHOD, "rpc_response_status_code": "NOT_FOUND"}
    client = labels | {"service_peer_name": "probe", "server_address": "127.0.0.1", "error_type": "NOT_FOUND"}
    assert metrics.increase("rpc_server_call_duration_seconds_count", **labels) == 1
    assert metrics.increase("rpc_client_call_duration_seconds_count", **client) == 1


def test_the_access_line_is_of_the_call_s_trace_and_request(probe: Probe, caller: Caller) -> None:
    with capture_spans() as spans, capture_logs() as lines:
        caller.ask_as("request-8")
    context = of_kind(SpanKind.SERVER, spans).context
    assert context
    (line,) = lines
    assert line.items() >= CALLED.items()
    assert line["request_id"] == "request-8"
    assert line["trace_id"] == trace.format_trace_id(context.trace_id)
    assert line["span_id"] == trace.format_span_id(context.span_id)
    assert line["duration_ms"] >= 0


def test_an_unsafe_request_id_is_replaced(probe: Probe, caller: Caller) -> None:
    seen: list[str | None] = []
    probe.do = lambda _: seen.append(telemetry.request_id())
    caller.ask_as("a b")
    assert seen[0] not in ("a b", None)


def test_nothing_of_a_call_is_left_on_the_thread_that_served_it(probe: Probe, caller: Caller) -> None:
    left: ContextVar[str] = ContextVar("left", default="nothing")
    seen: list[str] = []

    def leave_something(_: object) -> None:
        seen.append(left.get())
        left.set("something")

    probe.do = leave_something
    for _ in range(2 * THREADS):
        caller.ask()
    assert set(seen) == {"nothing"}


def test_durations_lead_to_their_traces(caller: Caller) -> None:
    with capture_spans() as spans:
        caller.ask()
    ids = {trace.format_span_id(span.context.span_id) for span in spans if span.context}
    exemplars = {
        sample.exemplar.labels["span_id"]
        for family in REGISTRY.collect()
        if family.name.startswith("rpc_")
        for sample in family.samples
        if sample.exemplar
    }
    assert ids <= exemplars


def test_whoever_hangs_up_is_seen_to_have_done_so(probe: Probe, caller: Caller) -> None:
    begun, is_over = Event(), Event()

    def work(context: grpc.ServicerContext) -> None:
        context.add_callback(is_over.set)
        begun.set()
        is_over.wait(10)

    probe.do = work
    with capture_logs() as lines:
        call = caller.method.future(b"")
        assert begun.wait(5)
        call.cancel()
        poll_until(lambda: logged(lines, "CANCELLED"), "the cancelled call's line")
