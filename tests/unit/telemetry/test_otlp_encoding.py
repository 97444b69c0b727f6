"""Our OTLP says what the stock encoder's says, compared after parsing."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from glasshouse_telemetry.fast.attributes import Attributes
from glasshouse_telemetry.fast.otlp import encoded, request
from glasshouse_telemetry.fast.span import LeanSpan
from glasshouse_telemetry.fast.tracer import LeanTracer
from glasshouse_telemetry.spans.propagation import NOTHING

REMOTE = SpanContext(2**127 + 5, 2**63 + 7, True, TraceFlags(1), TraceState([("vendor", "a=b"), ("b", "2")]))
LOCAL = SpanContext(17, 4, False, TraceFlags(1))
VALUES: list[Any] = [
    "text", "", "zoë 💡", 0, 1, -1, 127, 128, 300, 2**63 - 1, -(2**63), 0.0, -1.5, 1e300, True, False,
    b"\x00\xff", ("a", "b"), (), (1, -2), (0.5,), (True, False), {"deep": {"er": (1, "x")}}, None,
    ("a", None),
]  # fmt: skip


class Recorder:
    """A provider and everything that ended under it."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault(
            "resource", Resource({"service.name": "shop", "n": 1}, "https://schema.example/1")
        )
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False, **settings)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Any = self.provider.get_tracer(
            "scope", "1.0", "https://schema.example/2", {"of": "scope"}
        )

    @property
    def ended(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def encode(spans: Sequence[ReadableSpan]) -> bytes:
    return request([encoded(span) for span in spans])


def assert_same(spans: Sequence[ReadableSpan]) -> None:
    assert spans
    assert ExportTraceServiceRequest.FromString(encode(spans)) == encode_spans(spans)


@pytest.mark.parametrize("kind", SpanKind)
@pytest.mark.parametrize("parent", [None, LOCAL, REMOTE])
def test_every_kind_with_every_parent(recorder: Recorder, kind: SpanKind, parent: SpanContext | None) -> None:
    context = set_span_in_context(NonRecordingSpan(parent)) if parent else NOTHING
    recorder.tracer.start_span("näme", context=context, kind=kind, start_time=5).end(2**63)

    assert_same(recorder.ended)


@pytest.mark.parametrize("value", VALUES)
def test_every_kind_of_value(recorder: Recorder, value: Any) -> None:
    recorder.tracer.start_span("span", attributes={"key": value, "clé": value, "last": 1}).end()

    assert_same(recorder.ended)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1),
        st.one_of(
            st.text(st.characters(codec="utf-8")),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),
            st.booleans(),
        ),
    )
)
def test_any_attributes(values: dict[str, Any]) -> None:
    recorder = Recorder()
    recorder.tracer.start_span("span", attributes=values).end()

    assert_same(recorder.ended)


@pytest.mark.parametrize("status", StatusCode)
@pytest.mark.parametrize("description", [None, "", "it broke: zoë"])
@pytest.mark.filterwarnings("ignore")
def test_every_status(recorder: Recorder, status: StatusCode, description: str | None) -> None:
    span = recorder.tracer.start_span("span")
    span._status = Status(status, description if status is StatusCode.ERROR else None)
    span.end()

    assert_same(recorder.ended)


def test_events_exceptions_and_links(recorder: Recorder) -> None:
    links = [Link(REMOTE, {"why": "batch"}), Link(LOCAL)]
    span = recorder.tracer.start_span("span", links=links)
    span.add_link(SpanContext(9, 9, False), {"later": True})
    span.add_event("plain")
    span.add_event("with", {"a": 1, "b": ["x", "y"]}, timestamp=12)
    span.record_exception(ValueError("no"))
    span.end()

    assert_same(recorder.ended)


def test_what_was_dropped_at_a_limit_is_counted() -> None:
    recorder = Recorder(span_limits=SpanLimits(max_attributes=2, max_events=1, max_links=1))
    span = recorder.tracer.start_span("span", attributes={str(n): n for n in range(5)})
    for _ in range(3):
        span.add_event("event", {str(n): n for n in range(5)})
        span.add_link(LOCAL, {str(n): n for n in range(5)})
    span.end()

    assert_same(recorder.ended)


def test_several_scopes_and_resources() -> None:
    first, second = Recorder(), Recorder(resource=Resource({"service.name": "other"}))
    spans: list[ReadableSpan] = []
    for recorder in (first, second):
        recorder.tracer.start_span("one").end()
        recorder.provider.get_tracer("bare").start_span("two").end()
        recorder.tracer.start_span("three").end()
        spans += recorder.ended

    assert_same(spans)


def lean(recorder: Recorder, *groups: Attributes, parent: SpanContext | None = None) -> LeanSpan:
    span = LeanTracer(recorder.tracer).begin("GET", SpanKind.SERVER, groups, parent, NOTHING)
    assert isinstance(span, LeanSpan)
    return span


@pytest.mark.parametrize("parent", [None, LOCAL, REMOTE])
def test_a_lean_span_untouched(recorder: Recorder, parent: SpanContext | None) -> None:
    span = lean(recorder, Attributes({"a": "1"}), Attributes({"b": 2, "c": "zoë"}), parent=parent)
    span.finish("GET /x", Attributes({"status": 200}), 2**63)

    assert_same([span])
    assert_same(recorder.ended)


def test_a_lean_span_that_others_added_to(recorder: Recorder) -> None:
    span = lean(recorder, Attributes({"a": "1"}))
    span.set_attribute("theirs", [1, 2])
    span.add_event("event", {"x": 1})
    span.add_link(LOCAL)
    span.record_exception(KeyError("k"))
    span.set_status(StatusCode.ERROR, "why")
    span.finish("GET /x", Attributes({"a": "2"}), 2**63)

    assert_same([span])
    assert_same(recorder.ended)


def test_what_otlp_cannot_say_is_left_out_alone(recorder: Recorder) -> None:
    values: dict[str, Any] = {"huge": 2**64, "kept": 1}
    span = lean(recorder, Attributes(values))
    span.end()

    parsed = ExportTraceServiceRequest.FromString(encode([span]))
    assert [each.key for each in parsed.resource_spans[0].scope_spans[0].spans[0].attributes] == ["kept"]
