"""A thread that repeats one step until it is told to stop, whatever the step raises."""

import logging
import os
import threading
from collections.abc import Callable

from chassis.events._backoff import Backoff

_log = logging.getLogger("chassis.events")


class Loop:
    """`step` returns how many seconds to rest (`wake` ends a rest); `at_end` runs last, on the same thread.

    It runs from `start` on and not before, so it can be made before a fork; a forked child starts it for
    itself.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        at_end: Callable[[], object],
        wake: threading.Event | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._name = name
        self._step = step
        self._at_end = at_end
        self._wake = wake or threading.Event()
        self._backoff = backoff or Backoff(first_s=0.1, longest_s=5.0)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def start(self) -> None:
        """Does nothing when it runs already in this process."""
        if self._running() is None:
            self._pid = os.getpid()
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def request_stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the current step and the end; False when they take longer."""
        thread = self._running()
        if thread is not None:
            thread.join(timeout_s)
        return self._running() is None

    def _running(self) -> threading.Thread | None:
        thread = self._thread if self._pid == os.getpid() else None
        return thread if thread is not None and thread.is_alive() else None

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                rest_s = self._step()
            except Exception as error:
                failures += 1
                self._note_failure(failures, error)
                self._stop.wait(self._backoff.delay_s(failures))
            else:
                self._note_success(failures)
                failures = 0
                self._rest(rest_s)
        self._end()

    def _rest(self, seconds: float) -> None:
        if seconds and not self._stop.is_set():
            self._wake.wait(seconds)
            self._wake.clear()

    def _end(self) -> None:
        try:
            self._at_end()
        except Exception as error:
            _log.warning("%s did not end in order: %s", self._name, error)

    def _note_failure(self, failures: int, error: Exception) -> None:
        """The first of a row only: what is away for an hour is not worth a line per try."""
        if failures == 1:
            _log.warning("%s is interrupted and will try again: %s", self._name, error, exc_info=error)

    def _note_success(self, failures: int) -> None:
        if failures:
            _log.warning("%s goes on after %d failures", self._name, failures)
