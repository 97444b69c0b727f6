"""Counters and gauges without locks: a signal handler or a finalizer may strike while they are counted."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from glasshouse_telemetry import names
from glasshouse_telemetry._forks import renew_after_fork
from glasshouse_telemetry.metrics.histograms import shows_created

_MOST_NOTED: Final = 1000  # increments that wait before they are added up


class Counts(Collector):
    """A counter with one label. The values known beforehand are there, as 0, from the start.

    prometheus-client's own holds a lock while it adds. A finalizer that logs may run on a thread that is
    reading the counter of log lines, and would wait for itself. Here an increment is one append.
    """

    def __init__(
        self,
        name: str,
        text: str,
        attribute: str,
        known: Sequence[str] = (),
    ) -> None:
        self._name, self._text, self._label = name, text, names.label(attribute)
        self._totals: Counter[str] = Counter(dict.fromkeys(known, 0))
        self._created = time.time()
        self._noted: deque[tuple[str, int]] = deque()
        self._adding = threading.Lock()
        renew_after_fork(self)

    def add(self, value: str, amount: int = 1) -> None:
        """Never blocks."""
        self._noted.append((value, amount))
        if len(self._noted) >= _MOST_NOTED:
            self._add_up()

    def _add_up(self) -> None:
        if self._adding.acquire(blocking=False):  # else somebody is doing so
            try:
                while self._noted:
                    value, amount = self._noted.popleft()
                    self._totals[value] += amount
            finally:
                self._adding.release()

    def describe(self) -> Iterable[Metric]:
        return [CounterMetricFamily(self._name, self._text, labels=(self._label,))]

    def collect(self) -> Iterable[Metric]:
        self._add_up()
        created = self._created if shows_created() else None
        family = CounterMetricFamily(self._name, self._text, labels=(self._label,), created=created)
        for value, total in list(self._totals.items()):
            family.add_metric([value], total, created=created)
        return [family]

    def renew_after_fork(self) -> None:
        self._adding = threading.Lock()


class ActiveRequests(Collector):
    """How many requests are being served: one operation on a dict at the begin and one at the end of each."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.renew_after_fork()
        renew_after_fork(self)

    def renew_after_fork(self) -> None:
        """Also the beginning. In a child, what is being served is the parent's."""
        self._methods: dict[int, str] = {}

    def begin(self, request: object, method: str) -> None:
        self._methods[id(request)] = method
        self._seen.add(method)

    def end(self, request: object) -> None:
        self._methods.pop(id(request), None)

    def describe(self) -> Iterable[Metric]:
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        counts = Counter(list(self._methods.values()))
        family = self._family()
        for method in sorted(self._seen.copy()):
            family.add_metric([method], counts[method])
        return [family]

    def _family(self) -> GaugeMetricFamily:
        labels = (names.label(names.HTTP_REQUEST_METHOD),)
        return GaugeMetricFamily(
            names.HTTP_SERVER_ACTIVE_REQUESTS, "HTTP requests being served", labels=labels
        )


# Of this process: whoever writes a line must not have to look for a registry first.
log_lines_written: Final = Counts(
    names.LOG_LINES_WRITTEN, "Log lines written", names.SEVERITY, known=("INFO", "ERROR")
)
log_lines_dropped: Final = Counts(
    names.LOG_LINES_DROPPED,
    "Log lines that could not be written",
    names.ERROR_TYPE,
    known=("OSError", names.QUEUE_FULL),
)
