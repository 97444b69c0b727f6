"""Spans as an OTLP request (opentelemetry/proto/collector/trace/v1), written directly.

The stock encoder makes a protobuf object of every attribute first, which takes ten times as long. That both
say the same is shown by tests/unit/telemetry/test_otlp_encoding.py.
"""

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import Context
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
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
from opentelemetry.trace.span import DEFAULT_TRACE_STATE

from glasshouse_telemetry.fast import wire as _wire
from glasshouse_telemetry.fast.span import LeanSpan
from glasshouse_telemetry.spans.attributes import TAG

if TYPE_CHECKING:
    from glasshouse_telemetry.fast.operations import FastOperations

_TIMES: Final = struct.Struct("<BQBQ").pack  # two fixed64 with their tags
_START, _END = 0x39, 0x41
_EVENT_TIME: Final = struct.Struct("<BQ").pack
_FLAGS: Final = struct.Struct("<I").pack
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200  # SpanFlags
_UNSET: Final = b"\x7a\x00"
_LONGEST_KEPT: Final = 256  # characters of a name that is kept, encoded, for the next span
_OF_LOCAL: Final = b"\x85\x01" + _FLAGS(_HAS_IS_REMOTE)
_OF_REMOTE: Final = b"\x85\x01" + _FLAGS(_HAS_IS_REMOTE | _IS_REMOTE)


# A span as it waits for delivery: its resource, its scope and itself as bytes. The garbage collector leaves
# plain tuples of bytes alone; over 50,000 waiting spans it would walk while no request moves.
Encoded = tuple[bytes, bytes, bytes]


def encoded(span: ReadableSpan) -> Encoded:
    """A span that has ended."""
    if type(span) is LeanSpan:
        tracer = span._operations
        resource, scope = tracer.resource, _scope_of(tracer)
    else:
        resource, scope = span.resource, _scope(span.instrumentation_scope)
    message = _span(span)
    return _resource_of(resource), scope, b"\x12" + _wire.varint(len(message)) + message


def size_of(span: Encoded) -> int:
    return len(span[2])


def name_of(span: Encoded) -> str:
    return TracesData.FromString(request([span])).resource_spans[0].scope_spans[0].spans[0].name


def request(batch: Iterable[Encoded]) -> bytes:
    """An ExportTraceServiceRequest."""
    resources: dict[bytes, dict[bytes, list[bytes]]] = {}
    for resource, scope, span in batch:
        resources.setdefault(resource, {}).setdefault(scope, []).append(span)
    return b"".join(_wire.message(b"\x0a", _resource_spans(*each)) for each in resources.items())


def _resource_spans(resource: bytes, scopes: dict[bytes, list[bytes]]) -> bytes:
    parts = (_wire.message(b"\x12", scope + b"".join(spans)) for scope, spans in scopes.items())
    return resource + b"".join(parts)


def _resource_of(resource: Resource) -> bytes:
    """All spans have the same, until a fork; to compare two would take longer than to encode a span."""
    global _latest
    latest = _latest  # another thread may change it meanwhile
    if resource is not latest[0]:
        latest = _latest = resource, _resource(resource)
    return latest[1]


def _resource(resource: Resource) -> bytes:
    content = _wire.message(b"\x0a", _wire.attributes(b"\x0a", resource.attributes))
    return content + (_wire.text(b"\x1a", resource.schema_url) if resource.schema_url else b"")


_latest: tuple[Resource | None, bytes] = (None, b"")


@lru_cache(maxsize=64)
def _scope_of(tracer: "FastOperations") -> bytes:
    return _scope(tracer.scope)


@lru_cache(maxsize=64)
def _scope(scope: InstrumentationScope | None) -> bytes:
    if scope is None:
        return b"\x0a\x00"
    content = _wire.text(b"\x0a", scope.name) if scope.name else b""
    if scope.version:
        content += _wire.text(b"\x12", scope.version)
    content = _wire.message(b"\x0a", content + _wire.attributes(b"\x1a", scope.attributes or {}))
    return content + (_wire.text(b"\x1a", scope.schema_url) if scope.schema_url else b"")


def _span(span: ReadableSpan) -> bytes:
    context, parent = span._context, span._parent
    assert context is not None
    trace_id, span_id, _, _, state, _ = context
    name = span._name
    encode_name = _name_once if type(name) is str and len(name) <= _LONGEST_KEPT else _name_and_kind
    parts = [
        b"\x0a\x10",
        trace_id.to_bytes(16, "big"),
        b"\x12\x08",
        span_id.to_bytes(8, "big"),
        encode_name(name, span._kind._value_),
        _TIMES(_START, span._start_time or 0, _END, span._end_time or 0),
        _UNSET if span._status is LeanSpan._status else _status(span._status),
    ]
    if parent is None:
        parts.append(_OF_LOCAL)
    else:
        parts += (b"\x22\x08", parent[1].to_bytes(8, "big"), _OF_REMOTE if parent[2] else _OF_LOCAL)
    if type(span) is LeanSpan and span.made is None:
        for group in span.groups:
            parts.append(group.encoded or group.encode())
    else:
        parts.append(_wire.attributes(TAG, _snapshot(span._attributes)))
        parts.append(_dropped(b"\x50", span.dropped_attributes))
    if state is not DEFAULT_TRACE_STATE and state:
        parts.append(_wire.text(b"\x1a", state.to_header()))
    lean = type(span) is LeanSpan
    if "made_events" in span.__dict__ if lean else span._events:
        parts += [_wire.message(b"\x5a", _event(each)) for each in span.events]
        parts.append(_dropped(b"\x60", span.dropped_events))
    if "made_links" in span.__dict__ if lean else span._links:
        parts += [_wire.message(b"\x6a", _link(each)) for each in span.links]
        parts.append(_dropped(b"\x70", span.dropped_links))
    return b"".join(parts)


def _snapshot(values: Any) -> Mapping[str, object]:
    """Of attributes: a dictionary that nobody else has. The SDK's mapping copies itself in one step."""
    return values.copy() if values else {}


def _name_and_kind(name: str, kind: int) -> bytes:
    # OTLP numbers the kinds from 1, the API from 0.
    return _wire.text(b"\x2a", name) + b"\x30" + _wire.varint(kind + 1)


_name_once: Final = lru_cache(maxsize=1024)(_name_and_kind)


def _status(status: Status | None) -> bytes:
    if status is None or status.status_code is StatusCode.UNSET:
        return _UNSET
    description = _wire.text(b"\x12", status.description) if status.description else b""
    return _wire.message(b"\x7a", description + b"\x18" + _wire.varint(status.status_code.value))


def _flags(tag: bytes, context: SpanContext) -> bytes:
    """Whether the context of a link came from another process."""
    return tag + _FLAGS(_HAS_IS_REMOTE | (_IS_REMOTE if context.is_remote else 0))


def _event(event: Event) -> bytes:
    content = _EVENT_TIME(0x09, event.timestamp) + _wire.text(b"\x12", event.name)
    content += _wire.attributes(b"\x1a", _snapshot(event.attributes))
    return content + _dropped(b"\x20", event.dropped_attributes)


def _link(link: Link) -> bytes:
    context = link.context
    content = b"\x0a\x10" + context.trace_id.to_bytes(16, "big")
    content += b"\x12\x08" + context.span_id.to_bytes(8, "big")
    content += _wire.attributes(b"\x22", _snapshot(link.attributes))
    return content + _dropped(b"\x28", link.dropped_attributes) + _flags(b"\x35", context)


def _dropped(tag: bytes, count: int) -> bytes:
    return tag + _wire.varint(count) if count else b""


def agrees_with_stock_encoder() -> bool:
    """Whether what we make of spans of the installed SDK says what the stock encoder says of them.

    An SDK of another version may keep its spans differently.
    """
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    spans = _samples()
    return ExportTraceServiceRequest.FromString(request(map(encoded, spans))) == encode_spans(spans)


_SAMPLE_LIMITS: Final = SpanLimits(
    max_events=1,
    max_links=1,
    max_attributes=SpanLimits.UNSET,
    max_span_attributes=SpanLimits.UNSET,
    max_event_attributes=SpanLimits.UNSET,
    max_link_attributes=SpanLimits.UNSET,
    max_attribute_length=SpanLimits.UNSET,
    max_span_attribute_length=SpanLimits.UNSET,
)  # whatever the environment says


def _samples() -> list[ReadableSpan]:
    """Ended spans of the SDK: one with everything, and one without."""
    ended: list[ReadableSpan] = []
    values: dict[str, Any] = {
        "text": "zoë", "int": -1, "float": 0.5, "bool": True, "bytes": b"\xff",
        "list": ("a", None), "map": {"a": {"b": 1}},
    }  # fmt: skip
    provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=Resource({"service.name": "sample"}, "https://schema.example/1"),
        shutdown_on_exit=False,
        span_limits=_SAMPLE_LIMITS,
        meter_provider=NoOpMeterProvider(),
    )
    provider.add_span_processor(_Collected(ended))
    tracer = provider.get_tracer("sample", "1", "https://schema.example/2", {"of": "scope"})
    parent = SpanContext(2**127 + 1, 2**63 + 1, True, TraceFlags(1), TraceState([("vendor", "a")]))
    caller = set_span_in_context(NonRecordingSpan(parent), Context())
    links = [Link(parent, values), Link(parent)]
    with tracer.start_as_current_span("full", caller, SpanKind.SERVER, values, links) as span:
        span.add_event("dropped")
        span.add_event("event", values, 5)
        span.set_status(StatusCode.ERROR, "why")
    tracer.start_span("empty", Context()).end()
    return ended


class _Collected(SpanProcessor):
    def __init__(self, ended: list[ReadableSpan]) -> None:
        self._ended = ended

    def on_end(self, span: ReadableSpan) -> None:
        self._ended.append(span)
