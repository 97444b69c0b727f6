"""The kinds of faults, by the name that drills/*.yml have for them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from stackctl.drill.events import PoisonEvents
from stackctl.drill.flags import Flag
from stackctl.drill.held import HeldLock, HeldSpace, StaleSamples
from stackctl.drill.indexes import MissingIndex
from stackctl.drill.processes import IngesterShutDown, KilledProcess


class Injection(Protocol):
    """What goes wrong. `undo` may come from another process than `inject`, twice, or without it."""

    @property
    def restarts(self) -> tuple[str, ...]:
        """The components that are to be started again after `undo`."""

    def inject(self, drill: str, owner: int | None) -> None:
        """`owner`: the process with which it must end; None when it is to stay."""

    def undo(self, drill: str) -> None: ...


KINDS: Mapping[str, Callable[..., Injection]] = {
    "flag": Flag,
    "kill": KilledProcess,
    "ingester": IngesterShutDown,
    "index": MissingIndex,
    "lock": HeldLock,
    "disk": HeldSpace,
    "stale-samples": StaleSamples,
    "poison": PoisonEvents,
}
