"""Work that is due from time to time."""

import time
from collections.abc import Callable


class Interval:
    """True at first, and then once per `seconds`."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._due_at = clock()

    def due(self) -> bool:
        now = self._clock()
        if now < self._due_at:
            return False
        self._due_at = now + self._seconds
        return True

    def hasten(self) -> None:
        """Be due at once."""
        self._due_at = self._clock()
