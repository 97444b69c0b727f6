"""What is said about a receiver that is away: a warning at its beginning and its end, never a flood."""

import logging
import time
from typing import Final

from glasshouse_telemetry.export.outcome import Outcome

_log = logging.getLogger("telemetry.export")
_QUIET_FOR: Final = 60.0  # seconds after a warning in which a new outage is not reported


class Outage:
    """Follows the outcomes of one queue's deliveries."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._since: float | None = None
        self._reported = False
        self._reported_full = False
        self._quiet_until = 0.0

    @property
    def lasts(self) -> bool:
        return self._since is not None

    def note(self, outcome: Outcome, *, full: bool) -> None:
        if outcome.delivered:
            self._note_end()
        else:
            self._note_failure(outcome, full)

    def note_lost(self, spans: int) -> None:
        if spans:
            _log.warning("%d spans could not be delivered before the end", spans)

    def _note_failure(self, outcome: Outcome, full: bool) -> None:
        now = time.monotonic()
        if self._since is None:
            self._since = now
            if now >= self._quiet_until:
                self._reported = True
                self._quiet_until = now + _QUIET_FOR
                kept = (
                    f"up to {self._capacity} are kept" if outcome.retryable else "the receiver refuses them"
                )
                _log.warning("spans cannot be delivered, %s: %s", kept, outcome.reason)
        if full and self._reported and not self._reported_full:
            self._reported_full = True
            _log.warning("the span queue is full: new spans are dropped and counted")

    def _note_end(self) -> None:
        if self._since is not None and self._reported:
            _log.warning("spans are delivered again after %.1f s", time.monotonic() - self._since)
        self._since = None
        self._reported = self._reported_full = False
