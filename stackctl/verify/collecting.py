"""Asking the backends: each class fetches what one kind of check needs, and reconciles it, when called."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from stackctl.expectations import SERVICES
from stackctl.paths import logs_dir
from stackctl.query import Jaeger, Loki, Prometheus, Series, Span
from stackctl.traffic.ledger import Row
from stackctl.traffic.runs import Run
from stackctl.verify.exemplars import BUCKETS, reconcile_exemplars, sample_trace_ids
from stackctl.verify.log_files import lines_in_files
from stackctl.verify.logs import LineId, line_id, reconcile_access_lines, reconcile_files
from stackctl.verify.metrics import COUNTERS, increases, reconcile_counters
from stackctl.verify.sampling import DECISION_SECONDS, surely_kept
from stackctl.verify.settling import Checks
from stackctl.verify.traces import reconcile_calls, reconcile_traces, trace_defects

# A service logs and counts a request just after its answer has left.
_AFTERMATH_SECONDS = 0.5

# How long after a run a scrape may come that still tells where its counters ended.
_LAST_SCRAPE_SECONDS = 600.0

# Prometheus keeps exemplars in a ring and forgets them sooner than samples; those of an old run may be gone.
_EXEMPLARS_KEPT_SECONDS = 3600.0

_ALL_SERVICES = "|".join(SERVICES)


@dataclass(frozen=True)
class Window:
    """A run's time in seconds since the epoch, the aftermath of its last answer included."""

    start: float
    end: float


def window_of(run: Run, rows: Sequence[Row]) -> Window:
    return Window(run.started_at, max(row.done_at for row in rows) + _AFTERMATH_SECONDS)


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


@dataclass
class TraceChecks:
    """Fetches a trace again only while something is wrong with it."""

    rows: Sequence[Row]
    window: Window
    jaeger: Jaeger
    all_kept: bool = True
    traces: dict[str, list[Span]] = field(default_factory=dict)

    def __call__(self) -> Checks:
        if not self.all_kept:
            _wait_until(self.window.end + DECISION_SECONDS)
        wrong = [row for row in self.rows if row.answered and trace_defects(row, self._spans(row))]
        self.traces.update(self.jaeger.traces(row.trace_id for row in wrong))
        rows = self.rows if self.all_kept else surely_kept(self.rows, self.traces)
        return reconcile_traces(rows, self.traces, self.jaeger), reconcile_calls(rows, self.traces)

    def _spans(self, row: Row) -> Sequence[Span]:
        return self.traces.get(row.trace_id, ())


@dataclass
class LogChecks:
    """Reads the files once, when the window is past, and Loki every time."""

    rows: Sequence[Row]
    window: Window
    loki: Loki

    def __call__(self) -> Checks:
        in_files = self._in_files
        lines = list(self.loki.lines(f'{{service_name=~"{_ALL_SERVICES}"}}', *self._bounds))
        return (
            reconcile_access_lines(self.rows, lines),
            reconcile_files(in_files, Counter(map(line_id, lines))),
        )

    @property
    def _bounds(self) -> tuple[int, int]:
        return round(self.window.start * 1e9), round(self.window.end * 1e9)

    @cached_property
    def _in_files(self) -> Counter[LineId]:
        _wait_until(self.window.end)
        return lines_in_files(logs_dir(), SERVICES, *self._bounds)


@dataclass
class CounterChecks:
    """Compares counters as they stood at each instance's first scrape after the run."""

    run: Run
    rows: Sequence[Row]
    window: Window
    prometheus: Prometheus

    def __call__(self) -> Checks:
        series = self._samples(f'{{__name__=~"{"|".join(COUNTERS)}",job=~"{_ALL_SERVICES}"}}')
        return (reconcile_counters(self.rows, increases(series, self.run.baseline, self._last_scrapes())),)

    def _last_scrapes(self) -> dict[str, float]:
        """`up` has a sample for every scrape, even of an instance whose counters have not begun."""
        scrapes = self._samples(f'up{{job=~"{_ALL_SERVICES}"}}')
        later = {
            series.labels["instance"]: [time for time, up in series.samples if up and time >= self.window.end]
            for series in scrapes
        }
        return {instance: min(times) for instance, times in later.items() if times}

    def _samples(self, selector: str) -> list[Series]:
        end = min(time.time(), self.window.end + _LAST_SCRAPE_SECONDS)
        return self.prometheus.raw_samples(selector, self.window.start, end)


@dataclass
class ExemplarChecks:
    window: Window
    prometheus: Prometheus
    jaeger: Jaeger

    def __call__(self) -> Checks:
        selector = f'{BUCKETS}{{job=~"{_ALL_SERVICES}"}}'
        trace_ids = sample_trace_ids(self.prometheus.exemplars(selector, self.window.start, self.window.end))
        found = self.jaeger.traces(trace_ids)
        recent = time.time() - self.window.end < _EXEMPLARS_KEPT_SECONDS
        return (reconcile_exemplars(trace_ids, found, self.jaeger, some_expected=recent),)
