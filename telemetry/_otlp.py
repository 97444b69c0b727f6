"""Spans as an OTLP request (opentelemetry/proto/collector/trace/v1), written directly.

The stock encoder makes a protobuf object of every attribute first, which takes ten times as long. That both
say the same is shown by tests/unit/telemetry/test_otlp_encoding.py.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, Status, StatusCode
from opentelemetry.trace.span import DEFAULT_TRACE_STATE

from telemetry import _wire
from telemetry._attributes import TAG
from telemetry._span import LeanSpan

_TIMES: Final = struct.Struct("<BQBQ").pack  # two fixed64 with their tags
_START, _END = 0x39, 0x41
_EVENT_TIME: Final = struct.Struct("<BQ").pack
_FLAGS: Final = struct.Struct("<I").pack
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200  # SpanFlags
_UNSET: Final = b"\x7a\x00"
_OF_LOCAL: Final = b"\x85\x01" + _FLAGS(_HAS_IS_REMOTE)
_OF_REMOTE: Final = b"\x85\x01" + _FLAGS(_HAS_IS_REMOTE | _IS_REMOTE)


def encode(spans: Sequence[ReadableSpan]) -> bytes:
    """An ExportTraceServiceRequest."""
    resources: dict[int, dict[int, list[ReadableSpan]]] = {}
    latest: object = None
    same: list[ReadableSpan] = []  # those of the same resource and scope as the one before
    for span in spans:
        tracer = span._tracer if type(span) is LeanSpan else None
        if tracer is None or tracer is not latest:
            scopes = resources.setdefault(id(span.resource), {})
            same = scopes.setdefault(id(span.instrumentation_scope), [])
            latest = tracer
        same.append(span)
    return b"".join(_wire.message(b"\x0a", _resource_spans(scopes)) for scopes in resources.values())


def _resource_spans(scopes: dict[int, list[ReadableSpan]]) -> bytes:
    """The spans of one resource."""
    resource = next(iter(scopes.values()))[0].resource
    content = _wire.message(b"\x0a", _resource(resource))
    content += b"".join(_wire.message(b"\x12", _scope_spans(spans)) for spans in scopes.values())
    return content + (_wire.text(b"\x1a", resource.schema_url) if resource.schema_url else b"")


def _scope_spans(spans: list[ReadableSpan]) -> bytes:
    scope = spans[0].instrumentation_scope
    parts = [_scope(scope)]
    for span in spans:
        encoded = _span(span)
        parts += (b"\x12", _wire.varint(len(encoded)), encoded)
    if scope and scope.schema_url:
        parts.append(_wire.text(b"\x1a", scope.schema_url))
    return b"".join(parts)


@lru_cache(maxsize=8)
def _resource(resource: Resource) -> bytes:
    return _wire.attributes(b"\x0a", resource.attributes)


@lru_cache(maxsize=64)
def _scope(scope: InstrumentationScope | None) -> bytes:
    if scope is None:
        return b"\x0a\x00"
    content = _wire.text(b"\x0a", scope.name) if scope.name else b""
    if scope.version:
        content += _wire.text(b"\x12", scope.version)
    return _wire.message(b"\x0a", content + _wire.attributes(b"\x1a", scope.attributes or {}))


def _span(span: ReadableSpan) -> bytes:
    context, parent = span._context, span._parent
    assert context is not None
    trace_id, span_id, _, _, state, _ = context
    parts = [
        b"\x0a\x10",
        trace_id.to_bytes(16, "big"),
        b"\x12\x08",
        span_id.to_bytes(8, "big"),
        _name_and_kind(span._name, span._kind._value_),
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
        parts.append(_wire.attributes(TAG, span.attributes or {}))
        parts.append(_dropped(b"\x50", span.dropped_attributes))
    if state is not DEFAULT_TRACE_STATE and state:
        parts.append(_wire.text(b"\x1a", state.to_header()))
    if span._events:
        parts += [_wire.message(b"\x5a", _event(each)) for each in span.events]
        parts.append(_dropped(b"\x60", span.dropped_events))
    if span._links:
        parts += [_wire.message(b"\x6a", _link(each)) for each in span.links]
        parts.append(_dropped(b"\x70", span.dropped_links))
    return b"".join(parts)


@lru_cache(maxsize=1024)
def _name_and_kind(name: str, kind: int) -> bytes:
    # OTLP numbers the kinds from 1, the API from 0.
    return _wire.text(b"\x2a", name) + b"\x30" + _wire.varint(kind + 1)


def _status(status: Status) -> bytes:
    if status.status_code is StatusCode.UNSET:
        return _UNSET
    description = _wire.text(b"\x12", status.description) if status.description else b""
    return _wire.message(b"\x7a", description + b"\x18" + _wire.varint(status.status_code.value))


def _flags(tag: bytes, context: SpanContext) -> bytes:
    """Whether the context of a link came from another process."""
    return tag + _FLAGS(_HAS_IS_REMOTE | (_IS_REMOTE if context.is_remote else 0))


def _event(event: Event) -> bytes:
    content = _EVENT_TIME(0x09, event.timestamp) + _wire.text(b"\x12", event.name)
    content += _wire.attributes(b"\x1a", event.attributes or {})
    return content + _dropped(b"\x20", event.dropped_attributes)


def _link(link: Link) -> bytes:
    context = link.context
    content = b"\x0a\x10" + context.trace_id.to_bytes(16, "big")
    content += b"\x12\x08" + context.span_id.to_bytes(8, "big")
    content += _wire.attributes(b"\x22", link.attributes or {})
    return content + _dropped(b"\x28", link.dropped_attributes) + _flags(b"\x35", context)


def _dropped(tag: bytes, count: int) -> bytes:
    return tag + _wire.varint(count) if count else b""
