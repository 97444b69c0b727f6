"""For the test suites of apps that are instrumented: what they emit, as plain data.

with capture_spans() as spans, capture_logs() as lines, capture_metrics() as metrics:
    client.get("/hello/world")
assert [span.name for span in spans] == ["GET /hello/<name>"]
assert lines[-1]["http.response.status_code"] == 200
assert metrics.increase("http_server_request_duration_seconds_count", http_route="/hello/<name>") == 1

All of that at once is the pytest fixture `observed`, to be imported in a conftest.py:

def test_hello(observed: Observed) -> None:
    client.get("/hello/world")
    observed.assert_request("GET", "/hello/<name>", 200)
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, format_trace_id
from prometheus_client import CollectorRegistry

from glasshouse_telemetry import names
from glasshouse_telemetry._resource import describe_service
from glasshouse_telemetry.logs.handler import LineHandler
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import instruments
from glasshouse_telemetry.spans.provider import provider_for

__all__ = ["CapturedMetrics", "Observed", "capture_logs", "capture_metrics", "capture_spans"]


@contextmanager
def capture_spans() -> Iterator[list[ReadableSpan]]:
    """The spans that end within the block, in the order of their ends. Where no provider is set up, one that
    exports nothing is."""
    provider = provider_for(describe_service(), destinations=())
    assert isinstance(provider, TracerProvider)
    spans: list[ReadableSpan] = []
    with _captures.taking(provider, spans):
        yield spans


@contextmanager
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """The log lines made within the block, of `logging` and loguru alike. They go nowhere else meanwhile."""
    lines: list[dict[str, Any]] = []
    before, output.tap = output.tap, lambda line: lines.append(json.loads(line))
    try:
        with _configured():
            yield lines
    finally:
        output.tap = before


@contextmanager
def _configured() -> Iterator[None]:
    """The root logger writes lines, from INFO on, also where nobody has configured it."""
    root = logging.getLogger()
    if any(isinstance(handler, LineHandler) for handler in root.handlers):
        yield
        return
    handler, level = LineHandler(), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class CapturedMetrics:
    """How samples have changed since the beginning of the block."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._before = self._samples()

    def increase(self, sample: str, **labels: str) -> float:
        """By how much the samples of this name with (at least) these labels have grown, all together."""
        return self.value(sample, **labels) - _total(self._before, sample, labels)

    def value(self, sample: str, **labels: str) -> float:
        """What the samples of this name with (at least) these labels are now, all together."""
        return _total(self._samples(), sample, labels)

    def _samples(self) -> list[tuple[str, dict[str, str], float]]:
        return [
            (sample.name, sample.labels, sample.value)
            for family in self._registry.collect()
            for sample in family.samples
        ]


@contextmanager
def capture_metrics(registry: CollectorRegistry | None = None) -> Iterator[CapturedMetrics]:
    """The changes of a registry's samples since here; without one, of the registry that is instrumented."""
    yield CapturedMetrics(registry or instruments().registry)


@dataclass(frozen=True)
class Observed:
    """What an app has emitted since the test began, in all three signals."""

    spans: list[ReadableSpan]
    lines: list[dict[str, Any]]
    metrics: CapturedMetrics

    def assert_request(self, method: str, route: str, status: int, *, times: int = 1) -> list[ReadableSpan]:
        """Each of so many requests has a server span, an access line with its trace id and an increment.

        `route` as the app declares it, `/hello/<name>`; empty where none matched. Returns the server spans.
        """
        what = f"{method} {route} {status}".replace("  ", " ")
        served = [span for span in self.spans if span.kind is SpanKind.SERVER]
        spans = [span for span in served if _served(span) == (method, route, status)]
        others = ", ".join(f"{span.name} {(span.attributes or {}).get(_STATUS)}" for span in served) or "none"
        assert len(spans) == times, f"{len(spans)} server spans of {what}, not {times}; served: {others}"
        for span in spans:
            trace_id = format_trace_id(span.context.trace_id)
            lines = [
                line
                for line in self.lines
                if line[names.LOGGER] == names.ACCESS_LOGGER and line.get(names.TRACE_ID) == trace_id
            ]
            assert [line[_STATUS] for line in lines] == [status], f"access lines of {what}: {lines}"
        labels = {"http_request_method": method, "http_response_status_code": str(status)}
        if route:
            labels["http_route"] = route
        counted = self.metrics.increase("http_server_request_duration_seconds_count", **labels)
        assert counted == times, f"{what} was counted {counted:g} times, not {times}"
        return spans


@contextmanager
def _observing() -> Iterator[Observed]:
    with capture_spans() as spans, capture_logs() as lines, capture_metrics() as metrics:
        yield Observed(spans, lines, metrics)


# Only its users need pytest.
with suppress(ImportError):
    import pytest

    @pytest.fixture
    def observed() -> Iterator[Observed]:
        """Captures all three signals of a test."""
        with _observing() as found:
            yield found

    __all__ += ["observed"]


_STATUS = names.HTTP_RESPONSE_STATUS_CODE


def _served(span: ReadableSpan) -> tuple[object, object, object]:
    attributes = span.attributes or {}
    return (
        attributes.get(names.HTTP_REQUEST_METHOD),
        attributes.get(names.HTTP_ROUTE, ""),
        attributes.get(_STATUS),
    )


def _total(samples: list[tuple[str, dict[str, str], float]], name: str, labels: dict[str, str]) -> float:
    return sum(
        value for found, having, value in samples if found == name and labels.items() <= having.items()
    )


class _Captures(SpanProcessor):
    """Added to a provider once, since no processor can be removed; it costs nothing while nobody captures."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._providers: list[TracerProvider] = []
        self._lists: list[list[ReadableSpan]] = []

    @contextmanager
    def taking(self, provider: TracerProvider, spans: list[ReadableSpan]) -> Iterator[None]:
        with self._lock:
            if provider not in self._providers:
                provider.add_span_processor(self)  # from now on no span ends later than its work
                self._providers.append(provider)
        output.settle_all()
        with self._lock:
            self._lists.append(spans)
        try:
            yield
        finally:
            with self._lock:
                self._lists = [each for each in self._lists if each is not spans]

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        pass

    def on_end(self, span: ReadableSpan) -> None:
        for spans in self._lists:
            spans.append(span)


_captures = _Captures()
