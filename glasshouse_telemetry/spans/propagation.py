"""W3C trace context: the propagators that are configured, with a short way for the headers of every day."""

import re
from collections.abc import MutableMapping
from typing import Final
from wsgiref.types import WSGIEnvironment

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import Getter, TextMapPropagator
from opentelemetry.trace import SpanContext, TraceFlags

from glasshouse_telemetry.fast.context import holds_span_alone, span_context

_W3C: Final = {"traceparent", "tracestate", "baggage"}
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})").fullmatch
_FLAG_TEXTS: Final = tuple(f"{number:02x}" for number in range(256))
_FLAGS: Final = {text: TraceFlags(number) for number, text in enumerate(_FLAG_TEXTS)}
NOTHING: Final = Context()
_judged: tuple[TextMapPropagator | None, bool] = (None, False)


def extract(environ: WSGIEnvironment) -> tuple[SpanContext | None, Context]:
    """The caller's span, and the context of the request as the configured propagators find it."""
    header = environ.get("HTTP_TRACEPARENT")
    if not is_w3c() or "HTTP_TRACESTATE" in environ or "HTTP_BAGGAGE" in environ:
        return _extract_any(environ)
    if header is None:
        return None, NOTHING
    found = _TRACEPARENT(header)
    if found is None:  # a later version, blanks, nonsense: the propagator knows
        return _extract_any(environ)
    trace_id, span_id = int(found[1], 16), int(found[2], 16)
    parent = span_context(trace_id, span_id, True, _FLAGS[found[3]]) if trace_id and span_id else None
    return parent, NOTHING


def inject(headers: MutableMapping[str, str], span: SpanContext, context: Context) -> None:
    """Hand the trace on to whom a request with these headers goes; `span` is the one in `context`."""
    trace_id, span_id, _, flags, state, valid = span
    if valid and not state and holds_span_alone(context) and is_w3c():
        trace, own = trace_id.to_bytes(16, "big").hex(), span_id.to_bytes(8, "big").hex()
        headers["traceparent"] = f"00-{trace}-{own}-{_FLAG_TEXTS[flags]}"
    else:
        propagate.inject(headers, context)


def _extract_any(environ: WSGIEnvironment) -> tuple[SpanContext | None, Context]:
    context = propagate.extract(environ, getter=_HEADERS)
    parent = trace.get_current_span(context).get_span_context()
    return (parent if parent.is_valid else None), context


def is_w3c() -> bool:
    """Whether the propagators are the default ones. They may be set at any time, so this looks each time."""
    global _judged
    propagator = propagate.get_global_textmap()
    if propagator is not _judged[0]:
        _judged = propagator, type(propagator) is CompositePropagator and propagator.fields == _W3C
    return _judged[1]


class _Headers(Getter[WSGIEnvironment]):
    def get(self, carrier: WSGIEnvironment, key: str) -> list[str] | None:
        value = carrier.get("HTTP_" + key.upper().replace("-", "_"))
        return None if value is None else [value]

    def keys(self, carrier: WSGIEnvironment) -> list[str]:
        return [key[5:].lower().replace("_", "-") for key in carrier if key.startswith("HTTP_")]


_HEADERS: Final = _Headers()
