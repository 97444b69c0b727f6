"""Our OTLP says what the stock encoder's says, compared after parsing."""

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.context import Context
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

from glasshouse_telemetry.fast import otlp, wire
from glasshouse_telemetry.fast.operations import FastOperations
from glasshouse_telemetry.fast.otlp import encoded, request
from glasshouse_telemetry.fast.span import LeanSpan
from glasshouse_telemetry.spans.attributes import Attributes

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
    context = set_span_in_context(NonRecordingSpan(parent)) if parent else Context()
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
    operations = FastOperations(recorder.tracer)
    context = SpanContext(parent.trace_id if parent else 7, 8, False, TraceFlags(1))
    return LeanSpan.begin(operations, "GET", SpanKind.SERVER, context, parent, groups, 5)


def finish(span: LeanSpan, group: Attributes) -> None:
    span.finish("GET", "GET /x", group, False, 2**63)
    span._operations.hand_on(span)


@pytest.mark.parametrize("parent", [None, LOCAL, REMOTE])
def test_a_lean_span_untouched(recorder: Recorder, parent: SpanContext | None) -> None:
    span = lean(recorder, Attributes({"a": "1"}), Attributes({"b": 2, "c": "zoë"}), parent=parent)
    finish(span, Attributes({"status": 200}))

    assert_same([span])
    assert_same(recorder.ended)


def test_a_lean_span_that_others_added_to(recorder: Recorder) -> None:
    span = lean(recorder, Attributes({"a": "1"}))
    span.set_attribute("theirs", [1, 2])
    span.add_event("event", {"x": 1})
    span.add_link(LOCAL)
    span.record_exception(KeyError("k"))
    span.set_status(StatusCode.ERROR, "why")
    finish(span, Attributes({"a": "2"}))

    assert_same([span])
    assert_same(recorder.ended)


def test_what_otlp_cannot_say_is_left_out_alone(recorder: Recorder) -> None:
    values: dict[str, Any] = {"huge": 2**64, "kept": 1}
    span = lean(recorder, Attributes(values))
    span.end()

    parsed = ExportTraceServiceRequest.FromString(encode([span]))
    assert [each.key for each in parsed.resource_spans[0].scope_spans[0].spans[0].attributes] == ["kept"]


nested = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.text(st.characters(codec="utf-8")),
        st.binary(),
    ),
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), inner)
    ),
    max_leaves=12,
)


@given(nested)
def test_any_value_within_values(value: Any) -> None:
    recorder = Recorder()
    span = recorder.tracer.start_span("span", attributes={"value": value, "last": 1})
    span.add_event("event", {"value": value})
    span.add_link(LOCAL, {"value": value})
    span.end()

    assert_same(recorder.ended)


class Hostile:
    """Whoever runs any of its code waits for ever, were it not for this error."""

    def refuse(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("code of a value was run")

    __str__ = __repr__ = __len__ = __iter__ = __bool__ = __hash__ = __index__ = __int__ = __float__ = refuse
    __add__ = __radd__ = __and__ = __le__ = __lt__ = __ge__ = __gt__ = __eq__ = __getitem__ = refuse
    encode = items = refuse


class HostileText(Hostile, str):
    pass


class HostileInt(Hostile, int):
    pass


class HostileFloat(Hostile, float):
    pass


class HostileBytes(Hostile, bytes):
    pass


SAME: list[tuple[Callable[[], Any], Any]] = [
    (lambda: HostileText("text"), "text"),
    (lambda: HostileInt(-5), -5),
    (lambda: HostileInt(300), 300),
    (lambda: HostileFloat(0.5), 0.5),
    (lambda: HostileBytes(b"\x00"), b"\x00"),
    (lambda: (HostileText("a"), {"b": HostileInt(1)}), ("a", {"b": 1})),
]
NOTHING_OF_OTLP: list[Callable[[], Any]] = [
    Hostile, object, lambda: {1: "key"}, lambda: {"key": object()}, lambda: 2**63, lambda: -(2**63) - 1,
    lambda: 1j, lambda: range(3), lambda: {1, 2},
]  # fmt: skip


@pytest.mark.parametrize(("hostile", "plain"), SAME)
def test_no_code_of_a_value_is_run(hostile: Callable[[], Any], plain: Any) -> None:
    assert wire.attributes(b"\x0a", {"key": hostile()}) == wire.attributes(b"\x0a", {"key": plain})


@pytest.mark.parametrize("make", NOTHING_OF_OTLP)
def test_what_is_no_value_of_otlp_is_left_out_and_no_code_of_it_is_run(make: Callable[[], Any]) -> None:
    assert wire.attributes(b"\x0a", {"odd": make(), "kept": 1}) == wire.attributes(b"\x0a", {"kept": 1})


def test_a_value_too_deep_for_receivers_is_left_out() -> None:
    deep: Any = "bottom"
    for _ in range(1000):
        deep = {"further": deep}

    assert wire.attributes(b"\x0a", {"deep": deep, "kept": 1}) == wire.attributes(b"\x0a", {"kept": 1})


def test_a_lone_surrogate_becomes_a_question_mark(recorder: Recorder) -> None:
    for text in ("a\ud800", "a?"):
        span = recorder.tracer.start_span(text, attributes={"value": text, text: 1}, start_time=1)
        span.add_event(text, {text: text}, 1)
        span.set_status(StatusCode.ERROR, text)
        span._context = LOCAL
        span.end(2)

    odd, plain = recorder.ended
    assert encode([odd]) == encode([plain])


def test_what_changes_after_the_end_changes_no_span(recorder: Recorder) -> None:
    values, more = ["a"], {"x": ["b"]}
    span = recorder.tracer.start_span("span", attributes={"list": values, "map": more})
    span.end()
    waiting = encoded(recorder.ended[0])
    values.append("later")
    more["x"].append("later")

    assert b"later" not in request([waiting])
    assert_same(recorder.ended)


class InheritedText(str):
    pass


@pytest.mark.parametrize("name", ["x" * 100_000, InheritedText("named")], ids=["long", "inherited"])
def test_an_unusual_name_is_not_kept_for_the_next_span(recorder: Recorder, name: str) -> None:
    kept = otlp._name_once.cache_info().currsize
    recorder.tracer.start_span(name).end()

    (group,) = ExportTraceServiceRequest.FromString(encode(recorder.ended)).resource_spans
    assert group.scope_spans[0].spans[0].name == str.__str__(name)
    assert otlp._name_once.cache_info().currsize == kept


def test_spans_of_two_resources_ended_at_once_keep_their_own() -> None:
    recorders = [Recorder(resource=Resource({"service.name": str(number)})) for number in range(2)]
    for recorder in recorders:
        recorder.tracer.start_span("span").end()
    wrong: list[str] = []

    def encode_many(number: int) -> None:
        (span,) = recorders[number].ended
        for _ in range(2000):
            if otlp._resource_of(span.resource) != otlp._resource(span.resource):
                wrong.append(str(number))

    threads = [threading.Thread(target=encode_many, args=(number,)) for number in range(2)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert wrong == []


def test_what_was_encoded_can_be_named_and_measured(recorder: Recorder) -> None:
    recorder.tracer.start_span("named", attributes={"value": "x" * 1000}).end()
    span = encoded(recorder.ended[0])

    assert otlp.name_of(span) == "named"
    assert 1000 < otlp.size_of(span) < 1200
