"""What is verified: a run and its ledger."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from proof.expectations import ExpectedStep
from proof.ledger.joined_instances import Joined
from proof.ledger.rows import Row
from proof.ledger.runs import Run
from stackctl.shop_scenarios import saga_mode_of
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes, expected_outcomes_of

# A service logs and counts a request just after its answer has left.
_AFTERMATH_SECONDS = 0.5

# How long after all was over a scrape may come that still tells where counters and stock ended.
_LAST_SCRAPE_SECONDS = 600.0


@dataclass(frozen=True)
class Window:
    """Seconds since the epoch."""

    start: float
    end: float

    @property
    def ns(self) -> tuple[int, int]:
        return round(self.start * 1e9), round(self.end * 1e9)


@dataclass(frozen=True)
class RunContext:
    run: Run
    rows: Sequence[Row]
    # Processes that a deploy has brought since the run began.
    joined: Sequence[Joined] = ()

    @cached_property
    def outcomes(self) -> ExpectedOutcomes:
        return expected_outcomes_of(self.rows)

    @cached_property
    def expected_steps(self) -> Sequence[ExpectedStep]:
        """What must come of the run after its answers."""
        return tuple(self.outcomes.expected_steps(saga_mode_of(self.run)))

    @cached_property
    def answering(self) -> Window:
        """From the first request to the last answer, and what belongs to that."""
        return Window(self.run.started_at, max(row.done_at for row in self.rows) + _AFTERMATH_SECONDS)

    @property
    def whole(self) -> Window:
        """Until all that the run set going had ended; as long as nobody knows when that is, until now."""
        settled_at = self.run.settled_at or time.time()
        return Window(self.answering.start, max(self.answering.end, settled_at))

    def settled(self, at: float) -> "RunContext":
        """The same, now that it is known when all was over."""
        return replace(self, run=replace(self.run, settled_at=at))


def scraped_until(over: float) -> float:
    """Until when to look for the scrapes that tell how things stood at `over`; never in the future."""
    return min(time.time(), over + _LAST_SCRAPE_SECONDS)
