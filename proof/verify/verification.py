"""A whole verification in three stages: what was seen of a run, what was counted, what became of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from proof.ledger.joined_instances import joined_since
from proof.ledger.rows import read_ledger
from proof.ledger.runs import load_run, runs_during
from proof.verify.counter_checks import CounterChecks, ExemplarChecks
from proof.verify.freshness import read_freshness
from proof.verify.log_checks import AllLineChecks, RequestLineChecks
from proof.verify.report import Report, requests_in
from proof.verify.retry_until_complete import Attempts, Checks, OnChecks, OnState, settle
from proof.verify.run_context import RunContext
from proof.verify.sampling import all_traces_kept
from proof.verify.trace_checks import TraceChecks
from stackctl import ports
from stackctl.errors import StackError
from stackctl.query import Jaeger, JsonApi, Loki, Prometheus, Shop
from stackctl.shop_scenarios import GATEWAY
from stackctl.shop_scenarios.outcome_checks import OutcomeChecks

_PAYMENTS_URL = ports.url(ports.SERVICES["payments"])


def verify_run(
    run_id: str | None, timeout: float, on_state: OnState, on_checks: OnChecks = lambda checks: None
) -> Report:
    """Reconcile a run (the last one by default) with the backends and with the shop.

    Args:
        run_id: the run's folder under `.stack/runs`.
        timeout: seconds that the backends have to show everything.
        on_state: is told (what, how far it is) again and again.
        on_checks: is given the checks as they are after each attempt, from several threads.
    """
    context, asked = _context(run_id), _Asked()
    settled = partial(settle, deadline=time.monotonic() + timeout, on_state=on_state, on_checks=on_checks)
    traces = TraceChecks(context, asked.jaeger, asked.loki, asked.prometheus, all_traces_kept())
    lines = RequestLineChecks(context, asked.loki, asked.prometheus)
    seen = settled({"traces": traces, "logs": lines})
    context = _over(context, seen)
    counters = CounterChecks(
        context, traces.due.nudged, traces.tries, asked.prometheus, traces.trace_ids, all_traces_kept()
    )
    counted = settled(_counting(context, traces, counters, asked))
    # Last, for these questions are on the counters of the services, too.
    shop = OutcomeChecks(context, counters.other_orders, asked.shop, asked.payments, asked.prometheus)
    outcomes = settled({"outcomes": shop})
    return Report(
        run=context.run,
        requests=requests_in(context.rows),
        checks=_by_signal(seen + counted + outcomes),
        freshness=read_freshness(context.run.freshness),
        restarted=counters.restarts.services,
        all_traces_kept=all_traces_kept(),
        other_traffic=counters.others.requests(GATEWAY),
        others=tuple(other.run_id for other in runs_during(context.run)),
    )


@dataclass(frozen=True)
class _Asked:
    jaeger: Jaeger = field(default_factory=Jaeger)
    loki: Loki = field(default_factory=Loki)
    prometheus: Prometheus = field(default_factory=Prometheus)
    shop: Shop = field(default_factory=Shop)
    payments: JsonApi = field(default_factory=lambda: JsonApi("payments", _PAYMENTS_URL))


def _context(run_id: str | None) -> RunContext:
    run = load_run(run_id)
    rows = read_ledger(run.ledger)
    if not rows:
        raise StackError(f"Run {run.run_id} sent no request.")
    return RunContext(run, rows, joined_since(run))


def _counting(context: RunContext, traces: TraceChecks, counters: CounterChecks, asked: _Asked) -> Attempts:
    """What can be compared only now that all is over."""
    attempts: dict[str, Callable[[], Checks]] = {
        "lines": AllLineChecks(context, traces.followed, asked.loki),
        "metrics": counters,
    }
    if all_traces_kept():
        attempts["exemplars"] = ExemplarChecks(context, asked.prometheus, asked.jaeger)
    return attempts


def _over(context: RunContext, seen: Checks) -> RunContext:
    """Write down when all was over, so that whoever verifies later looks at the same time."""
    if context.run.settled_at is not None:
        return context
    context = context.settled(time.time())
    if context.run.ended_at is not None and not any(check.missing for check in seen):
        context.run.save()
    return context


def _by_signal(checks: Checks) -> Checks:
    """Those of a signal together, in the order in which the signals came first."""
    order = list(dict.fromkeys(check.signal for check in checks))
    return tuple(sorted(checks, key=lambda check: order.index(check.signal)))
