"""Backends need a moment: a check is repeated until nothing is missing or the time is up."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from proof.verify.findings import Check
from stackctl.query import QueryError

Checks = tuple[Check, ...]
OnState = Callable[[str, str], None]
OnChecks = Callable[[Checks], None]
Attempts = Mapping[str, Callable[[], Checks]]

# What a stage has at least, even when the one before it has used up the time: that of two scrapes.
_LEAST_SECONDS = 10.0

_INTERVAL_SECONDS = 0.5


class NothingYet(Exception):
    """Raised by an attempt that cannot say anything so far, but may be able to later."""


def retry_until_complete(
    attempt: Callable[[], Checks],
    deadline: float,
    on_state: Callable[[str], None],
    stop: Event,
    interval: float = _INTERVAL_SECONDS,
) -> Checks:
    """Repeat `attempt` until nothing is missing, and return its last result at `deadline` or `stop`.

    One that can say nothing until then has no checks. What is there twice stays twice, so that is not waited
    for. What seems lost may only be late: it counts as lost when it was so a second time. A backend that does
    not answer may come back; if it never does, its error is raised. `deadline` is on the clock of
    time.monotonic().
    """
    lost = 0
    while True:
        says = True
        failure = None
        try:
            checks = attempt()
            on_state(_state(checks))
        except NothingYet as nothing:
            checks, says = (), False
            on_state(str(nothing))
        except QueryError as error:
            checks, failure = (), error
            on_state(error.message)
        before, lost = lost, sum(check.lost for check in checks)
        if says and failure is None and lost == before and not any(check.missing for check in checks):
            return checks
        if time.monotonic() + interval > deadline or stop.wait(interval):
            if failure is not None:
                raise failure
            return checks


def _state(checks: Checks) -> str:
    return ", ".join(f"{check.found:,} of {check.expected:,} {check.name}" for check in checks)


def settle(attempts: Attempts, deadline: float, on_state: OnState, on_checks: OnChecks) -> Checks:
    """Repeat all attempts side by side, each until nothing is missing or the time is up."""
    deadline = max(deadline, time.monotonic() + _LEAST_SECONDS)
    stop = Event()
    with ThreadPoolExecutor(len(attempts)) as pool:
        try:
            settled = [
                pool.submit(
                    retry_until_complete, told(attempt, on_checks), deadline, partial(on_state, name), stop
                )
                for name, attempt in attempts.items()
            ]
            return tuple(check for each in settled for check in each.result())
        finally:
            # After Ctrl-C or an error nobody waits for the rest.
            stop.set()


def told(attempt: Callable[[], Checks], on_checks: OnChecks) -> Callable[[], Checks]:
    """The same attempt, of which `on_checks` is given what it finds."""

    def tell() -> Checks:
        checks = attempt()
        on_checks(checks)
        return checks

    return tell


def wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))
