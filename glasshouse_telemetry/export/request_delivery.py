"""Delivering a serialized OTLP request: again and again, until it is taken, refused or given up."""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from glasshouse_telemetry import names
from glasshouse_telemetry.export.outcome import Outcome, RequestSender

_log = logging.getLogger("telemetry.export")
_FIRST_PAUSE: Final = 0.1  # seconds
_LONGEST_PAUSE: Final = 2.0
_QUIET_FOR: Final = 60.0  # seconds after a warning in which a new outage is not reported


class RequestDelivery:
    """Used by one thread; `end` may be called by another.

    `what`: metrics or log lines, for the warnings.
    `give_up_after`: seconds for which a request is tried again, with growing pauses.
    """

    def __init__(self, what: str, make_sender: Callable[[], RequestSender], give_up_after: float) -> None:
        self._what = what
        self._make_sender = make_sender
        self._give_up_after = give_up_after
        self._sender: RequestSender | None = None
        self._ending = threading.Event()
        self._deadline = float("inf")
        self._patient = True
        self._failing_since: float | None = None
        self._reported = False
        self._quiet_until = 0.0

    @property
    def ending(self) -> bool:
        return self._ending.is_set()

    def end(self, timeout: float) -> None:
        """Finish within `timeout` seconds. A receiver that is away already is asked once, not waited for."""
        self._patient = self._failing_since is None
        self._deadline = time.monotonic() + timeout
        self._ending.set()

    def has_time(self) -> bool:
        return time.monotonic() < self._deadline

    def deliver(self, request: bytes, deadline: float = float("inf")) -> Outcome:
        """The outcome of the last attempt. `deadline`: of `time.monotonic`."""
        deadline = min(deadline, time.monotonic() + self._give_up_after)
        pause = _FIRST_PAUSE
        while True:
            outcome = self._attempt(request)
            self._report(outcome)
            if not outcome.retryable:
                return outcome
            wait = max(outcome.retry_after, pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, _LONGEST_PAUSE)
            if self.ending and (not self._patient or time.monotonic() + wait > self._deadline):
                return Outcome(names.SHUTDOWN_TIMEOUT, outcome.reason)
            if time.monotonic() + wait > deadline:
                return Outcome(names.RETRY_TIMEOUT, outcome.reason)
            self._wait(wait)

    def close(self) -> None:
        if self._sender is not None:
            self._sender.close()

    def _wait(self, seconds: float) -> None:
        """Shorter when the end comes meanwhile: what is left of it must do for everything that waits."""
        if self.ending:
            time.sleep(seconds)
        else:
            self._ending.wait(seconds)

    def _attempt(self, request: bytes) -> Outcome:
        try:
            if self._sender is None:
                self._sender = self._make_sender()
            return self._sender.send(request)
        except Exception as error:
            return Outcome(type(error).__name__, str(error))

    def _report(self, outcome: Outcome) -> None:
        """A warning at the beginning of an outage and one at its end, never a flood."""
        now = time.monotonic()
        if outcome.too_large:
            return
        if not outcome.delivered:
            if self._failing_since is None:
                self._failing_since = now
                if now >= self._quiet_until:
                    self._reported, self._quiet_until = True, now + _QUIET_FOR
                    _warn("%s cannot be delivered: %s", self._what, outcome.reason or outcome.error_type)
        elif self._failing_since is not None:
            if self._reported:
                _warn("%s are delivered again after %.1f s", self._what, now - self._failing_since)
            self._failing_since, self._reported = None, False


def _warn(message: str, *arguments: object) -> None:
    with suppress(Exception):  # filters and handlers are the app's
        _log.warning(message, *arguments)
