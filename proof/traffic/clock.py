"""The time by which requests leave and are noted."""

import time


class Clock:
    """Seconds since the epoch that never jump while a run lasts."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return time.monotonic() + self._offset
