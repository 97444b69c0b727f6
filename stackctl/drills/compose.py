"""Drills on the stack in containers, from outside: docker breaks and heals, published ports tell.

Nothing here reads a volume: what lies in one is written and read by containers that have it already.
"""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.console import Console

from stackctl.compose import client
from stackctl.drills import traffic_container
from stackctl.drills.environment import Sent
from stackctl.drills.holder_spec import StaleSamples
from stackctl.drills.injection import Injection
from stackctl.drills.processes import IngesterShutDown
from stackctl.errors import StackError
from stackctl.run import alert_profiles, annotations
from stackctl.settings import alertmanager_login
from stackctl.system.interrupts import uninterrupted

# Their files are chosen by ALERTS_PROFILE in docker-compose.yml.
_ALERTING = ("prometheus", "alertmanager", "loki")

_OBSTACLES = {
    "lock": "its database is reached by the services alone",
    "index": "its database is reached by the services alone",
    "disk": "the disk below the containers is not ours to fill",
}
_LARGER_THAN_ITS_CONTAINER = "it takes more memory than its container may, which is ended first"


@dataclass(frozen=True)
class Inside:
    """A fault of files or queues, injected by the container that has them in its reach."""

    fault: Mapping[str, Any]
    restarts: ClassVar[tuple[str, ...]] = ()

    def inject(self, drill: str, owner: int | None) -> None:
        self._do("inject", drill)

    def undo(self, drill: str) -> None:
        self._do("undo", drill)

    def _do(self, what: str, drill: str) -> None:
        program = ("-m", "stackctl.drills.container_entrypoint", what, drill, json.dumps(self.fault))
        client.run("--rm", "--no-TTY", "--entrypoint", "python", client.INSIDE, *program)


@dataclass(frozen=True)
class KilledContainer:
    """`kill -9` by docker, which then leaves it dead."""

    component: str

    @property
    def restarts(self) -> tuple[str, ...]:
        return (self.component,)

    def inject(self, drill: str, owner: int | None) -> None:
        client.kill(self.component)

    def undo(self, drill: str) -> None:
        """It is started again."""


class ContainersIngesterShutDown(IngesterShutDown):
    def undo(self, drill: str) -> None:
        client.kill("loki")


def _inside(kind: str) -> Callable[..., Injection]:
    return lambda **fields: Inside({"kind": kind, **fields})


_KINDS: Mapping[str, Callable[..., Injection]] = {
    "flag": _inside("flag"),
    "poison": _inside("poison"),
    "kill": KilledContainer,
    "ingester": ContainersIngesterShutDown,
    "stale-samples": StaleSamples,
}


class ComposeEnvironment:
    kinds = _KINDS

    def obstacle(self, fault: Mapping[str, Any]) -> str:
        if fault.get("flag") == "memory-leak":
            return _LARGER_THAN_ITS_CONTAINER
        return _OBSTACLES.get(fault["kind"], "")

    def bring_up(self, console: Console) -> None:
        if client.compose("up", "--detach", "--wait").returncode:
            raise StackError("not all containers come up.", "Which do not: ./stack status --mode compose")

    def start(self, components: Collection[str]) -> None:
        client.up(*components)

    def use_profile(self, name: str) -> bool:
        """Those that run are made anew, which takes some seconds. What a drill has killed stays away."""
        was = alert_profiles.evaluated_last()
        running = {each["Service"] for each in client.containers() if each["State"] == "running"}
        if concerned := [service for service in _ALERTING if service in running]:
            with uninterrupted():  # half of them made anew would be worse than Ctrl-C that is not heard
                client.up(*concerned, settings={"ALERTS_PROFILE": name})
        if "prometheus" in concerned:
            alert_profiles.wait_until_evaluated(name)
        return was != name

    def sent(self, rate: float) -> AbstractContextManager[Sent]:
        return traffic_container.sent(rate)

    def stop_traffic(self, pid: int) -> None:
        traffic_container.stop()

    def alert_lines(self) -> str:
        files = "/state/logs/notifications.jsonl.1 /state/logs/notifications.jsonl"
        wanted = r'"alert\.name"|dead man'
        return traffic_container.asked(
            f"grep --no-messages --no-filename --extended-regexp '{wanted}' {files} || true"
        )

    def alertmanager_header(self) -> str:
        file = f"/secrets/{alertmanager_login.AUTHORIZATION}"
        read = client.compose("exec", "--no-TTY", "alertmanager", "cat", file, captured=True).stdout
        return f"Basic {read}"

    def annotate(self, event: str, subject: str, **fields: str) -> None:
        """By the container that may write to the volume; dashboards do without when it is away."""
        line = annotations.line(event, subject, **fields)
        append = f'printf "%s\\n" "$1" >> /state/logs/{annotations.SERVICE}.jsonl'
        with suppress(StackError):
            arguments = ("exec", "--no-TTY", "log-rotation", "sh", "-c", append, "sh", line)
            client.compose(*arguments, captured=True)
