"""Delivering one batch: again and again, with growing pauses, until it is taken, refused or given up."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from glasshouse_telemetry import names
from glasshouse_telemetry.export.outage import Outage
from glasshouse_telemetry.export.outcome import Destination, Outcome, Sender
from glasshouse_telemetry.export.settings import QueueSettings

_SMALLEST_BATCH: Final = 64 * 1024  # bytes; what is still too large then is halved each time
_GROWTH: Final = 1.1  # of the next batch, after one that was taken
_MOST_REFUSED: Final = 16  # items, one by one, after which their size is not what the receiver minds
_SHUTDOWN: Final = Outcome(names.SHUTDOWN_TIMEOUT)


class Delivery:
    """Used by one thread; `end` may be called by another, and never waits.

    `pause` waits for so many seconds, or until the end has come.
    """

    def __init__(
        self, destination: Destination, settings: QueueSettings, pause: Callable[[float], None]
    ) -> None:
        self.outage = Outage(settings.capacity, destination.noun)
        self.ending = False
        self.batch_bytes = settings.batch_bytes  # of the next batch: smaller once one was too large
        self._destination = destination
        self._settings = settings
        self._pause = pause
        self._sender: Sender | None = None
        self._deadline = float("inf")
        self._patient = True
        self._last_try_made = False
        self._not_before = self._give_up_at = 0.0

    def end(self, timeout: float) -> None:
        """Finish within `timeout` seconds. A receiver that is away already is asked once, not waited for."""
        self._patient = not self.outage.lasts
        self._deadline = time.monotonic() + timeout
        self.ending = True

    def has_time(self) -> bool:
        return time.monotonic() < self._deadline

    def deliver(
        self,
        batch: Sequence[Any],
        *,
        settle: Callable[[Outcome, int], None],
        has_dropped: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """`settle` is told what became of so many items, until it was told of all. Returns the last outcome.

        A batch that the receiver finds too large goes in halves. What is dropped in the end is a single item.
        """
        self._give_up_at = time.monotonic() + self._settings.give_up_after
        parts, refused, outcome = [batch], 0, _SHUTDOWN
        while parts:
            part = parts.pop()
            outcome = self._deliver_part(part, has_dropped)
            if outcome.too_large and len(part) > 1 and refused < _MOST_REFUSED:
                half = len(part) // 2
                parts += part[half:], part[:half]
                self._set_batch_bytes(self._bytes(part) // 2)
                continue
            if outcome.delivered:
                refused = 0
                self._set_batch_bytes(int(self.batch_bytes * _GROWTH))
            elif outcome.too_large and len(part) == 1:
                refused += 1
                self.outage.note_too_large(self._destination.name_of(part[0]), self._bytes(part), outcome)
            elif outcome.too_large:
                self.outage.note(outcome, full=has_dropped())
            settle(outcome, len(part))
        return outcome

    def close(self) -> None:
        if self._sender is not None:
            self._sender.close()

    def _deliver_part(self, part: Sequence[Any], has_dropped: Callable[[], bool]) -> Outcome:
        pause = self._settings.first_pause
        while self._may_try():
            outcome = self._attempt(part)
            if not outcome.too_large:
                self.outage.note(outcome, full=has_dropped())
            if not outcome.retryable:
                return outcome
            wait = pause * random.uniform(0.8, 1.2)
            pause = min(pause * 2, self._settings.longest_pause)
            if outcome.retry_after:
                wait = max(outcome.retry_after, self._settings.first_pause)
                self._give_up_at += wait  # to wait because the receiver asks is not to be in vain
                self._not_before = time.monotonic() + wait
            if time.monotonic() + wait > self._give_up_at:
                return Outcome(names.RETRY_TIMEOUT)
            self._pause(wait)
        return _SHUTDOWN

    def _may_try(self) -> bool:
        """At the end: whether there is time for one more attempt, after a pause."""
        if not self.ending:
            return True
        now = time.monotonic()
        wait = self._not_before - now
        if now + max(wait, 0) >= self._deadline:
            return False
        if self.outage.lasts and self._patient:
            wait = max(wait, self._settings.first_pause)
        elif self.outage.lasts:
            if self._last_try_made:
                return False
            self._last_try_made = True
        if wait > 0:
            time.sleep(min(wait, self._deadline - now))
        return True

    def _attempt(self, part: Sequence[Any]) -> Outcome:
        try:
            if self._sender is None:
                self._sender = self._destination.make_sender()
            return self._sender.send(part)
        except Exception as error:
            return Outcome(type(error).__name__, str(error))

    def _set_batch_bytes(self, wanted: int) -> None:
        self.batch_bytes = min(max(wanted, _SMALLEST_BATCH), self._settings.batch_bytes)

    def _bytes(self, part: Sequence[Any]) -> int:
        return sum(map(self._destination.size_of, part))
