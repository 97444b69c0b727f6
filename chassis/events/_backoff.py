"""How long to wait before trying again."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Exponential with equal jitter: from half to the whole, so that many who failed at once spread out.

    (AWS Architecture Blog, "Exponential Backoff And Jitter".)
    """

    first_s: float
    longest_s: float
    random: Callable[[], float] = random.random

    def delay_s(self, failures: int) -> float:
        """The delay after so many failures in a row, counted from 1."""
        full = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 60))
        return full * (0.5 + self.random() / 2)
