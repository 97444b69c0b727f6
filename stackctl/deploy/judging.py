"""The verdict on a version after each look at its counts, with the chance of a wrong one bounded.

Who looks again and again finds something by chance in the end. So the error that is allowed is shared
out: with ALPHA for a whole deploy, each of its tests may take ALPHA / (steps x looks x checks) (Bonferroni;
C. Jennison, B. W. Turnbull, Group Sequential Methods with Applications to Clinical Trials, 2000, chapter 2,
has finer boundaries, which presume more). It holds however the looks depend on each other. The looks of a
step see all that the step has counted; steps are judged apart, since the share changes between them, and
counts of different times would be compared otherwise (Simpson's paradox).

What is significant may still be irrelevant: with enough requests, half a millisecond is. So a check fails
only when the difference also matters to somebody (the `*_MATTERS` below).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from stackctl.deploy.counts import Counts
from stackctl.deploy.significance import fisher_greater, mann_whitney_greater

# How many good versions in a hundred may be rolled back by chance, in all looks of a deploy together.
ALPHA = 0.01

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
    most_looks: int = 36

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


def checks(new: Counts, old: Counts) -> Iterator[Check]:
    yield Check(
        "errors",
        fisher_greater(new.errors, new.requests, old.errors, old.requests),
        new.error_ratio - old.error_ratio >= SHARE_MATTERS,
        f"{new.error_ratio:.1%} of its requests failed, {old.error_ratio:.1%} of the old version's",
    )
    slow, was_slow = new.slower_than(SLOW_SECONDS), old.slower_than(SLOW_SECONDS)
    share, was = slow / max(new.timed, 1), was_slow / max(old.timed, 1)
    yield Check(
        "slow requests",
        fisher_greater(slow, new.timed, was_slow, old.timed),
        share - was >= SHARE_MATTERS,
        f"{share:.1%} of its requests took more than {_ms(SLOW_SECONDS)}, {was:.1%} of the old version's",
    )
    yield Check(
        "latency",
        mann_whitney_greater(new.buckets, old.buckets),
        new.mean - old.mean >= SECONDS_MATTER and new.mean >= FACTOR_MATTERS * old.mean,
        f"its requests took {_ms(new.mean)} on average, the old version's {_ms(old.mean)}",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


@dataclass(frozen=True)
class Look:
    """What is known at one moment of a step: `number` counts its looks from 1."""

    new: Counts
    old: Counts
    seconds: float
    number: int

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(checks(self.new, self.old))

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
