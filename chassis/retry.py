"""Trying again: which calls may be, how long to wait before, and how much of it the peers can bear."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Lock

# RFC 9110, 9.2.2: twice has the same effect as once.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
# With less time than this left, another attempt would only be a burden.
SHORTEST_ATTEMPT_S = 0.1


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


@dataclass(frozen=True)
class RetrySettings:
    """`deadline_s` is for all attempts together."""

    attempts: int = 3
    deadline_s: float = 8.0
    backoff: Backoff = field(default_factory=Backoff)


class Retries:
    """The attempts at calls of one peer, shared by all threads."""

    def __init__(
        self,
        settings: RetrySettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._settings = settings or RetrySettings()
        self._clock = clock
        self._sleep = sleep
        self._random = random or Random()
        self._budget = RetryBudget()

    def begin(self) -> float:
        """A call: until when it must be done."""
        self._budget.earn()
        return self._clock() + self._settings.deadline_s

    def remaining_s(self, deadline: float) -> float:
        """For the next attempt, which begins now."""
        return max(deadline - self._clock(), SHORTEST_ATTEMPT_S)

    def again(self, attempts: int, deadline: float) -> bool:
        """After so many attempts: whether another one fits and is paid for. If so, this has waited for it."""
        delay = self._settings.backoff.delay_s(attempts - 1, self._random)
        fits = self._clock() + delay + SHORTEST_ATTEMPT_S < deadline
        if attempts >= self._settings.attempts or not fits or not self._budget.spend():
            return False
        self._sleep(delay)
        return True
