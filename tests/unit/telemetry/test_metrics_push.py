"""A prometheus-client registry on its way to an OTLP receiver."""

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.resources import Resource
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Metric,
    PlatformCollector,
    Summary,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from glasshouse_telemetry.export.metrics import MetricsPush, PushSettings, start_metrics_push
from glasshouse_telemetry.export.outcome import DELIVERED, Outcome

RESOURCE = Resource({"service.name": "shop", "service.version": "1.2.3"})
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CUMULATIVE = 2


class FakeReceiver:
    """Takes requests, or answers with the outcomes that it is given first."""

    def __init__(self) -> None:
        self.requests: list[ExportMetricsServiceRequest] = []
        self.outcomes: list[Outcome] = []
        self.sizes: list[int] = []

    def send(self, request: bytes) -> Outcome:
        if self.outcomes:
            return self.outcomes.pop(0)
        self.sizes.append(len(request))
        self.requests.append(ExportMetricsServiceRequest.FromString(request))
        return DELIVERED

    def close(self) -> None:
        pass

    @property
    def metrics(self) -> dict[str, Any]:
        """Of the last request."""
        (group,) = self.requests[-1].resource_metrics
        (scope,) = group.scope_metrics
        return {metric.name: metric for metric in scope.metrics}

    @property
    def resource(self) -> dict[str, str]:
        return attributes(self.requests[-1].resource_metrics[0].resource)


def attributes(message: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in message.attributes}


Start = Callable[..., MetricsPush]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def receiver() -> FakeReceiver:
    return FakeReceiver()


@pytest.fixture
def start(registry: CollectorRegistry, receiver: FakeReceiver) -> Iterator[Start]:
    started: list[MetricsPush] = []

    def start_push(resource: Resource = RESOURCE, interval: float = 60.0) -> MetricsPush:
        started.append(MetricsPush(registry, resource, lambda: receiver, PushSettings(interval)))
        return started[-1]

    yield start_push
    for push in started:
        push.shutdown(2)


def test_a_counter_is_a_monotonic_sum_since_it_was_created(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    before = time.time_ns()
    orders = Counter("orders", "Orders placed", ["kind"], registry=registry)
    orders.labels("gift").inc(2, exemplar={"trace_id": TRACE_ID, "span_id": SPAN_ID, "order": "7"})

    assert start().force_flush()

    metric = receiver.metrics["orders_total"]
    assert (metric.description, metric.unit) == ("Orders placed", "")
    assert metric.sum.is_monotonic
    assert metric.sum.aggregation_temporality == CUMULATIVE
    zero, point = metric.sum.data_points
    assert point.as_double == 2
    assert attributes(point) == {"kind": "gift"}
    assert before // 1000 * 1000 - 1000 <= point.start_time_unix_nano < point.time_unix_nano <= time.time_ns()
    (exemplar,) = point.exemplars
    assert (exemplar.trace_id.hex(), exemplar.span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert exemplar.as_double == 2
    assert {each.key: each.value.string_value for each in exemplar.filtered_attributes} == {"order": "7"}
    assert (zero.as_double, zero.time_unix_nano) == (0, point.start_time_unix_nano)


def test_a_series_begins_at_zero_once(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    """Without the zero `increase` would miss what was counted before the first push."""
    orders = Counter("orders", "Orders placed", ["kind"], registry=registry)
    push = start()
    orders.labels("gift").inc()
    receiver.outcomes = [Outcome("503", retryable=False)]
    assert not push.force_flush()
    values = []
    for kind in ("gift", "gift", "book"):
        orders.labels(kind).inc()
        assert push.force_flush()
        values.append([point.as_double for point in receiver.metrics["orders_total"].sum.data_points])

    assert values == [[0, 2], [3], [3, 0, 1]]


def test_a_histogram_keeps_its_bounds_counts_and_exemplars(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    seconds = Histogram("wait_seconds", "Waits", buckets=(0.1, 1.0), registry=registry)
    for value in (0.05, 0.5, 0.6, 7.0):
        seconds.observe(value, exemplar={"trace_id": TRACE_ID, "span_id": SPAN_ID})

    assert start().force_flush()

    metric = receiver.metrics["wait_seconds"]
    assert metric.unit == "s"
    assert metric.histogram.aggregation_temporality == CUMULATIVE
    zero, point = metric.histogram.data_points
    assert list(point.explicit_bounds) == [0.1, 1.0]
    assert list(point.bucket_counts) == [1, 2, 1]
    assert (point.count, point.sum) == (4, pytest.approx(8.15))
    assert [each.as_double for each in point.exemplars] == [0.05, 0.6, 7.0]
    assert (zero.count, zero.sum, list(zero.bucket_counts)) == (0, 0.0, [0, 0, 0])


def test_the_other_types_keep_names_and_values(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    Gauge("stock_bytes", "Stock", registry=registry).set(7)
    Info("build", "Build", registry=registry).info({"revision": "abc"})
    Enum("state", "State", states=["up", "down"], registry=registry).state("down")
    Summary("size_bytes", "Sizes", registry=registry).observe(3)
    PlatformCollector(registry=registry)

    assert start().force_flush()

    metrics = receiver.metrics
    assert metrics["stock_bytes"].gauge.data_points[0].as_double == 7
    assert metrics["stock_bytes"].unit == "By"
    (build,) = metrics["build_info"].sum.data_points
    assert not metrics["build_info"].sum.is_monotonic
    assert (build.as_double, attributes(build)) == (1, {"revision": "abc"})
    states = {attributes(point)["state"]: point.as_double for point in metrics["state"].sum.data_points}
    assert states == {"up": 0, "down": 1}
    assert [(p.count, p.sum) for p in metrics["size_bytes"].summary.data_points] == [(0, 0), (1, 3)]
    assert "version" in attributes(metrics["python_info"].gauge.data_points[0])


class Counting(Collector):
    """As the library counts by itself: without prometheus-client's instruments."""

    __module__ = "glasshouse_telemetry.metrics.counters"
    value = 0.0

    def collect(self) -> Iterable[Metric]:
        yield CounterMetricFamily("lines", "Lines", value=self.value, created=1e9)
        yield GaugeMetricFamily("active", "Active", value=self.value)


class Custom(Collector):
    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()


def test_families_of_custom_collectors(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    def collect() -> Iterable[Metric]:
        yield CounterMetricFamily("jobs", "Jobs", value=5)
        summary = SummaryMetricFamily("lag_seconds", "Lag", count_value=4, sum_value=2.5)
        summary.add_sample("lag_seconds", {"quantile": "0.5"}, 0.25)
        yield summary
        buckets = GaugeHistogramMetricFamily("depth", "Depth", buckets=[("1", 2), ("+Inf", 3)], gsum_value=4)
        yield buckets

    registry.register(Custom(collect))

    assert start().force_flush()

    metrics = receiver.metrics
    # Nobody says since when an outer counter counts: no zero before it.
    assert [point.as_double for point in metrics["jobs_total"].sum.data_points] == [5]
    (lag,) = metrics["lag_seconds"].summary.data_points
    assert (lag.count, lag.sum) == (4, 2.5)
    assert [(each.quantile, each.value) for each in lag.quantile_values] == [(0.5, 0.25)]
    assert [point.as_double for point in metrics["depth_bucket"].gauge.data_points] == [2, 3]
    assert metrics["depth_gcount"].gauge.data_points[0].as_double == 3


def test_what_cannot_be_sent_costs_itself_alone(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    def collect() -> Iterable[Metric]:
        twice = GaugeMetricFamily("twice", "Twice")
        twice.add_metric([], 1)
        twice.add_metric([], 2)
        yield twice
        old = GaugeMetricFamily("old", "Old")
        old.add_metric([], 1, timestamp=time.time() - 86_400)
        yield old
        broken = Metric("broken", "Broken", "histogram")
        broken.add_sample("broken_bucket", {"le": "many"}, 1)
        yield broken
        odd = GaugeMetricFamily("odd", "Odd", labels=["name"])
        odd.add_metric(["\ud800"], math.nan)
        yield odd

    registry.register(Custom(collect))
    Gauge("fine", "Fine", registry=registry).set(1)

    assert start().force_flush()

    metrics = receiver.metrics
    assert [point.as_double for point in metrics["twice"].gauge.data_points] == [1]
    assert attributes(metrics["odd"].gauge.data_points[0]) == {"name": "?"}
    assert set(metrics) == {"twice", "odd", "fine"}


def test_a_collector_that_raises_or_hangs_costs_its_own_metrics(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    release = threading.Event()
    calls: list[str] = []

    def hang() -> Iterable[Metric]:
        calls.append("hang")
        release.wait(30)
        return [GaugeMetricFamily("late", "Late", value=1)]

    def fail() -> Iterable[Metric]:
        raise SystemExit(3)

    Gauge("first", "First", registry=registry).set(1)
    registry.register(Custom(hang))
    registry.register(Custom(fail))
    Gauge("last", "Last", registry=registry).set(1)
    push = start()

    assert push.force_flush(2)
    assert set(receiver.metrics) == {"first", "last"}
    assert push.force_flush(2)
    assert calls == ["hang"]  # not asked again while it has not returned
    release.set()
    for _ in range(100):
        assert push.force_flush(2)
        if "late" in receiver.metrics:
            return
    pytest.fail("the collector that returned was never asked again")


def test_each_push_is_under_the_resource_of_this_process(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    registry.set_target_info({"service_version": "1.2.3", "team": "checkout"})
    Gauge("up_to_date", "", registry=registry).set(1)
    assert start().force_flush()
    instance = receiver.resource.pop("service.instance.id")
    expected = {"service.name": "shop", "service.version": "1.2.3", "team": "checkout"}
    assert {key: value for key, value in receiver.resource.items() if key in expected} == expected
    assert "target_info" not in receiver.metrics

    assert start().force_flush()
    assert receiver.resource["service.instance.id"] == instance

    assert start(RESOURCE.merge(Resource({"service.instance.id": "pod-1"}))).force_flush()
    assert receiver.resource["service.instance.id"] == f"pod-1-{instance[:8]}"


def test_it_pushes_by_itself_and_the_last_values_at_the_end(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    counter = Counter("ticks", "Ticks", registry=registry)
    counter.inc()
    push = start(interval=0.05)
    push.begin()
    deadline = time.monotonic() + 5
    while len(receiver.requests) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)

    counter.inc(41)
    push.shutdown()
    count = len(receiver.requests)

    assert receiver.metrics["ticks_total"].sum.data_points[-1].as_double == 42
    assert not push.force_flush()
    push.shutdown()
    assert len(receiver.requests) == count


def test_a_failed_push_is_tried_again(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    Counter("ticks", "Ticks", registry=registry).inc()
    receiver.outcomes = [Outcome("503", "busy", retryable=True)] * 2

    assert start().force_flush()

    assert receiver.metrics["ticks_total"].sum.data_points[-1].as_double == 1


def test_the_last_values_supersede_those_that_were_not_delivered(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    ticks = Counter("ticks", "Ticks", registry=registry)
    ticks.inc()
    away = [Outcome("503", "away", retryable=True)] * 10_000
    receiver.outcomes = list(away)
    push = start(interval=0.05)
    push.begin()
    deadline = time.monotonic() + 5
    while len(receiver.outcomes) == len(away):
        assert time.monotonic() < deadline
        time.sleep(0.01)

    ticks.inc()
    receiver.outcomes = []
    push.shutdown()

    assert len(receiver.requests) == 1
    assert receiver.metrics["ticks_total"].sum.data_points[-1].as_double == 2


def test_shutdown_ends_in_time_whatever_hangs(registry: CollectorRegistry, start: Start) -> None:
    def hang() -> Iterable[Metric]:
        threading.Event().wait(60)
        return []

    registry.register(Custom(hang))
    push = start()
    push.begin()
    began = time.monotonic()

    push.shutdown(0.5)

    assert time.monotonic() - began < 5


def test_a_large_registry_is_sent_in_several_requests(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    gauge = Gauge("big", "Big", ["name"], registry=registry)
    for number in range(3000):
        gauge.labels(f"{number}-{'x' * 1000}").set(number)

    assert start().force_flush(10)

    assert len(receiver.requests) > 1
    assert max(receiver.sizes) < 1.2 * 1024 * 1024
    values = [
        point.as_double
        for request in receiver.requests
        for metric in request.resource_metrics[0].scope_metrics[0].metrics
        for point in metric.gauge.data_points
    ]
    assert sorted(values) == list(range(3000))


def test_a_forked_child_pushes_what_it_counted_itself(
    registry: CollectorRegistry, receiver: FakeReceiver, start: Start
) -> None:
    counter = Counter("orders", "Orders", ["kind"], registry=registry)
    seconds = Histogram("wait_seconds", "Waits", buckets=(1.0,), registry=registry)
    stock = Gauge("stock", "Stock", registry=registry)
    own = Counting()
    registry.register(own)
    own.value = 50
    counter.labels("gift").inc(100, exemplar={"trace_id": TRACE_ID})
    seconds.observe(0.5)
    stock.set(9)
    push = start()
    assert push.force_flush()
    parent = receiver.resource["service.instance.id"]

    def child() -> None:
        counter.labels("gift").inc(3)
        counter.labels("book").inc()
        seconds.observe(2.0)
        own.value += 2
        push.shutdown(5)
        metrics = receiver.metrics
        points = metrics["orders_total"].sum.data_points
        assert [(attributes(p)["kind"], p.as_double) for p in points] == [
            ("gift", 0),
            ("gift", 3),
            ("book", 0),
            ("book", 1),
        ]
        assert not points[1].exemplars
        (_, wait) = metrics["wait_seconds"].histogram.data_points
        assert (wait.count, wait.sum, list(wait.bucket_counts)) == (1, 2.0, [0, 1])
        assert metrics["stock"].gauge.data_points[0].as_double == 9
        assert metrics["lines_total"].sum.data_points[-1].as_double == 2
        assert metrics["active"].gauge.data_points[0].as_double == 52
        assert receiver.resource["service.instance.id"] != parent

    assert run_in_child(child) == 0
    counter.labels("gift").inc()
    assert push.force_flush()
    assert [p.as_double for p in receiver.metrics["orders_total"].sum.data_points] == [101]


def run_in_child(function: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


@pytest.mark.parametrize("wanted", [None, "none", "prometheus"])
def test_without_otlp_the_registry_is_only_scraped(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch, wanted: str | None
) -> None:
    monkeypatch.delenv("OTEL_METRICS_EXPORTER", raising=False)
    if wanted:
        monkeypatch.setenv("OTEL_METRICS_EXPORTER", wanted)
    assert start_metrics_push(registry, RESOURCE) is None


def test_the_environment_says_where_and_how_often(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "prometheus, otlp")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "5000")
    assert PushSettings.from_env() == PushSettings(interval=5.0, timeout=30.0)
    push = start_metrics_push(registry, RESOURCE, begin=False)
    assert push is not None
    push.shutdown(0)
