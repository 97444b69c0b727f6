"""Faults of processes: real ones are killed, or told to give up their work."""

from dataclasses import dataclass

import requests

from stackctl import ports
from stackctl.errors import StackError
from stackctl.run import pidfiles, processes


@dataclass(frozen=True)
class KilledProcess:
    """`kill -9` of a component, as when it crashes. Nothing restarts it before the drill ends."""

    component: str

    @property
    def restarts(self) -> tuple[str, ...]:
        return (self.component,)

    def inject(self, drill: str, owner: int | None) -> None:
        kill(self.component)

    def undo(self, drill: str) -> None:
        """It is started again with all that is missing."""


@dataclass(frozen=True)
class IngesterShutDown:
    """Loki's ingester is told to shut down: Loki answers and is scraped, but takes no lines any more."""

    restarts: tuple[str, ...] = ("loki",)

    def inject(self, drill: str, owner: int | None) -> None:
        url = ports.url(ports.LOKI_HTTP, "/ingester/shutdown?terminate=false&flush=true")
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(url, timeout=30)
        if not answer.ok:
            raise StackError(f"Loki refused to shut its ingester down: {answer.status_code}.")

    def undo(self, drill: str) -> None:
        kill("loki")


def kill(component: str) -> None:
    record = pidfiles.running(component)
    if record is None or (leader := pidfiles.process_of(record)) is None:
        return
    processes.kill(processes.family(leader, component))
    pidfiles.remove(component)
