"""OpenTelemetry's context. Most hold a span and nothing else, and then the API's detours can be left out."""

from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanContext,
    TraceFlags,
    TraceState,
    set_span_in_context,
)
from opentelemetry.trace.span import DEFAULT_TRACE_STATE

# The key under which the API keeps the current span: its name is private, so it is found, not imported.
_SPAN_KEY = next(iter(set_span_in_context(INVALID_SPAN, Context())))


def with_span(context: Context, span: Span) -> Context:
    """The same context with this span as the current one."""
    return Context({**context, _SPAN_KEY: span})


def span_in(context: Context) -> Span | None:
    """The current span of this context."""
    found: Span | None = context.get(_SPAN_KEY)  # type: ignore[assignment]
    return found


def parent_in(context: Context) -> SpanContext | None:
    """What a span that begins in this context has as its parent; None for the root of a new trace."""
    span = span_in(context)
    if span is None:
        return None
    found = span.get_span_context()
    return found if found.is_valid else None


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
