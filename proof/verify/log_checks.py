"""Log lines: what Loki holds, against the ledger and against the services' own files."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from proof.verify.expected_calls import ExpectedCalls, expected_calls_of
from proof.verify.log_files import lines_in_files
from proof.verify.logs import LineId, line_id, reconcile_access_lines, reconcile_files
from proof.verify.restarts import find_restarts
from proof.verify.retry_until_complete import Checks, wait_until
from proof.verify.run_context import RunContext
from stackctl.paths import logs_dir
from stackctl.query import Loki, Prometheus
from stackctl.shop_scenarios import SERVICES, calls_of

_ALL_LINES = f'{{service_name=~"{"|".join(SERVICES)}"}}'


class RequestLineChecks:
    """The access lines in the traces of the requests."""

    def __init__(self, context: RunContext, loki: Loki, prometheus: Prometheus) -> None:
        self._context = context
        self._loki = loki
        self._prometheus = prometheus

    def __call__(self) -> Checks:
        window = self._context.answering
        restarts = find_restarts(self._prometheus, window.start, window.end)
        demands = [expected_calls_of(row, calls_of, restarts) for row in self._context.rows]
        lines = self._loki.lines(_ALL_LINES, *window.ns)
        return (reconcile_access_lines("access lines by trace", demands, lines),)


class AllLineChecks:
    """Every line of the run's time, once that is over, and the access lines of what followed its requests."""

    def __init__(self, context: RunContext, followed: Sequence[ExpectedCalls], loki: Loki) -> None:
        self._context = context
        self._followed = followed
        self._loki = loki

    def __call__(self) -> Checks:
        in_files = self._in_files
        lines = list(self._loki.lines(_ALL_LINES, *self._context.whole.ns))
        return (
            reconcile_access_lines("access lines of what followed", self._followed, lines),
            reconcile_files(in_files, Counter(map(line_id, lines))),
        )

    @cached_property
    def _in_files(self) -> Counter[LineId]:
        """Read once."""
        wait_until(self._context.whole.end)
        return lines_in_files(logs_dir(), SERVICES, *self._context.whole.ns)
