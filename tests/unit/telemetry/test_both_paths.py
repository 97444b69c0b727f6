"""The fast path says what the plain one says about the same requests, field by field."""

import json
import logging
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from prometheus_client import CollectorRegistry

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.fast import otlp as _otlp
from glasshouse_telemetry.fast.log_line import line_of
from glasshouse_telemetry.fast.operations import FastOperations
from glasshouse_telemetry.fast.span import LeanSpan
from glasshouse_telemetry.logs.handler import LineHandler
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.instruments import Instruments
from glasshouse_telemetry.spans.operations import Operations, PlainOperations, operations_of

PARENT = f"00-{'ab' * 16}-{'cd' * 8}-01"
REQUESTS: list[dict[str, Any]] = [
    {"path": "/users/17"},
    {"path": "/users/17?email=ada@example.org", "headers": {"traceparent": PARENT, "User-Agent": "curl/8"}},
    {"path": "/users/17", "headers": {"traceparent": PARENT, "tracestate": "a=1", "baggage": "tenant=acme"}},
    {"path": "/users/17", "headers": {"traceparent": PARENT[:-2] + "03"}},
    {"path": "/users/17", "headers": {"traceparent": PARENT[:-2] + "00"}},
    {"path": "/users/17", "headers": {"traceparent": "00-" + "0" * 32 + PARENT[35:]}},
    {"path": "/users/17", "headers": {"traceparent": "01" + PARENT[2:] + "-later"}},
    {"path": "/users/17", "headers": {"traceparent": " " + PARENT}},
    {"path": "/users/17", "headers": {"traceparent": PARENT.upper()}},
    {"path": '/users/zoë "quoted"\n', "headers": {"Host": "shop.example:5001", "X-Request-ID": "r-1"}},
    {"path": "/users/" + "x" * 300, "headers": {"Host": "[::1]:8080"}},
    {"path": "/users/" + "x" * 9000, "headers": {"Host": "[::1]"}},
    {"path": "/users/17", "method": "HEAD"},
    {"path": "/users/17", "method": "BREW"},
    {"path": "/nowhere"},
    {"path": "/broken"},
    {"path": "/unavailable"},
    {"path": "/touched", "method": "POST"},
    {"path": "/streamed"},
]


class Counting(IdGenerator):
    """The same ids in the same order."""

    def __init__(self) -> None:
        self.last = 0

    def generate_span_id(self) -> int:
        self.last += 1
        return self.last

    generate_trace_id = generate_span_id

    def is_trace_id_random(self) -> bool:
        return True


class Receiver:
    def __init__(self) -> None:
        self.taken: list[ReadableSpan] = []

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        self.taken += spans
        return DELIVERED

    def close(self) -> None:
        pass


class Onlooker(SpanProcessor):
    """Somebody else's processor."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int]] = []

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        span.set_attribute("onlooker", True)
        self.seen.append(("start", span.name, len(span.attributes or {})))

    def on_end(self, span: ReadableSpan) -> None:
        self.seen.append(("end", span.name, len(span.attributes or {})))


@dataclass
class Observed:
    spans: list[Any] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Any] = field(default_factory=list)
    kinds: set[type] = field(default_factory=set)


def make_app() -> Flask:
    app = Flask("lean")

    @app.get("/users/<user_id>")
    def user(user_id: str) -> str:
        with trace.get_tracer("own").start_as_current_span("look up"):
            logging.getLogger("shop").info("looked up", extra={"user.id": user_id})
        return user_id

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("division by zero")

    @app.get("/unavailable")
    def unavailable() -> str:
        abort(503)

    @app.post("/touched")
    def touched() -> tuple[str, int]:
        span = trace.get_current_span()
        span.set_attribute("shop.items", [1, 2])
        span.set_attributes({"http.request.method": "PATCH", "n": 1.5})
        span.add_event("packed", {"boxes": 2})
        return "made", 201

    @app.get("/streamed")
    def streamed() -> Response:
        return Response(iter(["a", "b"]))

    return app


@pytest.fixture
def observe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Observed]:
    """Serve the requests one way or the other and tell what came of it."""

    def run(choose: Callable[[Any], Operations], name: str, *others: SpanProcessor) -> Observed:
        fast = choose is operations_of
        root, receiver, registry = logging.getLogger(), Receiver(), CollectorRegistry()
        provider = TracerProvider(
            resource=Resource({"service.name": "lean"}), id_generator=Counting(), shutdown_on_exit=False
        )
        record = Instruments(CollectorRegistry())
        settings = QueueSettings(delay=0.001)
        counts = record.spans_processed, record.spans_exported
        queue = SpanQueue(Destination(lambda: receiver), settings, *counts, output.settle)
        provider.add_span_processor(queue)
        for other in others:
            provider.add_span_processor(other)
        monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
        app = make_app()
        telemetry.instrument(app, service_name="lean", registry=registry)
        observed = app._glasshouse_telemetry  # type: ignore[attr-defined]
        observed.operations = choose(provider.get_tracer("telemetry"))
        registry = CollectorRegistry()
        observed.instruments = Instruments(registry, batched=fast)
        observed.instruments.before_reading(output.settle_all)
        path = tmp_path / name
        telemetry.configure_logging("lean", path=path)
        monkeypatch.setattr(LineHandler, "quick", staticmethod(line_of) if fast else None)
        if not others:
            root.handlers[:] = [each for each in root.handlers if isinstance(each, LineHandler)]
        client = app.test_client()
        for request in REQUESTS:
            client.open(**{"method": "GET", "headers": {"Host": "localhost"}, **request}).close()
        assert queue.force_flush(5000)
        queue.shutdown(1)
        telemetry.configure_logging("lean", path=tmp_path / "elsewhere")
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        kinds = {type(span) for span in receiver.taken if span.kind is trace.SpanKind.SERVER}
        return Observed(spans_of_batch(receiver.taken), lines, samples_of(registry), kinds)

    return run


def spans_of_batch(spans: Sequence[ReadableSpan]) -> list[Any]:
    """In the order of their ids, without times."""
    request = ExportTraceServiceRequest.FromString(_otlp.request(map(_otlp.encoded, spans)))
    found = [
        (each.span_id, group.scope.name, each)
        for resource in request.resource_spans
        for group in resource.scope_spans
        for each in group.spans
    ]
    for _, _, span in found:
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        span.start_time_unix_nano = span.end_time_unix_nano = 0
        attributes = sorted(span.attributes, key=lambda each: each.key)
        del span.attributes[:]
        span.attributes.extend(attributes)
        for event in span.events:
            event.time_unix_nano = 0
            for attribute in event.attributes:
                if attribute.key == "exception.stacktrace":
                    attribute.value.string_value = attribute.value.string_value.splitlines()[-1]
    return sorted(found, key=lambda each: each[0])


def samples_of(registry: CollectorRegistry) -> list[Any]:
    """Of the server's metrics: counts and where the exemplars lead; buckets are a matter of time."""
    return [
        (sample.name, sample.labels, sample.value)
        for family in registry.collect()
        if family.name.startswith("http_server")
        for sample in family.samples
        if not re.search("_(bucket|sum|created)$", sample.name)
    ]


def comparable(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
        if "duration_ms" in line:
            assert line.pop("duration_ms") > 0
        if line.get("request_id") != "r-1":
            assert re.fullmatch("[0-9a-f]{32}", line.pop("request_id"))
        line.pop("exception.stacktrace", None)
    return lines


def test_spans_lines_and_metrics_are_the_same(observe: Callable[..., Observed]) -> None:
    plain = observe(PlainOperations, "plain.jsonl")
    fast = observe(operations_of, "fast.jsonl")

    assert LeanSpan in fast.kinds and LeanSpan not in plain.kinds
    assert fast.spans == plain.spans
    assert [list(line) for line in fast.lines] == [list(line) for line in plain.lines], "in the same order"
    assert comparable(fast.lines) == comparable(plain.lines)
    assert fast.samples == plain.samples


def test_other_processors_see_the_same(observe: Callable[..., Observed]) -> None:
    of_plain, of_fast = Onlooker(), Onlooker()

    plain = observe(PlainOperations, "plain.jsonl", of_plain)
    fast = observe(operations_of, "fast.jsonl", of_fast)

    assert of_fast.seen == of_plain.seen
    assert fast.spans == plain.spans


def test_exemplars_lead_to_spans_counted_together() -> None:
    registry = CollectorRegistry()
    durations = Instruments(registry).server_durations
    kept = trace.SpanContext(1, 2, False, trace.TraceFlags(1))
    unkept = trace.SpanContext(3, 4, False, trace.TraceFlags(0))

    labels = ("GET", "/x", "200", "http", "")
    durations.record(labels, 0.005, kept, 12.0)
    durations.record(labels, 0.001, unkept, 13.0)
    durations.record(labels, 99.0, unkept, 14.0)

    (family,) = [each for each in registry.collect() if each.name == "http_server_request_duration_seconds"]
    buckets = {each.labels["le"]: each for each in family.samples if each.name.endswith("_bucket")}
    assert (buckets["0.005"].value, buckets["10.0"].value, buckets["+Inf"].value) == (2, 2, 3)
    exemplar = buckets["0.005"].exemplar
    assert exemplar is not None
    assert (exemplar.labels["trace_id"], exemplar.value, exemplar.timestamp) == (f"{1:032x}", 0.005, 12.0)
    assert buckets["+Inf"].exemplar is None


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_TRACES_SAMPLER": "traceidratio"},
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "5"},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "3"},
        {"OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true"},
        {"OTEL_SDK_DISABLED": "true"},
    ],
)
def test_what_only_the_sdk_can_do_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("telemetry")

    assert isinstance(operations_of(tracer), PlainOperations)


@pytest.mark.parametrize("sampler", ["parentbased_always_on", "always_on"])
def test_what_is_kept_anyway_takes_the_fast_path(monkeypatch: pytest.MonkeyPatch, sampler: str) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)

    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("telemetry")

    assert isinstance(operations_of(tracer), FastOperations)


def test_a_span_with_parts_that_we_do_not_know_takes_the_plain_path(monkeypatch: pytest.MonkeyPatch) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("telemetry")
    stock = sdk._Span.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        stock(self, *args, **kwargs)
        self._of_a_later_version = 1

    monkeypatch.setattr(sdk._Span, "__init__", init)

    assert isinstance(operations_of(tracer), PlainOperations)


def test_an_sdk_without_what_the_fast_path_imports_takes_the_plain_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("telemetry")
    monkeypatch.delitem(sys.modules, "glasshouse_telemetry.fast.operations")
    monkeypatch.delattr(sdk, "_Span")

    assert isinstance(operations_of(tracer), PlainOperations)


def test_the_environment_switches_the_fast_path_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEMETRY_FAST_PATH", "off")
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("telemetry")

    assert isinstance(operations_of(tracer), PlainOperations)


@pytest.mark.parametrize(
    "extra",
    [{}, {"n": 1, "f": 1.5, "b": True, "none": None}, {"s": 'ä"\n', "nan": float("nan")}, {"timestamp": "x"}],
)
@pytest.mark.parametrize("arguments", [("plain",), ("%s of %d", "one", 2), ("%(a)s", {"a": 1})])
def test_a_record_becomes_the_same_line(arguments: tuple[Any, ...], extra: dict[str, Any]) -> None:
    message, *rest = arguments
    record = logging.getLogger("shop").makeRecord(
        "shop", logging.INFO, "file.py", 1, message, tuple(rest), None, extra=extra
    )

    line = line_of(record)

    if "nan" in extra:
        assert line is None, "left to the formatter"
    else:
        assert line == LineHandler().format(record)
