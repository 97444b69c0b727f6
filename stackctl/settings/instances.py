"""The processes of a service: one by default, further ones on ports of their own by `up --scale`.

A new version that is deployed runs in as many processes beside them, on ports above all of theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stackctl import ports

_STEP = 100
MOST_INSTANCES = 9


@dataclass(frozen=True)
class Instance:
    """One process of a service, the first has number 1. All of them share the service's database.

    `candidate` is the version of a new one, while that runs beside the old one.
    """

    service: str
    number: int = 1
    candidate: str = ""

    @property
    def name(self) -> str:
        """Of its component and its log files."""
        parts = [self.service, *([f"v{self.candidate}"] if self.candidate else [])]
        return "-".join([*parts, *([str(self.number)] if self.number > 1 else [])])

    @property
    def is_known(self) -> bool:
        """Do all find it without being told? The first one of a service is where it always is."""
        return self.number == 1 and not self.candidate

    @property
    def port(self) -> int:
        return ports.SERVICES[self.service] + self._offset

    @property
    def grpc_port(self) -> int | None:
        """Callers know the first one's; a further inventory takes its share of the events only."""
        return ports.INVENTORY_GRPC + self._offset if self.service == "inventory" else None

    @property
    def metrics_port(self) -> int:
        return ports.GATEWAY_METRICS + self._offset if self.service == "gateway" else self.port

    @property
    def ports(self) -> tuple[int, ...]:
        further = {self.grpc_port, self.metrics_port} - {None, self.port}
        return (self.port, *(port for port in further if port is not None))

    @property
    def _offset(self) -> int:
        return _STEP * (self.number - 1 + (MOST_INSTANCES if self.candidate else 0))


def instances(scale: Mapping[str, int], candidates: Mapping[str, str] | None = None) -> Iterator[Instance]:
    """Of every service as many as `scale` says, or one; of the new version in `candidates` as many more."""
    for service in ports.SERVICES:
        numbers = range(1, scale.get(service, 1) + 1)
        yield from (Instance(service, number) for number in numbers)
        if candidate := (candidates or {}).get(service):
            yield from (Instance(service, number, candidate) for number in numbers)
