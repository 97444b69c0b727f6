"""A thread for work that may wait, which can be asked for from anywhere: a signal handler, a finalizer.

It uses no lock, no event and no queue. `threading.Thread.start` takes a lock that is not reentrant, and what
waits natively would stop all greenlets of a process that gevent has patched after this library was imported.
So the thread is a bare one, looks for work now and then, and ends when there is none for a while.
"""

import _thread
import time
from collections.abc import Callable
from typing import Final

from glasshouse_telemetry._safe_call import safe_call

_IDLE: Final = 1.0  # seconds without work until the thread ends
_LONGEST_SLEEP: Final = 0.05  # seconds


class Worker:
    """Calls `work` every `delay()` seconds as long as `has_work()`, on a thread of its own."""

    def __init__(
        self, work: Callable[[], object], has_work: Callable[[], bool], delay: Callable[[], float]
    ) -> None:
        self._work = work
        self._has_work = has_work
        self._delay = delay
        self.runs = False

    def ensure(self) -> bool:
        """Start the thread unless it runs. False when no thread can be started any more."""
        if not self.runs:
            self.runs = True
            try:
                _thread.start_new_thread(self._run, ())
            except RuntimeError:
                self.runs = False
        return self.runs

    def _run(self) -> None:
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < _IDLE:
            began = time.monotonic()
            while (left := began + self._delay() - time.monotonic()) > 0:  # the delay may change meanwhile
                time.sleep(min(left, _LONGEST_SLEEP))
            if self._has_work():
                safe_call(self._work)
                idle_since = time.monotonic()
        # Who adds work looks at `runs` afterwards: one of the two always sees the other.
        self.runs = False
        if self._has_work():
            self.ensure()
