"""Histograms and counters whose children are looked up once for each combination of label values."""

import os
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final

from opentelemetry.trace import SpanContext, format_span_id, format_trace_id
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.samples import Exemplar

from glasshouse_telemetry import names
from glasshouse_telemetry._forks import weakly

# What the semantic conventions advise for http.*.request.duration and db.client.operation.duration.
HTTP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
DB_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
_AT_MOST: Final = 250  # measurements noted before they are counted
_Measurement = tuple[tuple[str, ...], float, SpanContext, float]  # labels, seconds, exemplar, when


class Durations:
    """A histogram of seconds. A measurement is noted at once and counted with others later.

    Noting is one append, which no thread can split; whoever reads the histogram has everything counted first.
    """

    def __init__(
        self,
        name: str,
        text: str,
        attributes: Sequence[str],
        registry: CollectorRegistry,
        buckets: Sequence[float] = HTTP_BUCKETS,
    ) -> None:
        labels = tuple(map(names.label, attributes))
        self._noted: deque[_Measurement] = deque()
        self._counting = Lock()
        self._children: dict[tuple[str, ...], Histogram] = {}
        self._bounds = buckets
        self._histogram = _CountedBefore(name, text, labels, buckets=buckets, registry=registry)
        self._histogram.before = [self.count_noted]
        os.register_at_fork(after_in_child=weakly(self._renew_lock))

    def record(self, values: tuple[str, ...], seconds: float, span: SpanContext, at: float) -> None:
        """`span`: what the exemplar leads to, if it is kept. `at`: seconds since the epoch."""
        self._noted.append((values, seconds, span, at))
        if len(self._noted) >= _AT_MOST and not self._counting.locked():
            self.count_noted()

    def settle_first(self, settle: Callable[[], None]) -> None:
        """`settle` notes what is not even noted yet; called before anybody reads the histogram."""
        self._histogram.before = [settle, self.count_noted]

    def count_noted(self) -> None:
        with self._counting:
            by_labels: dict[tuple[str, ...], list[_Measurement]] = {}
            for _ in range(len(self._noted)):
                measurement = self._noted.popleft()
                by_labels.setdefault(measurement[0], []).append(measurement)
            for values, measurements in by_labels.items():
                self._count(self._child(values), measurements)

    def _count(self, child: Histogram, measurements: list[_Measurement]) -> None:
        """What `observe` does for each, done once for all of them; of a bucket's exemplars the last stays."""
        child._sum.inc(sum(measurement[1] for measurement in measurements))
        buckets: dict[int, list[_Measurement]] = {}
        for measurement in measurements:
            buckets.setdefault(bisect_left(self._bounds, measurement[1]), []).append(measurement)
        for index, within in buckets.items():
            child._buckets[index].inc(len(within))
            for _, seconds, span, at in reversed(within):
                if span.trace_flags.sampled and span.is_valid:
                    child._buckets[index].set_exemplar(Exemplar(exemplar_of(span), seconds, at))
                    break

    def _child(self, values: tuple[str, ...]) -> Histogram:
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._histogram.labels(*values)
        return child

    def _renew_lock(self) -> None:
        self._counting = Lock()


class _CountedBefore(Histogram):
    """Read only after everything noted is counted."""

    before: Sequence[Callable[[], None]] = ()

    def collect(self) -> Iterable[Metric]:
        for call in self.before:
            call()
        return super().collect()


def exemplar_of(context: SpanContext) -> dict[str, str]:
    return {
        names.TRACE_ID: format_trace_id(context.trace_id),
        names.SPAN_ID: format_span_id(context.span_id),
    }


class Counts:
    """A counter with one label. The values known beforehand are there, as 0, from the start."""

    def __init__(
        self, name: str, text: str, attribute: str, registry: CollectorRegistry, known: Sequence[str] = ()
    ) -> None:
        self._counter = Counter(name, text, (names.label(attribute),), registry=registry)
        self._children = {value: self._counter.labels(value) for value in known}

    def add(self, value: str, amount: int = 1) -> None:
        child = self._children.get(value)
        if child is None:
            child = self._children[value] = self._counter.labels(value)
        child.inc(amount)
