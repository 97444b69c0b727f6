"""Histograms and counters whose children are looked up once for each combination of label values."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from telemetry import names

# What the semantic conventions advise for http.*.request.duration and db.client.operation.duration.
HTTP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
DB_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)


class Durations:
    """A histogram of seconds."""

    def __init__(
        self,
        name: str,
        text: str,
        attributes: Sequence[str],
        registry: CollectorRegistry,
        buckets: Sequence[float] = HTTP_BUCKETS,
    ) -> None:
        labels = tuple(map(names.label, attributes))
        self._histogram = Histogram(name, text, labels, buckets=buckets, registry=registry)
        self._children: dict[tuple[str, ...], Histogram] = {}

    def record(self, values: tuple[str, ...], seconds: float, exemplar: dict[str, str] | None = None) -> None:
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._histogram.labels(*values)
        child.observe(seconds, exemplar)


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
