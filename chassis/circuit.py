"""A circuit breaker: what keeps failing is left alone for a while, then tried with one call at a time.

Own code, for threads: of the libraries, pybreaker holds its lock during the call, and purgatory has none.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from threading import Lock
from weakref import WeakSet

from prometheus_client import Counter, Gauge

from chassis.http_errors import UpstreamUnavailable

logger = logging.getLogger(__name__)

states = Gauge(
    "circuit_breaker_state",
    "Circuit to a peer: 0 closed, 1 half-open, 2 open; of several instances the worst.",
    ["peer"],
)
opened = Counter("circuit_breaker_opened", "How often a circuit to a peer was opened.", ["peer"])


class State(IntEnum):
    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True)
class CircuitSettings:
    """Opens when of at least `minimum_calls` in the last `window_s` the share `failure_ratio` has failed."""

    window_s: float = 10.0
    minimum_calls: int = 5
    failure_ratio: float = 0.5
    open_s: float = 5.0


_circuits: dict[str, "WeakSet[Circuit]"] = {}


class CircuitOpen(UpstreamUnavailable):
    def __init__(self, peer: str, retry_after_s: float) -> None:
        super().__init__(peer, "the circuit is open", retry_after_s)


class Circuit:
    """The circuit to one peer, or to one of its instances; shared by all threads."""

    def __init__(
        self,
        peer: str,
        settings: CircuitSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._peer = peer
        self._settings = settings or CircuitSettings()
        self._clock = clock
        self._lock = Lock()
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=1_000)
        self._state = State.CLOSED
        self._opened_at = 0.0
        self._era = 0  # counts the changes of state: a call that began in another era proves nothing any more
        _observe(self, peer)
        opened.labels(peer)

    @property
    def state(self) -> State:
        return self._state

    @property
    def is_due(self) -> bool:
        """Open for long enough: the next call tries whether the peer is well again."""
        return self._state is State.OPEN and self._remaining_s() <= 0

    @contextmanager
    def guard(self, answers: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """Around one call: an exception is a failure of the peer, but for those that are `answers` of it.

        Raises CircuitOpen.
        """
        era = self._enter()
        succeeded = False
        try:
            yield
            succeeded = True
        except answers:
            succeeded = True
            raise
        finally:
            with self._lock:
                if era == self._era:
                    self._record(succeeded)

    def _enter(self) -> int:
        with self._lock:
            if self._state is State.OPEN and self._remaining_s() <= 0:
                self._change(State.HALF_OPEN)
            elif self._state is not State.CLOSED:
                raise CircuitOpen(self._peer, self._remaining_s())
            return self._era

    def _remaining_s(self) -> float:
        return self._opened_at + self._settings.open_s - self._clock()

    def _record(self, succeeded: bool) -> None:
        if self._state is State.HALF_OPEN:
            self._change(State.CLOSED if succeeded else State.OPEN)
            return
        self._outcomes.append((self._clock(), succeeded))
        if not succeeded and self._fails_too_often():
            self._change(State.OPEN)

    def _fails_too_often(self) -> bool:
        oldest = self._clock() - self._settings.window_s
        while self._outcomes[0][0] < oldest:
            self._outcomes.popleft()
        failures = sum(not succeeded for _, succeeded in self._outcomes)
        calls = len(self._outcomes)
        return calls >= self._settings.minimum_calls and failures >= calls * self._settings.failure_ratio

    def _change(self, state: State) -> None:
        self._state = state
        self._era += 1
        self._outcomes.clear()
        if state is State.OPEN:
            self._opened_at = self._clock()
            opened.labels(self._peer).inc()
        level = logging.WARNING if state is State.OPEN else logging.INFO
        logger.log(level, "circuit %s", state.name.lower(), extra={"service.peer.name": self._peer})


def _observe(circuit: Circuit, peer: str) -> None:
    circuits = _circuits.setdefault(peer, WeakSet())
    circuits.add(circuit)
    states.labels(peer).set_function(lambda: max((each.state for each in circuits), default=State.CLOSED))
