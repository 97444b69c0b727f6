"""Faults that last as long as a process holds them: a lock, disk space, a client with a wrong clock.

The process is a component of the stack (`drill-NAME`), so `./stack down` finds it. It ends by itself when its
owner has, and after LONGEST_SECONDS in any case (stackctl/drills/holder_process.py).
"""

import sys
from dataclasses import dataclass
from typing import ClassVar

from stackctl.drills.disk_filler import filler_file, require_space
from stackctl.run import launching, pidfiles, supervisor
from stackctl.run.components import Component, Tier
from stackctl.run.steps import Steps

LONGEST_SECONDS = 900.0
_GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class _Held:
    restarts: ClassVar[tuple[str, ...]] = ()

    def inject(self, drill: str, owner: int | None) -> None:
        arguments = [sys.executable, "-m", "stackctl.drills.holder_process", drill]
        if owner is not None:
            arguments += ["--owner", str(owner)]
        launching.launch(Component(_name(drill), tuple(arguments), ready_url="", ports=(), tier=Tier.GATEWAY))

    def undo(self, drill: str) -> None:
        if pidfiles.read(_name(drill)) is not None:
            supervisor.stop([_name(drill)], _Silent(), _GRACE_SECONDS)


@dataclass(frozen=True)
class HeldLock(_Held):
    """A transaction that locks a service's table for `hold_s`, again and again, `pause_s` apart."""

    service: str
    table: str
    hold_s: float
    pause_s: float


@dataclass(frozen=True)
class HeldSpace(_Held):
    """A file that takes the free space of the disk: all of it in `full_in_s`, but never more than `most`."""

    full_in_s: float
    most: float

    def inject(self, drill: str, owner: int | None) -> None:
        require_space()
        super().inject(drill, owner)

    def undo(self, drill: str) -> None:
        super().undo(drill)
        filler_file().unlink(missing_ok=True)


@dataclass(frozen=True)
class StaleSamples(_Held):
    """A client whose clock is `hours` slow sends metrics: Prometheus refuses samples that are so old."""

    hours: float


class _Silent(Steps):
    def begin(self, name: str, doing: str) -> None: ...

    def finish(self, name: str, outcome: str) -> None: ...


def _name(drill: str) -> str:
    return f"drill-{drill}"
