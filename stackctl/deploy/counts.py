"""What was counted of a version: requests, errors and how long they took."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Upper bounds in seconds of the gateway's histogram (apps/gateway/metrics.py); a test holds them together.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, float("inf"))


@dataclass(frozen=True)
class Counts:
    """`buckets` has a count of its own for each of BOUNDS; `seconds` is the sum of all durations."""

    requests: int = 0
    errors: int = 0
    buckets: tuple[int, ...] = (0,) * len(BOUNDS)
    seconds: float = 0.0

    @property
    def error_ratio(self) -> float:
        return self.errors / self.requests if self.requests else 0.0

    @property
    def timed(self) -> int:
        return sum(self.buckets)

    @property
    def mean(self) -> float:
        """Seconds."""
        return self.seconds / self.timed if self.timed else 0.0

    def slower_than(self, bound: float) -> int:
        """How many took longer; `bound` is one of BOUNDS."""
        return sum(self.buckets[BOUNDS.index(bound) + 1 :])

    def quantile(self, share: float) -> float:
        """Seconds that this share of the requests did not exceed, as histogram_quantile reckons it."""
        wanted, below = share * self.timed, 0
        for (lower, upper), count in zip(pairwise((0.0, *BOUNDS)), self.buckets, strict=True):
            if count and below + count >= wanted:
                return lower if upper == BOUNDS[-1] else lower + (upper - lower) * (wanted - below) / count
            below += count
        return 0.0

    def since(self, earlier: "Counts") -> "Counts":
        return Counts(
            self.requests - earlier.requests,
            self.errors - earlier.errors,
            tuple(now - before for now, before in zip(self.buckets, earlier.buckets, strict=True)),
            self.seconds - earlier.seconds,
        )

    def began_again_after(self, earlier: "Counts") -> bool:
        """Counters never fall, unless who counts was started anew."""
        return self.requests < earlier.requests or self.timed < earlier.timed


def own_counts(cumulative: Sequence[float]) -> tuple[int, ...]:
    """Prometheus' buckets count all that is smaller, too."""
    return tuple(round(upper - lower) for lower, upper in pairwise((0.0, *cumulative)))
