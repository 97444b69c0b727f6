"""Trace context between services, by the configured propagators; everyday headers take a short way."""

import re
from collections.abc import MutableMapping
from typing import Final
from wsgiref.types import WSGIEnvironment

from opentelemetry import propagate
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import Getter, TextMapPropagator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.spans.context import holds_span_alone, parent_in, span_context, with_span

_DEFAULT: Final = [TraceContextTextMapPropagator, W3CBaggagePropagator]
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})").fullmatch
_FLAG_TEXTS: Final = tuple(f"{number:02x}" for number in range(256))
_FLAGS: Final = {text: TraceFlags(number) for number, text in enumerate(_FLAG_TEXTS)}
_judged: tuple[TextMapPropagator | None, bool] = (None, False)


def extract(environ: WSGIEnvironment, outer: Context) -> Context:
    """The context of a request. A span that is current already (of a host, of an outer app) is its parent.

    A propagator that fails, or returns what is no context, leaves the request as the root of a new trace.
    """
    if outer and parent_in(outer) is not None:
        return outer
    header = environ.get("HTTP_TRACEPARENT")
    if outer or not is_w3c() or "HTTP_TRACESTATE" in environ or "HTTP_BAGGAGE" in environ:
        return _extract_any(environ, outer)
    if header is None:
        return outer
    found = _TRACEPARENT(header)
    if found is None:  # a later version, blanks, nonsense: the propagator knows
        return _extract_any(environ, outer)
    trace_id, span_id = int(found[1], 16), int(found[2], 16)
    if not (trace_id and span_id):
        return outer
    return with_span(outer, NonRecordingSpan(span_context(trace_id, span_id, True, _FLAGS[found[3]])))


def inject(headers: MutableMapping[str, str], span: SpanContext, context: Context) -> None:
    """Hand the trace on to whom a request with these headers goes; `span` is the one in `context`."""
    trace_id, span_id, _, flags, state, valid = span
    if valid and not state and holds_span_alone(context) and is_w3c():
        trace, own = trace_id.to_bytes(16, "big").hex(), span_id.to_bytes(8, "big").hex()
        headers["traceparent"] = f"00-{trace}-{own}-{_FLAG_TEXTS[flags]}"
    else:
        safe_call(propagate.inject, headers, context)


def is_w3c() -> bool:
    """Whether the propagators are the default ones, not subclasses. They may be set at any time."""
    global _judged
    propagator = propagate.get_global_textmap()
    if propagator is not _judged[0]:
        parts = getattr(propagator, "_propagators", ()) if type(propagator) is CompositePropagator else ()
        _judged = propagator, [type(each) for each in parts] == _DEFAULT
    return _judged[1]


def _extract_any(environ: WSGIEnvironment, outer: Context) -> Context:
    found = safe_call(_ask_propagators, environ, outer)
    return found if isinstance(found, Context) else outer


def _ask_propagators(environ: WSGIEnvironment, outer: Context) -> Context:
    return propagate.extract(environ, context=outer, getter=_HEADERS)


class _Headers(Getter[WSGIEnvironment]):
    def get(self, carrier: WSGIEnvironment, key: str) -> list[str] | None:
        value = carrier.get("HTTP_" + key.upper().replace("-", "_"))
        return None if value is None else [value]

    def keys(self, carrier: WSGIEnvironment) -> list[str]:
        return [key[5:].lower().replace("_", "-") for key in carrier if key.startswith("HTTP_")]


_HEADERS: Final = _Headers()
