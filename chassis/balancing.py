"""Which instance of a service gets the next call: a version by weight, then its least busy instance.

An instance that fails its health checks, or whose circuit is open, gets none while there is another.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from random import Random
from threading import Lock

from chassis.circuit import Circuit, CircuitSettings, State
from chassis.http_errors import UpstreamUnavailable
from chassis.registry import Versions

logger = logging.getLogger(__name__)

# One failed health check may be bad luck.
FAILED_CHECKS = 2
# More than an instance has threads would only wait there, and one that hangs would keep all of ours.
CALLS_PER_INSTANCE = 16


class Instance:
    """One process of a service. It is taken to be healthy until it proves otherwise."""

    def __init__(self, service: str, version: str, url: str, circuit: Circuit | None = None) -> None:
        self.service = service
        self.circuit = circuit or Circuit(service)
        self.version = version
        self.url = url
        self.healthy = True
        self.outstanding = 0
        self._failed_checks = 0

    def checked(self, passed: bool) -> None:
        """What its health check has shown."""
        self._failed_checks = 0 if passed else self._failed_checks + 1
        if passed or self._failed_checks >= FAILED_CHECKS:
            self._become(passed)

    def refused(self) -> None:
        """It took no connection: nobody is there. The next health check that it passes brings it back."""
        self._become(False)

    def _become(self, healthy: bool) -> None:
        if healthy == self.healthy:
            return
        self.healthy = healthy
        fields = {"service.peer.name": self.service, "peer.version": self.version, "peer.url": self.url}
        if healthy:
            logger.info("instance put back", extra=fields)
        else:
            logger.warning("instance taken out", extra=fields)


class Balancer:
    """The instances of one service, shared by all threads."""

    def __init__(
        self,
        service: str,
        versions: Versions,
        calls_per_instance: int = CALLS_PER_INSTANCE,
        random: Random | None = None,
        circuit: CircuitSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._calls_per_instance = calls_per_instance
        self._random = random or Random()
        self._circuit_settings = circuit
        self._clock = clock
        self._lock = Lock()
        self._turns = count()
        self._weights: Mapping[str, float] = {}
        self._instances: Sequence[Instance] = ()
        self.update(versions)

    @property
    def instances(self) -> Sequence[Instance]:
        return self._instances

    def weight(self, version: str) -> float:
        return self._weights.get(version, 0)

    def update(self, versions: Versions) -> None:
        """Instances that stay keep what is known of them; calls to those that go are finished."""
        with self._lock:
            known = {(instance.version, instance.url): instance for instance in self._instances}
            self._instances = [
                known.get((name, url)) or self._new_instance(name, url)
                for name, version in versions.items()
                for url in version.instances
            ]
            self._weights = {name: version.weight for name, version in versions.items()}

    def _new_instance(self, version: str, url: str) -> Instance:
        circuit = Circuit(self._service, self._circuit_settings, self._clock)
        return Instance(self._service, version, url, circuit)

    @contextmanager
    def instance(self, tried: Collection[Instance] = (), repeatable: bool = True) -> Iterator[Instance]:
        """One to call within the block, preferably none of those `tried`. Raises UpstreamUnavailable.

        `repeatable`: the call may find out whether an instance that has failed is well again.
        """
        with self._lock:
            chosen = self._choose(tried, repeatable)
            chosen.outstanding += 1
        try:
            yield chosen
        finally:
            with self._lock:
                chosen.outstanding -= 1

    def _choose(self, tried: Collection[Instance], repeatable: bool) -> Instance:
        weighted = [instance for instance in self._instances if self._weights[instance.version] > 0]
        free = [instance for instance in weighted if instance.outstanding < self._calls_per_instance]
        if not free:
            why = "all its instances are busy" if weighted else "it has no instance"
            raise UpstreamUnavailable(self._service, why)
        candidates = _preferred(free, tried, repeatable)
        versions = list(dict.fromkeys(instance.version for instance in candidates))
        (version,) = self._random.choices(versions, [self._weights[name] for name in versions])
        return self._least_busy([instance for instance in candidates if instance.version == version])

    def _least_busy(self, instances: Sequence[Instance]) -> Instance:
        """Of those equally busy, each in turn."""
        first = next(self._turns) % len(instances)
        return min([*instances[first:], *instances[:first]], key=lambda instance: instance.outstanding)


def _preferred(
    instances: Sequence[Instance], tried: Collection[Instance], repeatable: bool
) -> Sequence[Instance]:
    """When all look ill, any will do: that may be our error, and asking does no harm."""

    def is_well(instance: Instance) -> bool:
        circuit = instance.circuit
        return instance.healthy and (circuit.state is State.CLOSED or (repeatable and circuit.is_due))

    preferences: Sequence[Callable[[Instance], bool]] = (
        lambda instance: is_well(instance) and instance not in tried,
        is_well,
        lambda instance: instance.healthy and instance not in tried,
        lambda instance: instance.healthy,
        lambda instance: instance not in tried,
    )
    for preferred in preferences:
        if found := [instance for instance in instances if preferred(instance)]:
            return found
    return instances
