"""Where the stack of a drill runs, and what a drill does differently there: processes, or containers."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from rich.console import Console

from proof.ledger.rows import Row
from stackctl.drills.injection import Injection
from stackctl.settings import modes


@dataclass(frozen=True)
class Sent:
    """Traffic that goes on. `pid`: its process on this machine, or 0. `rows`: its last requests at least."""

    pid: int
    rows: Callable[[], list[Row]]


class Environment(Protocol):
    @property
    def kinds(self) -> Mapping[str, Callable[..., Injection]]:
        """The kinds of faults that can be injected here."""

    def obstacle(self, fault: Mapping[str, Any]) -> str:
        """Why this fault cannot be injected here; empty when it can."""

    def bring_up(self, console: Console) -> None:
        """Start what does not run, and wait until all is ready."""

    def start(self, components: Collection[str]) -> None:
        """Start again what a drill has killed, and wait until it is ready."""

    def use_profile(self, name: str) -> bool:
        """Have the rules of this profile evaluated. False: they were already."""

    def sent(self, rate: float) -> AbstractContextManager[Sent]:
        """Mixed traffic from here to the end of the block."""

    def stop_traffic(self, pid: int) -> None:
        """End the traffic of a drill that died without doing so."""

    def alert_lines(self) -> str:
        """What notifications has written of alerts: JSON lines, others among them."""

    def alertmanager_header(self) -> str:
        """The value of `Authorization` with which Alertmanager answers."""

    def annotate(self, event: str, subject: str, **fields: str) -> None:
        """For the dashboards."""


def environment() -> Environment:
    return _environment(modes.current())


@cache
def _environment(mode: str) -> Environment:
    if mode == modes.COMPOSE:
        from stackctl.drills.compose import ComposeEnvironment

        return ComposeEnvironment()
    from stackctl.drills.native import NativeEnvironment

    return NativeEnvironment()
