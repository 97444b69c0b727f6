"""A whole verification: all checks side by side, each until nothing is missing or the time is up."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from stackctl.errors import StackError
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.traffic.freshness import read_freshness
from stackctl.traffic.ledger import Row, read_ledger
from stackctl.traffic.runs import Run, load_run, runs_during
from stackctl.verify.collecting import (
    CounterChecks,
    ExemplarChecks,
    LogChecks,
    TraceChecks,
    window_of,
)
from stackctl.verify.report import Report, Requests
from stackctl.verify.sampling import all_traces_kept
from stackctl.verify.settling import Checks, settle

OnState = Callable[[str, str], None]


def verify_run(run_id: str | None, timeout: float, on_state: OnState) -> Report:
    """Reconcile a run (the last one by default) with the backends.

    Args:
        run_id: the run's folder under `.stack/runs`.
        timeout: seconds that the backends have to show everything.
        on_state: is told (signal, how far it is) again and again.
    """
    run = load_run(run_id)
    rows = read_ledger(run.ledger)
    if not rows:
        raise StackError(f"Run {run.run_id} sent no request.")
    return Report(
        run=run,
        requests=_requests(rows),
        checks=_settled(_attempts(run, rows), timeout, on_state),
        freshness=read_freshness(run.freshness),
        all_traces_kept=all_traces_kept(),
        others=tuple(other.run_id for other in runs_during(run)),
    )


def _settled(attempts: Mapping[str, Callable[[], Checks]], timeout: float, on_state: OnState) -> Checks:
    deadline = time.monotonic() + timeout
    stop = Event()
    with ThreadPoolExecutor(len(attempts)) as pool:
        try:
            settled = [
                pool.submit(settle, attempt, deadline, partial(on_state, name), stop)
                for name, attempt in attempts.items()
            ]
            return tuple(check for each in settled for check in each.result())
        finally:
            # After Ctrl-C or an error nobody waits for the rest.
            stop.set()


def _attempts(run: Run, rows: Sequence[Row]) -> Mapping[str, Callable[[], Checks]]:
    window = window_of(run, rows)
    jaeger, prometheus = Jaeger(), Prometheus()
    attempts: dict[str, Callable[[], Checks]] = {
        "traces": TraceChecks(rows, window, jaeger, all_traces_kept()),
        "logs": LogChecks(rows, window, Loki()),
        "metrics": CounterChecks(run, rows, window, prometheus),
    }
    if all_traces_kept():
        attempts["exemplars"] = ExemplarChecks(window, prometheus, jaeger)
    return attempts


def _requests(rows: Sequence[Row]) -> Requests:
    answered = [row for row in rows if row.answered]
    return Requests(
        sent=len(rows),
        answered=len(answered),
        unanswered=len(rows) - len(answered),
        unexpected=sum(not row.as_expected for row in answered),
    )
