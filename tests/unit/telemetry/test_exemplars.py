from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

import glasshouse_telemetry as telemetry


def a_span(*, sampled: bool) -> NonRecordingSpan:
    return NonRecordingSpan(SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(sampled)))


def test_an_exemplar_names_the_current_span() -> None:
    with trace.use_span(a_span(sampled=True)):
        assert telemetry.exemplar() == {"trace_id": f"{0xABC:032x}", "span_id": f"{0xDEF:016x}"}


def test_a_span_can_be_given() -> None:
    assert telemetry.exemplar(a_span(sampled=True)) is not None


def test_nothing_leads_to_a_trace_that_is_not_kept() -> None:
    assert telemetry.exemplar(a_span(sampled=False)) is None
    assert telemetry.exemplar() is None
