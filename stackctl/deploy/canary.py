"""A canary: the new version gets a small share, more as long as it is no worse, and all in the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from stackctl.deploy.analysis import Limits, Look, Pair, Verdict
from stackctl.deploy.counts import Counts
from stackctl.deploy.metrics_source import Snapshot
from stackctl.errors import StackError
from stackctl.system.interrupts import uninterrupted

# The gateway looks at its registry once a second: what a scrape shows from then on belongs to the new share.
FOLLOWED_SECONDS = 1.5
# Without a new scrape for so long nobody can judge anything.
BLIND_SECONDS = 45.0
# Nobody at all has asked the service for so long.
SILENT_SECONDS = 30.0
_POLL_SECONDS = 0.5


class Ending(Enum):
    PROMOTED = "promoted"
    WORSE = "rolled back: it is worse"
    STARVED = "rolled back: not enough traffic"
    ENDED = "rolled back: it has ended by itself"
    BLIND = "rolled back: nothing can be seen"


@dataclass(frozen=True)
class CanaryResult:
    """`since` and `until`: when the new version got requests, in seconds since the epoch."""

    ending: Ending
    reason: str
    share: float
    since: float
    until: float
    last: Look | None = None


class RolloutController(Protocol):
    def set_share(self, percent: float) -> None: ...
    def candidate_runs(self) -> bool: ...
    def roll_back(self) -> None: ...
    def finish(self) -> None: ...


class Display(Protocol):
    def step(self, share: float) -> None: ...
    def look(self, look: Look, verdict: Verdict) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True)
class Clock:
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class _Over(Exception):
    """The canary ends here."""

    def __init__(self, ending: Ending, reason: str, last: Look | None = None) -> None:
        super().__init__(reason)
        self.ending, self.reason, self.last = ending, reason, last


class Canary:
    """`new` and `old` are the names of the versions in the gateway's metrics."""

    def __init__(
        self,
        stage: RolloutController,
        look: Callable[[], Snapshot],
        versions: tuple[str, str],
        display: Display,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._stage = stage
        self._ask = look
        self._new, self._old = versions
        self._display = display
        self._limits = limits or Limits()
        self._clock = clock or Clock()

    def run(self) -> CanaryResult:
        """Whatever happens, Ctrl-C included, in the end there is one version: the new one when it is good."""
        since, share = self._clock.now(), 0.0
        last: Look | None = None
        try:
            for share in self._limits.shares:
                self._display.step(share)
                last = self._step(share, last.steps if last else ())
        except _Over as over:
            until = self._clock.now()
            self._roll_back()
            return CanaryResult(over.ending, over.reason, share, since, until, over.last)
        except BaseException:
            self._roll_back()
            raise
        with uninterrupted():
            self._stage.finish()
        reason = "in every step it was no worse than the old version"
        return CanaryResult(Ending.PROMOTED, reason, 100, since, self._clock.now(), last)

    def _roll_back(self) -> None:
        self._display.note("Rolling back …")
        with uninterrupted():
            self._stage.roll_back()

    def _step(self, share: float, before: tuple[Pair, ...]) -> Look:
        """Raises _Over unless the step ends well."""
        self._stage.set_share(share)
        began = self._next(after=self._clock.now() + FOLLOWED_SECONDS)
        seen, number = began, 0
        while True:
            seen, number = self._next(after=seen.time), number + 1
            if self._began_again(began, seen):
                self._display.note("The gateway was started anew: this step begins again.")
                began = seen
                continue
            look = replace(self._look(began, seen, number), before=before)
            verdict = look.verdict(self._limits)
            self._display.look(look, verdict)
            if verdict is Verdict.GOOD:
                return look
            self._require_hope(look, verdict)

    def _look(self, began: Snapshot, seen: Snapshot, number: int) -> Look:
        new, old = (seen.of(name).since(began.of(name)) for name in (self._new, self._old))
        return Look(new, old, seen.time - began.time, number)

    def _require_hope(self, look: Look, verdict: Verdict) -> None:
        if verdict is Verdict.BAD:
            reason = "; ".join(check.difference for check in look.failed(self._limits))
            raise _Over(Ending.WORSE, reason, look)
        silent = look.new.requests + look.old.requests == 0 and look.seconds >= SILENT_SECONDS
        if verdict is Verdict.STARVED or silent:
            raise _Over(Ending.STARVED, _too_few(look, self._limits), look)

    def _began_again(self, began: Snapshot, seen: Snapshot) -> bool:
        return any(seen.of(name).began_again_after(began.of(name)) for name in (self._new, self._old))

    def _next(self, after: float) -> Snapshot:
        """The first scrape after that moment."""
        deadline = max(after, self._clock.now()) + BLIND_SECONDS
        trouble = "the gateway was not scraped"
        while self._clock.now() < deadline:
            if not self._stage.candidate_runs():
                raise _Over(Ending.ENDED, "its process is gone")
            try:
                if (snapshot := self._ask()).time > after:
                    return snapshot
            except StackError as error:
                trouble = error.message
            self._clock.sleep(_POLL_SECONDS)
        raise _Over(Ending.BLIND, f"for {BLIND_SECONDS:.0f} s nothing new was seen: {trouble}")


def _too_few(look: Look, limits: Limits) -> str:
    new, old = _counted(look.new), _counted(look.old)
    return (
        f"{new} for the new version and {old} for the old one in {look.seconds:.0f} s; "
        f"each needs {limits.least_requests}"
    )


def _counted(counts: Counts) -> str:
    return f"{counts.requests:,} request{'' if counts.requests == 1 else 's'}"
