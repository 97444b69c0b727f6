"""The test helpers that the library gives to others."""

import logging

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from prometheus_client import CollectorRegistry, Counter

from glasshouse_telemetry import testing
from glasshouse_telemetry.logs.output import output

tracer = trace.get_tracer("test")


def test_spans_are_captured_within_the_block_alone() -> None:
    with testing.capture_spans() as spans:
        tracer.start_span("within").end()
    tracer.start_span("after").end()

    assert [span.name for span in spans] == ["within"]


def test_captures_of_spans_may_be_nested() -> None:
    with testing.capture_spans() as outer:
        tracer.start_span("first").end()
        with testing.capture_spans() as inner:
            tracer.start_span("second").end()

    assert ([span.name for span in outer], [span.name for span in inner]) == (["first", "second"], ["second"])


def test_lines_are_captured_whether_logging_is_configured_or_not(capfd: pytest.CaptureFixture[str]) -> None:
    with testing.capture_logs() as lines:
        logging.getLogger("any").info("here")

    assert [line["message"] for line in lines] == ["here"]
    assert capfd.readouterr().out == ""


def test_metrics_are_captured_as_increases() -> None:
    registry = CollectorRegistry()
    counter = Counter("apples", "Apples", ["kind"], registry=registry)
    counter.labels("red").inc(5)

    with testing.capture_metrics(registry) as metrics:
        counter.labels("red").inc()
        counter.labels("green").inc(2)

    assert metrics.increase("apples_total", kind="red") == 1
    assert metrics.increase("apples_total") == 3
    assert metrics.value("apples_total", kind="red") == 6
    assert metrics.value("apples_total", kind="blue") == 0


def test_what_was_over_before_is_not_captured() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    over, captured = provider.get_tracer("test").start_span("over"), list[ReadableSpan]()

    class Waiting:
        def settle(self) -> None:
            over.end()

    output.add("INFO", Waiting())
    with testing._Captures().taking(provider, captured):
        output.settle()

    assert not over.is_recording()
    assert captured == []
