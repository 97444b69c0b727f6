"""Histograms of durations: prometheus-client's own, or the same samples counted in batches."""

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from opentelemetry.trace import SpanContext, format_span_id, format_trace_id
from prometheus_client import Histogram, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar
from prometheus_client.utils import INF, floatToGoString

from glasshouse_telemetry import names
from glasshouse_telemetry._forks import renew_after_fork

# What the semantic conventions advise for http.*.request.duration and db.client.operation.duration.
HTTP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
DB_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
_MOST_NOTED: Final = 250  # measurements that wait before they are counted
_Measurement = tuple[tuple[str, ...], float, SpanContext, float]  # labels, seconds, exemplar, when


class Durations(Protocol):
    """A histogram of seconds."""

    @property
    def collector(self) -> Collector:
        """What is registered."""
        ...

    def record(self, labels: tuple[str, ...], seconds: float, span: SpanContext, at: float) -> None:
        """`span`: the exemplar, if it is sampled. `at`: seconds since the epoch."""
        ...


class StockDurations:
    """prometheus-client's histogram, observed at once."""

    def __init__(
        self,
        name: str,
        text: str,
        attributes: Sequence[str],
        buckets: Sequence[float] = HTTP_BUCKETS,
    ) -> None:
        labels = tuple(map(names.label, attributes))
        self._histogram = Histogram(name, text, labels, buckets=buckets, registry=None)

    @property
    def collector(self) -> Collector:
        return self._histogram

    def record(self, labels: tuple[str, ...], seconds: float, span: SpanContext, at: float) -> None:
        self._histogram.labels(*labels).observe(seconds, exemplar_of(span))


class BatchedDurations(Collector):
    """The same samples, a third of the cost: a measurement is noted now and counted later, with others.

    Noting is one append, which needs no lock. Who counts takes the lock without waiting, so that a signal
    handler or a finalizer that strikes in the middle of counting cannot wait for itself; whoever reads the
    histogram has everything counted first.
    """

    def __init__(
        self,
        name: str,
        text: str,
        attributes: Sequence[str],
        buckets: Sequence[float] = HTTP_BUCKETS,
    ) -> None:
        self._name = name
        self._text = text
        self._label_names = tuple(map(names.label, attributes))
        self._bounds = (*buckets, INF)
        self._bound_texts = tuple(map(floatToGoString, self._bounds))
        self._series: dict[tuple[str, ...], _Series] = {}
        self._noted: deque[_Measurement] = deque()
        self._counting = threading.Lock()
        self.before_reading: Callable[[], object] = lambda: None
        renew_after_fork(self)

    @property
    def collector(self) -> Collector:
        return self

    def record(self, labels: tuple[str, ...], seconds: float, span: SpanContext, at: float) -> None:
        self._noted.append((labels, seconds, span, at))
        if len(self._noted) >= _MOST_NOTED:
            self.count()

    def count(self) -> None:
        """Count what is noted, unless somebody is doing so."""
        if not self._counting.acquire(blocking=False):
            return
        try:
            noted, series, bounds = self._noted, self._series, self._bounds
            while noted:
                labels, seconds, span, at = noted.popleft()
                found = series.get(labels)
                if found is None:
                    found = series[labels] = _Series(len(bounds))
                bucket = bisect_left(bounds, seconds)
                found.buckets[bucket] += 1
                found.total += seconds
                if span.trace_flags & 1:
                    found.exemplars[bucket] = span, seconds, at
        finally:
            self._counting.release()

    def describe(self) -> Iterable[Metric]:
        return [Metric(self._name, self._text, "histogram")]

    def collect(self) -> Iterable[Metric]:
        self.before_reading()
        self.count()
        metric = Metric(self._name, self._text, "histogram")
        for values, series in list(self._series.items()):
            labels = dict(zip(self._label_names, values, strict=True))
            total, cumulated = series.total, 0
            for bound, count, exemplar in zip(
                self._bound_texts, list(series.buckets), list(series.exemplars), strict=True
            ):
                cumulated += count
                metric.add_sample(
                    f"{self._name}_bucket", {**labels, "le": bound}, cumulated, None, _shown(exemplar)
                )
            metric.add_sample(f"{self._name}_count", labels, cumulated)
            metric.add_sample(f"{self._name}_sum", labels, total)
            if shows_created():
                metric.add_sample(f"{self._name}_created", labels, series.created)
        return [metric]

    def renew_after_fork(self) -> None:
        self._counting = threading.Lock()


class _Series:
    """What is counted for one combination of labels. Written under the lock, read without it."""

    __slots__ = ("buckets", "created", "exemplars", "total")

    def __init__(self, buckets: int) -> None:
        self.buckets = [0] * buckets
        self.exemplars: list[tuple[SpanContext, float, float] | None] = [None] * buckets
        self.total = 0.0
        self.created = time.time()


def exemplar_of(span: SpanContext) -> dict[str, str] | None:
    """The labels that lead to this span; None when it is not sampled, so that nobody would find it."""
    if not (span.is_valid and span.trace_flags & 1):
        return None
    return {names.TRACE_ID: format_trace_id(span.trace_id), names.SPAN_ID: format_span_id(span.span_id)}


def _shown(exemplar: tuple[SpanContext, float, float] | None) -> Exemplar | None:
    if exemplar is None:
        return None
    span, seconds, at = exemplar
    return Exemplar(exemplar_of(span) or {}, seconds, at)


def shows_created() -> bool:
    """Whether the user wants the `_created` samples of prometheus-client."""
    from prometheus_client import metrics

    return bool(getattr(metrics, "_use_created", True))
