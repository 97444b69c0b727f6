"""Another service with its instances: calls are balanced, retried within bounds, not made while it fails."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from chassis.balancing import Balancer, Instance
from chassis.circuit import Circuit, CircuitOpen, CircuitSettings
from chassis.denials import UpstreamUnavailable
from chassis.facts import UpstreamFailed, UpstreamTimeout
from chassis.peers import Timeouts
from chassis.retry import IDEMPOTENT, Backoff, RetryBudget
from chassis.transport import Answer, Call, Transport, UpstreamUnreached

logger = logging.getLogger(__name__)

# What our services answer when they cannot work. Their 500 is about one request, 502 and 504 about others.
UNAVAILABLE = 503
OUTCOMES: Mapping[type[UpstreamFailed], str] = {
    CircuitOpen: "circuit_open",
    UpstreamUnreached: "unreached",
    UpstreamTimeout: "timeout",
}
# With less time than this left, another attempt would only be a burden.
SHORTEST_ATTEMPT_S = 0.1


@dataclass(frozen=True)
class UpstreamSettings:
    """`deadline_s` is for all attempts together."""

    timeouts: Timeouts = field(default=Timeouts(0.5, 6.0))
    deadline_s: float = 8.0
    attempts: int = 3
    backoff: Backoff = field(default_factory=Backoff)
    circuit: CircuitSettings = field(default_factory=CircuitSettings)


class Observer(Protocol):
    """Learns of each attempt. `outcome`: "2xx" to "5xx", "timeout", "unreached", "failed", "circuit_open"."""

    def attempted(self, service: str, version: str, outcome: str, seconds: float) -> None: ...

    def retried(self, service: str) -> None: ...


class _AnsweredUnavailable(UpstreamFailed):
    def __init__(self, peer: str, answer: Answer) -> None:
        super().__init__(peer, f"answered {answer.status}")
        self.answer = answer


class Upstream:
    def __init__(
        self,
        service: str,
        balancer: Balancer,
        transport: Transport,
        observer: Observer,
        settings: UpstreamSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.balancer = balancer
        self._service = service
        self._transport = transport
        self._observer = observer
        self._settings = settings or UpstreamSettings()
        self._clock = clock
        self._sleep = sleep
        self._random = random or Random()
        self._circuit = Circuit(service, self._settings.circuit, clock)
        self._budget = RetryBudget()

    def send(self, call: Call) -> Answer:
        """Any status is an answer. Raises UpstreamUnavailable, UpstreamTimeout or UpstreamFailed."""
        deadline = self._clock() + self._settings.deadline_s
        self._budget.earn()
        tried: list[Instance] = []
        while True:
            try:
                return self._attempt(call, tried, deadline)
            except _AnsweredUnavailable as failure:
                if not self._tries_again(call, failure, len(tried), deadline):
                    return failure.answer
            except UpstreamFailed as failure:
                if not self._tries_again(call, failure, len(tried), deadline):
                    raise

    def _attempt(self, call: Call, tried: list[Instance], deadline: float) -> Answer:
        with self.balancer.instance(tried) as instance:
            tried.append(instance)
            started = self._clock()
            outcome = "failed"
            try:
                with self._circuit.guard():
                    answer = self._transport.send(instance.url, call, self._timeouts(deadline))
                    outcome = f"{answer.status // 100}xx"
                    if answer.status == UNAVAILABLE:
                        raise _AnsweredUnavailable(self._service, answer)
                    return answer
            except UpstreamFailed as failure:
                outcome = OUTCOMES.get(type(failure), outcome)
                if isinstance(failure, UpstreamUnreached):
                    instance.refused()
                raise
            finally:
                self._observer.attempted(self._service, instance.version, outcome, self._clock() - started)

    def _timeouts(self, deadline: float) -> Timeouts:
        remaining = max(deadline - self._clock(), SHORTEST_ATTEMPT_S)
        return Timeouts(*(min(limit, remaining) for limit in self._settings.timeouts))

    def _tries_again(self, call: Call, failure: UpstreamFailed, attempts: int, deadline: float) -> bool:
        """Whether it makes sense, still fits and is paid for; when it is, this waits before it says so."""
        delay = self._settings.backoff.delay_s(attempts - 1, self._random)
        fits = attempts < self._settings.attempts and self._clock() + delay + SHORTEST_ATTEMPT_S < deadline
        if not (fits and _repeatable(call, failure) and self._budget.spend()):
            return False
        fields = {"peer.service": self._service, "error.reason": failure.reason}
        logger.info("call failed, trying again", extra=fields)
        self._observer.retried(self._service)
        self._sleep(delay)
        return True


def _repeatable(call: Call, failure: UpstreamFailed) -> bool:
    if isinstance(failure, UpstreamUnavailable):
        return False
    return call.method in IDEMPOTENT or isinstance(failure, UpstreamUnreached)
