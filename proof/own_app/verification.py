"""A whole verification of an app: what was sent to it, against what the backends hold of it."""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from proof.ledger.rows import Row, read_ledger
from proof.ledger.runs import Run
from proof.own_app.counters import NAME as COUNTER
from proof.own_app.counters import SIGNAL as METRICS
from proof.own_app.counters import CounterChecks, outages_of
from proof.own_app.lines import NAME as LINES
from proof.own_app.lines import SIGNAL as LOGS
from proof.own_app.lines import LineChecks
from proof.own_app.traces import WHOLE, TraceChecks
from proof.verify.findings import NotChecked
from proof.verify.report import Report, requests_in
from proof.verify.retry_until_complete import OnChecks, OnState, settle
from proof.verify.sampling import all_traces_kept
from stackctl.errors import StackError
from stackctl.query import Jaeger, Loki, Prometheus

_NO_NAME = "no server span says which service has served the requests"


def verify_app(
    run: Run,
    app: str,
    timeout: float,
    on_state: OnState,
    on_checks: OnChecks = lambda checks: None,
    jaeger: Jaeger | None = None,
    loki: Loki | None = None,
    prometheus: Prometheus | None = None,
    all_kept: bool | None = None,
) -> Report:
    """Reconcile what was sent to an app with the backends.

    Args:
        run: a run of `traffic --to` or `record`.
        app: the service name that is expected; empty: whichever has served the requests.
        timeout: seconds that the backends have to show everything.
        on_state: is told (what, how far it is) again and again.
        on_checks: is given the checks as they are after each attempt, from several threads.
    """
    jaeger, loki, prometheus = jaeger or Jaeger(), loki or Loki(), prometheus or Prometheus()
    all_kept = all_traces_kept() if all_kept is None else all_kept
    rows = read_ledger(run.ledger)
    requests = requests_in(rows)
    if not requests.answered:
        why = f": {rows[0].error}" if rows else " was sent"
        hint = "Look at what your app says, and send again: ./stack traffic --to URL --requests FILE"
        raise StackError(f"No request of run {run.run_id} was answered{why}.", hint)
    settled = partial(settle, deadline=time.monotonic() + timeout, on_state=on_state, on_checks=on_checks)
    outages = partial(outages_of, rows=rows, prometheus=prometheus)
    traces = TraceChecks(rows, jaeger, outages, app, all_kept)
    seen = settled({"traces": traces})
    if app and (services := traces.services()) and app not in services:
        others = ", ".join(sorted(services))
        hint = f"Name that one, or none: ./stack verify --run {run.run_id}"
        raise StackError(f"No request of run {run.run_id} was served by {app}, but by {others}.", hint)
    not_checked = [] if all_kept else [_sampled(rows, traces.traces)]
    if not traces.app:
        not_checked += [NotChecked(LOGS, LINES, _NO_NAME), NotChecked(METRICS, COUNTER, _NO_NAME)]
        return Report(run, requests, seen, {}, not_checked=tuple(not_checked))
    entries = {row.trace_id: frozenset(span.span_id for span in traces.entry(row)) for row in rows}
    counters = CounterChecks(traces.app, rows, traces.traces, entries, prometheus, jaeger)
    lines = LineChecks(traces.app, rows, entries, loki, outages)
    seen += settled({"logs": lines, "metrics": counters})
    not_checked += [each for each in (lines.not_checked, counters.not_checked) if each]
    return Report(
        run=run,
        requests=requests,
        checks=seen,
        freshness={},
        all_traces_kept=all_kept,
        other_traffic=counters.others,
        app=traces.app,
        not_checked=tuple(not_checked),
    )


def _sampled(rows: Sequence[Row], traces: Mapping[str, object]) -> NotChecked:
    absent = sum(row.answered and row.trace_id not in traces for row in rows)
    reason = f"{absent:,} traces are wholly absent, and a sampler keeps only some (TRACES_KEPT_PERCENT)"
    return NotChecked("traces", WHOLE, reason)
