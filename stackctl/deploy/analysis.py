"""The verdict on a version after each look at its counts, with the chance of a wrong one bounded.

Who looks again and again finds something by chance in the end. So the error that is allowed is shared
out: with ALPHA for a whole deploy, each of its tests may take ALPHA / (steps x looks x checks) (Bonferroni;
C. Jennison, B. W. Turnbull, Group Sequential Methods with Applications to Clinical Trials, 2000, chapter 2,
has finer boundaries, which presume more). It holds however the looks depend on each other.

A look sees all that was counted since the deploy began, each step as a stratum of its own: the share changes
between steps, and one sum over all would compare different times (Simpson's paradox).

What is significant may still be irrelevant: with enough requests, half a millisecond is. So a check fails
only when the difference also matters to somebody (the `*_MATTERS` below).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from stackctl.deploy.counts import Counts
from stackctl.deploy.significance import Histograms, Hits, fisher_greater, mann_whitney_greater

# The chance of rolling back a good version, at most, in all looks of a deploy together.
ALPHA = 0.05

# Differences that matter: in the share of errors or of slow requests, and in the mean duration.
SHARE_MATTERS = 0.01
SECONDS_MATTER = 0.02
FACTOR_MATTERS = 1.2

# Longer than this is slow: a tail that becomes longer is seen here, where the mean hardly moves.
SLOW_SECONDS = 0.25

_CHECKS = 3


class Verdict(Enum):
    """Of one look."""

    GO_ON = "too early to say"
    GOOD = "no worse"
    BAD = "worse"
    STARVED = "not enough traffic"


@dataclass(frozen=True)
class Limits:
    """`shares`: the percentages of the requests that the new version gets, one step each.

    A step ends well after `least_seconds` and `least_requests` of each version, unless a check fails; it is
    given up after `most_looks`, one per scrape.
    """

    shares: tuple[float, ...] = (10, 25, 50)
    least_seconds: float = 30.0
    least_requests: int = 200
    most_looks: int = 24

    @property
    def significant(self) -> float:
        """What a p-value must stay below to count."""
        return ALPHA / (len(self.shares) * self.most_looks * _CHECKS)


@dataclass(frozen=True)
class Check:
    """One comparison of the new version with the old one, with its p-value."""

    name: str
    p_value: float
    matters: bool
    difference: str

    def fails(self, limits: Limits) -> bool:
        return self.matters and self.p_value < limits.significant


class Pair(NamedTuple):
    """What both versions have counted in one step."""

    new: Counts
    old: Counts


def checks(steps: Sequence[Pair]) -> Iterator[Check]:
    yield _shares("errors", "failed", steps, lambda counts: (counts.errors, counts.requests))
    slow = f"took more than {_ms(SLOW_SECONDS)}"
    yield _shares(
        "slow requests", slow, steps, lambda counts: (counts.slower_than(SLOW_SECONDS), counts.timed)
    )
    mean = _mean(steps, lambda pair: (pair.new.seconds, pair.new.timed))
    usual = _mean(steps, lambda pair: (pair.old.mean * pair.new.timed, pair.new.timed))
    yield Check(
        "latency",
        mann_whitney_greater(*(Histograms(pair.new.buckets, pair.old.buckets) for pair in steps)),
        mean - usual >= SECONDS_MATTER and mean >= FACTOR_MATTERS * usual,
        f"its requests took {_ms(mean)} on average, the old version's {_ms(usual)}",
    )


def _shares(name: str, what: str, steps: Sequence[Pair], count: Callable[[Counts], tuple[int, int]]) -> Check:
    """The old version is taken at its share in each step, for as many requests as the new one had there."""
    tables = [Hits(*count(pair.new), *count(pair.old)) for pair in steps]
    trials = max(sum(table.trials for table in tables), 1)
    share = sum(table.hits for table in tables) / trials
    usual = (
        sum(table.trials * table.reference_hits / max(table.reference_trials, 1) for table in tables) / trials
    )
    difference = f"{share:.1%} of its requests {what}, {usual:.1%} of the old version's"
    return Check(name, fisher_greater(*tables), share - usual >= SHARE_MATTERS, difference)


def _mean(steps: Sequence[Pair], part: Callable[[Pair], tuple[float, int]]) -> float:
    parts = [part(pair) for pair in steps]
    return sum(seconds for seconds, _ in parts) / max(sum(count for _, count in parts), 1)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


@dataclass(frozen=True)
class Look:
    """What is known at one moment of a step: `number` counts its looks from 1, `before` are earlier steps."""

    new: Counts
    old: Counts
    seconds: float
    number: int
    before: tuple[Pair, ...] = ()

    @property
    def steps(self) -> tuple[Pair, ...]:
        return (*self.before, Pair(self.new, self.old))

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(checks(self.steps))

    def failed(self, limits: Limits) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.fails(limits))

    def verdict(self, limits: Limits) -> Verdict:
        if self.failed(limits):
            return Verdict.BAD
        if self.seconds >= limits.least_seconds and self._enough(limits):
            return Verdict.GOOD
        return Verdict.STARVED if self.number >= limits.most_looks else Verdict.GO_ON

    def _enough(self, limits: Limits) -> bool:
        """The old version, too: a comparison with nothing says nothing."""
        return min(self.new.requests, self.old.requests) >= limits.least_requests
