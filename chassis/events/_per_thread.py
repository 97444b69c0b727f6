"""A resource that neither threads nor processes may share."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# What a child inherits through a fork is its parent's. Even closing it would speak in the parent's name (a
# goodbye on its socket, locks of its database file let go), so the child keeps it, unused.
_inherited: list[object] = []


class PerThread(Generic[T]):
    """One T for each thread of each process, made when first asked for."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._local = threading.local()

    def get(self) -> T:
        found = self.peek()
        if found is None:
            found = self._make()
            self._local.owned = (os.getpid(), found)
        return found

    def peek(self) -> T | None:
        """What this thread already has."""
        pid, found = getattr(self._local, "owned", (0, None))
        if found is not None and pid != os.getpid():
            _inherited.append(found)
            self._local.owned = (0, None)
            return None
        return found

    def drop(self) -> T | None:
        """Forget what this thread has; the caller closes it."""
        found = self.peek()
        self._local.owned = (0, None)
        return found
