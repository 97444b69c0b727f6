"""Where another service is at present: one base URL, or the instances in the registry that may change.

The gateway balances with more knowledge (chassis/balancing.py); between services this is enough: a version is
drawn by its weight, then one of its instances, and there is a second one to ask when the first is gone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import glasshouse_telemetry as telemetry
from chassis.registry import Registry, RegistryFile, Version

# The addresses to try, in this order.
Addresses = Callable[[], Sequence[str]]


def at(base_url: str) -> Addresses:
    addresses = (base_url.rstrip("/"),)
    return lambda: addresses


def find(service: str, base_url: str, registry_file: Path | None) -> Addresses:
    """What the registry says of the service; without a registry it is at `base_url`, always."""
    if registry_file is None:
        return at(base_url)
    return Registered(service, base_url, RegistryFile(registry_file).current)


class Registered:
    """A service that the registry does not know, or knows no instance of, is at `otherwise`."""

    def __init__(
        self, service: str, otherwise: str, registry: Callable[[], Registry], random: Random | None = None
    ) -> None:
        self._service = service
        self._otherwise = at(otherwise)
        self._registry = registry
        self._random = random or Random()
        self._named: frozenset[str] = frozenset()

    def __call__(self) -> Sequence[str]:
        versions = self._registry().get(self._service, {}).values()
        usable = [version for version in versions if version.weight and version.instances]
        if not usable:
            return self._otherwise()
        self._name(frozenset(url for version in usable for url in version.instances))
        (drawn,) = self._random.choices(usable, [version.weight for version in usable])
        return self._first_and_second(drawn, usable)

    def _first_and_second(self, drawn: Version, usable: Sequence[Version]) -> Sequence[str]:
        first = self._random.choice(drawn.instances)
        others = [url for version in usable for url in version.instances if url != first]
        return (first, self._random.choice(others)) if others else (first,)

    def _name(self, urls: frozenset[str]) -> None:
        """In telemetry a call is known by the name of its peer, whichever instance it went to."""
        if urls - self._named:
            telemetry.start_tracing(peers=dict.fromkeys(urls, self._service))
            self._named |= urls
