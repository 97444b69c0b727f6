"""Trying again: which calls may be, how long to wait before, and how much of it the peers can bear."""

from dataclasses import dataclass
from random import Random
from threading import Lock

# RFC 9110, 9.2.2: twice has the same effect as once.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


@dataclass(frozen=True)
class Backoff:
    """Exponential with full jitter: callers that failed together do not come back together.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    first_s: float = 0.05
    longest_s: float = 0.5

    def delay_s(self, retry: int, random: Random) -> float:
        """Before the `retry`th retry, counted from 0."""
        return random.uniform(0, min(self.longest_s, self.first_s * 2**retry))


class RetryBudget:
    """Lets retries add `ratio` to the calls and no more, so that they cannot bring an ailing peer down.

    `reserve` is how many may be made at once after a quiet time.
    """

    def __init__(self, ratio: float = 0.2, reserve: float = 10) -> None:
        self._ratio = ratio
        self._reserve = reserve
        self._balance = reserve
        self._lock = Lock()

    def earn(self) -> None:
        """For each call."""
        with self._lock:
            self._balance = min(self._reserve, self._balance + self._ratio)

    def spend(self) -> bool:
        """For each retry: False when it must not be made."""
        with self._lock:
            affordable = self._balance >= 1
            self._balance -= affordable
            return affordable
