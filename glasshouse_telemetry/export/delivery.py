"""Delivering one batch: again and again, with growing pauses, until it is taken, refused or given up."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from glasshouse_telemetry import names
from glasshouse_telemetry.export.outage import Outage
from glasshouse_telemetry.export.outcome import Outcome, Sender
from glasshouse_telemetry.export.settings import QueueSettings

_NEVER: Final = float("inf")


class Delivery:
    """Used by one thread; `end` may be called by another."""

    def __init__(self, make_sender: Callable[[], Sender], settings: QueueSettings) -> None:
        self.outage = Outage(settings.capacity)
        self._make_sender = make_sender
        self._settings = settings
        self._sender: Sender | None = None
        self._ending = threading.Event()
        self._deadline = _NEVER
        self._patient = True

    @property
    def ending(self) -> bool:
        return self._ending.is_set()

    def end(self, timeout: float) -> None:
        """Finish within `timeout` seconds. A receiver that is away already is asked once, not waited for."""
        self._patient = not self.outage.lasts
        self._deadline = time.monotonic() + timeout
        self._ending.set()

    def has_time(self) -> bool:
        return time.monotonic() < self._deadline

    def deliver(self, batch: Sequence[object], *, is_full: Callable[[], bool]) -> Outcome:
        pause = self._settings.first_pause
        give_up_at = time.monotonic() + self._settings.give_up_after
        while True:
            outcome = self._attempt(batch)
            self.outage.note(outcome, full=is_full())
            if not outcome.retryable:
                return outcome
            wait = max(outcome.retry_after, pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, self._settings.longest_pause)
            if time.monotonic() + wait > give_up_at:
                return Outcome(names.RETRY_TIMEOUT)
            if self._ending.wait(wait) and not self._wait_at_the_end():
                return Outcome(names.SHUTDOWN_TIMEOUT)

    def close(self) -> None:
        if self._sender is not None:
            self._sender.close()

    def _attempt(self, batch: Sequence[object]) -> Outcome:
        try:
            if self._sender is None:
                self._sender = self._make_sender()
            return self._sender.send(batch)
        except Exception as error:
            return Outcome(type(error).__name__, str(error))

    def _wait_at_the_end(self) -> bool:
        """Pause between the last attempts; False when there is no time for another."""
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._patient:
            return False
        time.sleep(min(left, self._settings.first_pause))
        return True
