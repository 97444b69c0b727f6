"""Our short ways through OpenTelemetry's context end where its own do."""

from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import Context, get_current, get_value
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState

from glasshouse_telemetry.spans.context import holds_span_alone, span_context, span_in, with_span

SPAN = NonRecordingSpan(SpanContext(17, 4, False, TraceFlags(1)))


@pytest.mark.parametrize("is_remote", [True, False])
@pytest.mark.parametrize("state", [TraceState(), TraceState([("vendor", "a=b")])])
def test_a_span_context_is_what_opentelemetry_makes(is_remote: bool, state: TraceState) -> None:
    arguments = 2**128 - 1, 2**64 - 1, is_remote, TraceFlags(1), state

    made, stock = span_context(*arguments), SpanContext(*arguments)

    assert type(made) is SpanContext
    assert tuple(made) == tuple(stock)
    assert made.is_valid


def test_without_a_trace_state_it_is_the_default_one() -> None:
    assert tuple(span_context(1, 2, False, TraceFlags(1))) == tuple(SpanContext(1, 2, False, TraceFlags(1)))


@pytest.mark.parametrize("before", [Context(), baggage.set_baggage("tenant", "acme", Context())])
def test_a_span_is_put_where_opentelemetry_puts_it(before: Context) -> None:
    context = with_span(before, SPAN)

    assert type(context) is Context
    assert context == trace.set_span_in_context(SPAN, before)
    assert trace.get_current_span(context) is span_in(context) is SPAN
    assert baggage.get_all(context) == baggage.get_all(before)


@pytest.mark.parametrize("other", [{}, {"else": 1}])
def test_where_there_is_no_span_none_is_found(other: dict[str, Any]) -> None:
    assert span_in(Context(other)) is None
    assert not holds_span_alone(Context(other))


def test_a_context_with_a_span_alone_suppresses_nothing_and_has_no_baggage() -> None:
    plain = with_span(Context(), SPAN)

    assert holds_span_alone(plain)
    assert not holds_span_alone(baggage.set_baggage("tenant", "acme", plain))
    with suppress_instrumentation():
        assert get_value("suppress_instrumentation")
        assert not holds_span_alone(with_span(get_current(), SPAN))
