"""The processes of a service: one by default, further ones on ports of their own by `up --scale`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stackctl import ports

_STEP = 100
MOST_INSTANCES = 9


@dataclass(frozen=True)
class Instance:
    """One process of a service, the first has number 1. All of them share the service's database."""

    service: str
    number: int = 1

    @property
    def name(self) -> str:
        """Of its component and its log files."""
        return self.service if self.number == 1 else f"{self.service}-{self.number}"

    @property
    def port(self) -> int:
        return ports.SERVICES[self.service] + self._offset

    @property
    def grpc_port(self) -> int | None:
        """Callers know the first one's; a further inventory takes its share of the events only."""
        return ports.INVENTORY_GRPC + self._offset if self.service == "inventory" else None

    @property
    def ports(self) -> tuple[int, ...]:
        return (self.port, self.grpc_port) if self.grpc_port else (self.port,)

    @property
    def _offset(self) -> int:
        return _STEP * (self.number - 1)


def instances(scale: Mapping[str, int]) -> Iterator[Instance]:
    """Of every service as many as `scale` says, or one."""
    for service in ports.SERVICES:
        for number in range(1, scale.get(service, 1) + 1):
            yield Instance(service, number)
