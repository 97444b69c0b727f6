"""Another service with its instances: calls are balanced, retried within bounds, not made where they fail."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from chassis.balancing import Balancer, Instance
from chassis.circuit import CircuitOpen, State
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.http_client import Timeouts
from chassis.http_errors import UpstreamUnavailable
from chassis.retry import IDEMPOTENT, Retries, RetrySettings
from chassis.transport import Call, HttpResponse, Transport, UpstreamUnreached

logger = logging.getLogger(__name__)

# What our services answer when they cannot work. Their 500 is about one request, 502 and 504 about others.
UNAVAILABLE = 503
OUTCOMES: Mapping[type[UpstreamFailed], str] = {
    CircuitOpen: "circuit_open",
    UpstreamUnreached: "unreached",
    UpstreamTimeout: "timeout",
}


@dataclass(frozen=True)
class UpstreamSettings:
    timeouts: Timeouts = field(default=Timeouts(0.5, 6.0))
    retries: RetrySettings = field(default_factory=RetrySettings)


class Observer(Protocol):
    """Learns of each attempt. `outcome`: "2xx" to "5xx", "timeout", "unreached", "failed", "circuit_open"."""

    def attempted(self, service: str, version: str, outcome: str, seconds: float) -> None: ...

    def retried(self, service: str) -> None: ...


class _AnsweredUnavailable(UpstreamFailed):
    def __init__(self, peer: str, answer: HttpResponse) -> None:
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
        self._clock = clock
        settings = settings or UpstreamSettings()
        self._timeouts = settings.timeouts
        self._retries = Retries(settings.retries, clock=clock, sleep=sleep, random=random)

    def send(self, call: Call) -> HttpResponse:
        """Any status is an answer. Raises UpstreamUnavailable, UpstreamTimeout or UpstreamFailed."""
        deadline = self._retries.begin()
        tried: list[Instance] = []
        while True:
            try:
                return self._attempt(call, tried, deadline)
            except _AnsweredUnavailable as failure:
                if not self._tries_again(call, failure, len(tried), deadline):
                    return failure.answer
            except UpstreamFailed as failure:
                if self._has_another(failure, tried):
                    continue
                if not self._tries_again(call, failure, len(tried), deadline):
                    raise

    def _attempt(self, call: Call, tried: list[Instance], deadline: float) -> HttpResponse:
        with self.balancer.instance(tried, call.method in IDEMPOTENT) as instance:
            tried.append(instance)
            started = self._clock()
            outcome = "failed"
            try:
                with instance.circuit.guard():
                    answer = self._transport.send(instance.url, call, self._within(deadline))
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

    def _has_another(self, failure: UpstreamFailed, tried: Sequence[Instance]) -> bool:
        """Nothing was sent to an instance whose circuit is open: the next one is asked at once."""
        return isinstance(failure, CircuitOpen) and any(
            instance not in tried and instance.circuit.state is State.CLOSED
            for instance in self.balancer.instances
        )

    def _within(self, deadline: float) -> Timeouts:
        remaining = self._retries.remaining_s(deadline)
        return Timeouts(*(min(limit, remaining) for limit in self._timeouts))

    def _tries_again(self, call: Call, failure: UpstreamFailed, attempts: int, deadline: float) -> bool:
        if not (_repeatable(call, failure) and self._retries.again(attempts, deadline)):
            return False
        fields = {"service.peer.name": self._service, "error.reason": failure.reason}
        logger.info("call failed, trying again", extra=fields)
        self._observer.retried(self._service)
        return True


def _repeatable(call: Call, failure: UpstreamFailed) -> bool:
    if isinstance(failure, UpstreamUnavailable):
        return False
    return call.method in IDEMPOTENT or isinstance(failure, UpstreamUnreached)
