"""The request counter of an app: it rose by one for each request, whichever convention names it."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from proof.expectations import ANY_STATUS, Protocol, Served
from proof.ledger.rows import Row
from proof.own_app.outages import HANDOVER_SECONDS, Outages, find_outages
from proof.own_app.traces import method_of, once, status_of
from proof.verify.expected_calls import compare
from proof.verify.findings import Defect, Finding, NotChecked, check_of
from proof.verify.other_traffic import CountingPeriod
from proof.verify.retry_until_complete import Checks, NothingYet, wait_until
from stackctl.query import Jaeger, Prometheus, Series, Span

SIGNAL = "metrics"
NAME = "increments of its counter"

# The first that the app has is taken: the stable convention, then the older ones.
COUNTERS = (
    "http_server_request_duration_seconds_count",
    "http_server_duration_milliseconds_count",
    "http_server_duration_seconds_count",
)
_METHODS = ("http_request_method", "http_method")
_STATUSES = ("http_response_status_code", "http_status_code")

# Where a counter stood before the first request is looked for so far back.
_BEFORE_SECONDS = 300.0

# A process may push as seldom as once a minute.
_PUSHED_WITHIN_SECONDS = 90.0


def request_series(prometheus: Prometheus, app: str, rows: Sequence[Row]) -> list[Series]:
    """The app's request counter, pushed or scraped, with all its samples from before the run to its end."""
    start = min(row.sent_at for row in rows) - _BEFORE_SECONDS
    end = min(time.time(), max(row.done_at for row in rows) + _PUSHED_WITHIN_SECONDS)
    among = f'__name__=~"{"|".join(COUNTERS)}"'
    for label in (f"service_name={json.dumps(app)}", f"job=~{json.dumps('(.*/)?' + re.escape(app))}"):
        found = prometheus.raw_samples(f"{{{among},{label}}}", start, end)
        for name in COUNTERS:
            if named := [one for one in found if one.labels.get("__name__") == name and one.samples]:
                return named
    return []


def outages_of(app: str, rows: Sequence[Row], prometheus: Prometheus) -> Outages:
    return find_outages(rows, request_series(prometheus, app, rows) if app else ())


@dataclass(frozen=True)
class _Labels:
    """How the app's counter names them; empty where it does not say."""

    name: str
    method: str
    status: str

    def served(self, app: str, method: str, status: str) -> Served:
        status = status if self.status else ANY_STATUS
        return Served(app, Protocol.HTTP, method if self.method else "", status)


class CounterChecks:
    """Reconciles the counter with the ledger, with what the app asked itself, and with other traffic.

    Args:
        traces: the spans of the run's traces.
        entries: the ids of the app's server spans below the run's requests, by trace.
    """

    def __init__(
        self,
        app: str,
        rows: Sequence[Row],
        traces: Mapping[str, Sequence[Span]],
        entries: Mapping[str, frozenset[str]],
        prometheus: Prometheus,
        jaeger: Jaeger,
    ) -> None:
        self._app = app
        self._rows = rows
        self._traces = traces
        self._entries = entries
        self._prometheus = prometheus
        self._jaeger = jaeger
        self._start = min(row.sent_at for row in rows)
        self.not_checked: NotChecked | None = None
        self.others: Counter[Served] = Counter()

    def __call__(self) -> Checks:
        series = request_series(self._prometheus, self._app, self._rows)
        self.not_checked = None
        if not series:
            reason = f"Prometheus has no http.server.request.duration of {self._app}"
            self.not_checked = NotChecked(SIGNAL, NAME, reason)
            if time.time() < max(row.done_at for row in self._rows) + _PUSHED_WITHIN_SECONDS:
                raise NothingYet(reason)
            return ()
        labels = _labels(series)
        rose: Counter[Served] = Counter()
        for one in series:
            method, status = (one.labels.get(label, "") for label in (labels.method, labels.status))
            rose[labels.served(self._app, method, status)] += round(_increase(one, self._start))
        demanded, allowed = self._demanded(labels, series)
        too_few, too_many = compare(demanded, allowed, +rose)
        if too_many:
            # The spans of others may come later than their counts.
            wait_until(_period(series, self._start).last_end + HANDOVER_SECONDS)
            demanded, allowed = self._demanded(labels, series)
            too_few, too_many = compare(demanded, allowed, +rose)
        lost = bool(find_outages(self._rows, series).all)
        amounts = [
            (amount, self._finding(Defect.LOST if lost else Defect.MISSING, labels, call, amount, demanded))
            for call, amount in sorted(too_few.items())
        ]
        amounts += [
            (amount, self._finding(Defect.DUPLICATED, labels, call, amount, demanded))
            for call, amount in sorted(too_many.items())
        ]
        return (check_of(SIGNAL, NAME, demanded.total(), amounts),)

    def _demanded(self, labels: _Labels, series: Sequence[Series]) -> tuple[Counter[Served], Counter[Served]]:
        demanded: Counter[Served] = Counter()
        allowed: Counter[Served] = Counter()
        for row in self._rows:
            if row.answered:
                demanded[labels.served(self._app, row.method, str(row.status))] += 1
            else:
                allowed[labels.served(self._app, row.method, ANY_STATUS)] += 1
        for trace_id, spans in self._traces.items():
            entry = self._entries.get(trace_id, frozenset())
            demanded.update(self._served(labels, [span for span in spans if span.span_id not in entry]))
        period = _period(series, self._start)
        self.others = Counter()
        for span in self._spans_of_others(period):
            call = self._served(labels, [span])
            if period.surely_has(span.end):
                demanded.update(call)
                self.others.update(call)
            elif period.may_have(span.end):
                allowed.update(replace(each, status=ANY_STATUS) for each in call.elements())
        return demanded, allowed

    def _served(self, labels: _Labels, spans: Iterable[Span]) -> Counter[Served]:
        """The app's server spans, as its counter shows them."""
        return Counter(
            labels.served(self._app, method_of(span.attributes), status_of(span.attributes))
            for span in self._of_app(spans)
            if status_of(span.attributes)
        )

    def _spans_of_others(self, period: CountingPeriod) -> Iterable[Span]:
        ours = {row.trace_id for row in self._rows}
        found = self._jaeger.search(self._app, None, period.start - 2, period.last_end + 2)
        for trace_id, spans in found.items():
            if trace_id not in ours:
                yield from self._of_app(spans)

    def _of_app(self, spans: Iterable[Span]) -> list[Span]:
        """Its server spans; one counts once."""
        return once(span for span in spans if span.kind == "server" and span.service == self._app)

    def _finding(
        self, defect: Defect, labels: _Labels, call: Served, amount: int, demanded: Counter[Served]
    ) -> Finding:
        pairs = {"service_name": self._app, labels.method: call.operation, labels.status: call.status}
        selector = ",".join(f"{name}={json.dumps(value)}" for name, value in pairs.items() if name and value)
        detail = f"{amount} of {demanded[call]} increments"
        if defect is Defect.DUPLICATED:
            detail = f"{amount} more than the {demanded[call]} that the ledger and traces know of"
        return Finding(defect, str(call), detail, f"{labels.name}{{{selector}}}")


def _labels(series: Sequence[Series]) -> _Labels:
    having = {name for one in series for name in one.labels}
    method, status = (next((name for name in names if name in having), "") for names in (_METHODS, _STATUSES))
    return _Labels(series[0].labels["__name__"], method, status)


def _increase(series: Series, start: float) -> float:
    """From the last sample before the run; a series that began later began at 0, as one does that fell."""
    before = [value for at, value in series.samples if at <= start]
    total, last = 0.0, before[-1] if before else 0.0
    for at, value in series.samples:
        if at > start:
            total += value if value < last else value - last
            last = value
    return total


def _period(series: Sequence[Series], start: float) -> CountingPeriod:
    """Of a series that began with the run nobody knows since when its process counts."""
    first = [max((at for at, _ in one.samples if at <= start), default=None) for one in series]
    known = [at for at in first if at is not None]
    ends = [one.samples[-1][0] for one in series]
    began = min(known, default=start - _PUSHED_WITHIN_SECONDS)
    return CountingPeriod(began, max(known, default=start), min(ends), max(ends))
