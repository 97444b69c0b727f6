"""Backends need a moment: a check is repeated until nothing is missing or the time is up."""

import time
from collections.abc import Callable
from threading import Event

from proof.verify.findings import Check
from stackctl.query import QueryError

Checks = tuple[Check, ...]

_INTERVAL_SECONDS = 0.5


def retry_until_complete(
    attempt: Callable[[], Checks],
    deadline: float,
    on_state: Callable[[str], None],
    stop: Event,
    interval: float = _INTERVAL_SECONDS,
) -> Checks:
    """Repeat `attempt` until nothing is missing, and return its last result at `deadline` or `stop`.

    What is there twice stays twice, so that is not waited for. What seems lost may only be late: it counts as
    lost when it was so a second time. A backend that does not answer may come back;
    if it never does, its error is raised. `deadline` is on the clock of time.monotonic().
    """
    lost = 0
    while True:
        try:
            checks = attempt()
            failure = None
            on_state(_state(checks))
        except QueryError as error:
            checks, failure = (), error
            on_state(error.message)
        before, lost = lost, sum(check.lost for check in checks)
        if failure is None and lost == before and not any(check.missing for check in checks):
            return checks
        if time.monotonic() + interval > deadline or stop.wait(interval):
            if failure is not None:
                raise failure
            return checks


def _state(checks: Checks) -> str:
    return ", ".join(f"{check.found:,} of {check.expected:,} {check.name}" for check in checks)
