"""Is a port free, and if not, who holds it? Asked before anything starts: afterwards it is a riddle."""

import shlex
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psutil

from stackctl.errors import StackError
from stackctl.ports import HOST
from stackctl.run.components import Component
from stackctl.run.processes import COMPONENT_MARK, STATE_MARK


@dataclass(frozen=True)
class Holder:
    """Who listens. Another user's process is hidden from us and has no pid; a stack's has its folder."""

    pid: int | None = None
    command: str = ""
    stack: str | None = None

    def __str__(self) -> str:
        if self.stack:
            return f"another stack ({self.stack}), pid {self.pid}"
        return f"pid {self.pid}: {self.command}" if self.pid else "a process of another user"


@dataclass(frozen=True)
class Conflict:
    """Ports that a component needs and somebody else holds."""

    component: str
    holder: Holder
    ports: Sequence[int]

    def __str__(self) -> str:
        noun = "port" if len(self.ports) == 1 else "ports"
        verb = "is" if len(self.ports) == 1 else "are"
        return f"{noun} {', '.join(map(str, self.ports))} {verb} held by {self.holder}"

    @property
    def remedy(self) -> str:
        """The command that frees the ports, or finds out who could."""
        if self.holder.stack:
            return f"{STATE_MARK}={shlex.quote(self.holder.stack)} ./stack down"
        return f"kill {self.holder.pid}" if self.holder.pid else f"sudo ss -ltnp 'sport = :{self.ports[0]}'"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> Holder | None:
    """Who holds the port, or None when it is free."""
    if is_free(port):
        return None
    process = _listener(port)
    if process is None:
        return Holder()
    try:
        command = shlex.join(process.cmdline()) or process.name()
        return Holder(process.pid, _shortened(command), _stack_of(process.environ()))
    except psutil.Error:
        return Holder(process.pid, "(its command cannot be read)")


def conflicts(components: Iterable[Component]) -> Iterator[Conflict]:
    """What of these components' ports is taken, by component and holder."""
    for component in components:
        taken: dict[Holder, list[int]] = {}
        for port in component.ports:
            if held := holder(port):
                taken.setdefault(held, []).append(port)
        yield from (Conflict(component.name, held, ports) for held, ports in taken.items())


def require_free(components: Iterable[Component]) -> None:
    """Raise when a port that these components need is taken, naming every such port and its holder."""
    found = list(conflicts(components))
    if found:
        remedies = dict.fromkeys(f"  {conflict.remedy}" for conflict in found)
        raise StackError(
            "\n       ".join(f"{conflict.component} cannot start: {conflict}" for conflict in found),
            hint="\n".join(["Free it, then run ./stack up again:", *remedies]),
        )


def _listener(port: int) -> psutil.Process | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS shows connections of all processes to root only
        return None
    for connection in connections:
        listens = (
            connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        )
        if listens and connection.pid:
            return psutil.Process(connection.pid)
    return None


def _stack_of(environment: Mapping[str, str]) -> str | None:
    return environment.get(STATE_MARK) if COMPONENT_MARK in environment else None


def _shortened(command: str, most: int = 100) -> str:
    return command if len(command) <= most else command[: most - 1] + "…"
