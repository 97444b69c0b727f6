"""Is a port free, and if not, who holds it? Asked before anything starts: afterwards it is a riddle."""

import shlex
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psutil

from stackctl.components import Component
from stackctl.errors import StackError
from stackctl.ports import HOST
from stackctl.processes import COMPONENT_MARK, STATE_MARK


@dataclass(frozen=True)
class Holder:
    """Who listens on a port: without a pid when it is another user's process and hidden from us."""

    port: int
    pid: int | None
    command: str
    stack: str | None

    def __str__(self) -> str:
        who = f"pid {self.pid}: {self.command}" if self.pid else "a process of another user"
        return f"port {self.port} is held by {who}"

    @property
    def remedy(self) -> str:
        """The command that frees the port."""
        if self.stack:
            return f"{STATE_MARK}={shlex.quote(self.stack)} ./stack down"
        return f"kill {self.pid}" if self.pid else f"sudo ss -ltnp 'sport = :{self.port}'"


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
        return Holder(port, None, "", None)
    try:
        command = shlex.join(process.cmdline()) or process.name()
        return Holder(port, process.pid, _shortened(command), _stack_of(process.environ()))
    except psutil.Error:
        return Holder(port, process.pid, "(its command cannot be read)", None)


def require_free(components: Iterable[Component]) -> None:
    """Raise when a port that these components need is taken, naming every such port and its holder."""
    taken = [
        (component, held) for component in components for port in component.ports if (held := holder(port))
    ]
    if taken:
        raise StackError(
            "\n       ".join(f"{component.name} cannot start: {held}" for component, held in taken),
            hint="Free it, then run ./stack up again:\n"
            + "\n".join(f"  {remedy}" for remedy in dict.fromkeys(held.remedy for _, held in taken)),
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
