"""OpenTelemetry's context. Most hold a span and nothing else, and then the API's detours can be left out."""

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanContext, TraceFlags, TraceState
from opentelemetry.trace.propagation import _SPAN_KEY
from opentelemetry.trace.span import DEFAULT_TRACE_STATE

from glasshouse_telemetry.fast.span import LeanSpan


def with_span(context: Context, span: Span) -> Context:
    return Context({**context, _SPAN_KEY: span})


def span_in(context: Context) -> Span | None:
    found = context.get(_SPAN_KEY)
    # The first question is answered at once; `Span` is an abstract class, which asks its registry.
    return found if type(found) is LeanSpan or isinstance(found, Span) else None


def holds_span_alone(context: Context) -> bool:
    """Nothing is suppressed then, and there is no baggage."""
    return len(context) == 1 and _SPAN_KEY in context


def span_context(
    trace_id: int,
    span_id: int,
    is_remote: bool,
    flags: TraceFlags,
    state: TraceState = DEFAULT_TRACE_STATE,
) -> SpanContext:
    """Of ids that are known to be valid: `SpanContext` would compare them with their bounds first."""
    return tuple.__new__(SpanContext, (trace_id, span_id, is_remote, flags, state, True))
