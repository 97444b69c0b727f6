"""What is said about a receiver that fails: a warning at the beginning and one at the end, never a flood."""

import logging
import time
from contextlib import suppress
from typing import Final

from glasshouse_telemetry.export.outcome import Outcome

_log = logging.getLogger("telemetry.export")
_QUIET_FOR: Final = 60.0  # seconds after a warning in which another one of its kind is not given


class Outage:
    """Follows the outcomes of one queue's deliveries. Used by one thread."""

    def __init__(self, capacity: int, noun: str = "span") -> None:
        self._noun = noun
        self._capacity = capacity
        self._since: float | None = None
        self._reported = False
        self._reported_full = False
        self._rejecting = False
        self._quiet_until: dict[str, float] = {}

    @property
    def lasts(self) -> bool:
        return self._since is not None

    def note(self, outcome: Outcome, *, full: bool) -> None:
        if outcome.delivered:
            self._note_end()
            self._note_rejected(outcome)
        else:
            self._note_failure(outcome, full)

    def note_too_large(self, name: str, size: int, outcome: Outcome) -> None:
        if self._may_warn("too large"):
            _warn("the %s %r (%d bytes) is dropped: %s", self._noun, name, size, outcome.reason)

    def note_left(self, items: int, *, kept: bool = False) -> None:
        if items:
            then = ": the next process sends what is in the spool" if kept else ""
            _warn("%d %ss could not be delivered before the end%s", items, self._noun, then)

    def note_failed_spool(self, error: Exception) -> None:
        if self._may_warn("spool"):
            _warn("what other processes have left in the spool cannot be delivered: %r", error)

    def _note_failure(self, outcome: Outcome, full: bool) -> None:
        if self._since is None:
            self._since = time.monotonic()
            if self._may_warn("failing"):
                self._reported = True
                kept = f"up to {self._capacity} are kept" if outcome.retryable else "they are dropped"
                _warn("%ss cannot be delivered, %s: %s", self._noun, kept, outcome.reason)
        if full and self._reported and not self._reported_full:
            self._reported_full = True
            _warn("the %s queue is full: new %ss are dropped and counted", self._noun, self._noun)

    def _note_end(self) -> None:
        if self._since is not None and self._reported:
            _warn("%ss are delivered again after %.1f s", self._noun, time.monotonic() - self._since)
        self._since = None
        self._reported = self._reported_full = False

    def _note_rejected(self, outcome: Outcome) -> None:
        """Partial success: the receiver took the batch but for some of it, or has something to say of it."""
        rejecting = bool(outcome.rejected or outcome.reason)
        if rejecting and not self._rejecting and self._may_warn("rejecting"):
            _warn(
                "the receiver rejects some %ss (%d in a batch): %s",
                self._noun,
                outcome.rejected,
                outcome.reason,
            )
        self._rejecting = rejecting

    def _may_warn(self, kind: str) -> bool:
        now = time.monotonic()
        if now < self._quiet_until.get(kind, 0.0):
            return False
        self._quiet_until[kind] = now + _QUIET_FOR
        return True


def _warn(message: str, *arguments: object) -> None:
    with suppress(Exception):  # filters and handlers are the app's
        _log.warning(message, *arguments)
