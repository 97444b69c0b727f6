"""Traces of requests, and of what followed them in traces of its own, from Jaeger until they are whole."""

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from proof.verify.async_steps import (
    NUDGE,
    Expectations,
    ObservedSteps,
    Subject,
    expected_calls_of_tasks,
    in_loki,
    reconcile_tasks,
)
from proof.verify.expected_calls import ExpectedCalls, expected_calls_of
from proof.verify.links import reconcile_links, unknown_origins
from proof.verify.restarts import Restarts, find_restarts
from proof.verify.retry_until_complete import Checks, wait_until
from proof.verify.run_context import RunContext
from proof.verify.sampling import DECISION_SECONDS, surely_kept
from proof.verify.tasks import HANDLED, LOGGER, Task, tasks_in_lines, tasks_in_spans
from proof.verify.traces import reconcile_calls, reconcile_traces, trace_defects
from stackctl.query import Jaeger, Loki, Prometheus, Span
from stackctl.shop_scenarios import SERVICES, calls_of

# Clocks may differ a little.
_MARGIN_SECONDS = 1.0

_EVENT_LINES = f'{{service_name=~"{"|".join(SERVICES)}"}} | logger="{LOGGER}"'


class TraceChecks:
    """Asks again only for what is not whole yet. What one signal has lost with a process, another tells."""

    def __init__(
        self, context: RunContext, jaeger: Jaeger, loki: Loki, prometheus: Prometheus, all_kept: bool = True
    ) -> None:
        self._context = context
        self._jaeger = jaeger
        self._loki = loki
        self._prometheus = prometheus
        self._all_kept = all_kept
        self._traces: dict[str, list[Span]] = {}
        self._tasks: Sequence[Task] = ()
        self._nudged: Counter[str] = Counter()
        self._all_tasks_found = False
        # As found last: what was due, what the traces of tasks must show, and those of tasks in vain may.
        self.due = Expectations((), frozenset(), {}, Restarts())
        self.followed: Sequence[ExpectedCalls] = ()
        self.tries: Sequence[ExpectedCalls] = ()

    def __call__(self) -> Checks:
        if not self._all_kept:
            wait_until(self._context.answering.end + DECISION_SECONDS)
        restarts = find_restarts(self._prometheus, *self._time)
        requests = self._requests(restarts)
        if not self._all_tasks_found:
            self._find_tasks()
        self.due = Expectations(
            self._context.expected_steps, self._context.outcomes.keys, self._nudged, restarts
        )
        self.followed = list(expected_calls_of_tasks(self.due, self._tasks))
        in_vain = (task for task in self._tasks if task.outcome != HANDLED)
        self.tries = list(expected_calls_of_tasks(self.due, in_vain))
        demands = [*requests, *self.followed]
        steps = self._async_steps(self.due)
        self._all_tasks_found = not any(check.missing or check.lost for check in steps)
        return (
            reconcile_traces(demands, self._traces, self._jaeger),
            reconcile_calls(demands, self._traces),
            *steps,
        )

    @property
    def trace_ids(self) -> Collection[str]:
        """Of all traces of the run that were found."""
        return self._traces.keys()

    def _requests(self, restarts: Restarts) -> Sequence[ExpectedCalls]:
        demands = [expected_calls_of(row, calls_of, restarts) for row in self._context.rows]
        wrong = [demand for demand in demands if trace_defects(demand, self._traces.get(demand.trace_id, ()))]
        self._traces.update(self._jaeger.traces(demand.trace_id for demand in wrong))
        if self._all_kept:
            return demands
        kept = {row.trace_id for row in surely_kept(self._context.rows, self._traces)}
        return [demand for demand in demands if demand.trace_id in kept]

    def _find_tasks(self) -> None:
        places = {(one.step.service, one.step.span) for one in self._context.expected_steps}
        self._tasks = [task for place in sorted(places) for task in self._search(*place)]
        self._nudged = Counter(task.key for task in self._search(NUDGE.service, NUDGE.span))

    def _search(self, service: str, span: str) -> Iterator[Task]:
        """Those of this run; their traces are kept."""
        found = self._jaeger.search(service, span, *self._time)
        for task in tasks_in_spans(span, found):
            if task.key in self._context.outcomes.keys:
                self._traces[task.trace_id] = found[task.trace_id]
                yield task

    def _async_steps(self, due: Expectations) -> Checks:
        start, end = self._time
        lines = self._loki.lines(_EVENT_LINES, round(start * 1e9), round(end * 1e9))
        in_lines, in_spans = ObservedSteps(tasks_in_lines(lines)), ObservedSteps(self._tasks)
        told = reconcile_tasks("logs", "events handled", due.of_events, in_lines, in_spans, in_loki)
        if not self._all_kept:
            return (told,)
        # The trace of a request may be whole and still grow: events are published when the broker takes them.
        if grown := unknown_origins(self._tasks, self._spans):
            self._traces.update(self._jaeger.traces(grown))
        return (
            reconcile_tasks("traces", "events and saga steps", due, in_spans, in_lines, self._in_jaeger),
            reconcile_links(due, self._tasks, self._spans, self._jaeger),
            told,
        )

    @property
    def _spans(self) -> Iterator[Span]:
        return chain.from_iterable(self._traces.values())

    @property
    def _time(self) -> tuple[float, float]:
        return self._context.run.started_at - _MARGIN_SECONDS, time.time()

    def _in_jaeger(self, subject: Subject) -> str:
        step, key = subject
        return self._jaeger.search_command(step.service, step.span, key)
