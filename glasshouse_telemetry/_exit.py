"""The orderly end of a process: of the interpreter, or of a `multiprocessing` child, which skips atexit."""

import atexit
import sys
from collections.abc import Callable

from glasshouse_telemetry._forks import renew_after_fork
from glasshouse_telemetry._safe_call import safe_call


class _Exit:
    def __init__(self) -> None:
        self._callbacks: list[Callable[[], object]] = []
        renew_after_fork(self)
        atexit.register(self.run)

    def add(self, callback: Callable[[], object]) -> None:
        if callback not in self._callbacks:
            self._callbacks.append(callback)
        self.renew_after_fork()

    def renew_after_fork(self) -> None:
        """A child that multiprocessing has forked clears its finalizers first and then runs its hooks."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.register_after_fork(self, _finalize_with_child)

    def run(self) -> None:
        for callback in self._callbacks:
            safe_call(callback)


def _finalize_with_child(ending: _Exit) -> None:
    from multiprocessing.util import Finalize

    Finalize(None, ending.run, exitpriority=-100)  # after everybody else's


_exit = _Exit()


def at_exit(callback: Callable[[], object]) -> None:
    """Call this when the process ends in order. Asking for the same again changes nothing."""
    _exit.add(callback)
