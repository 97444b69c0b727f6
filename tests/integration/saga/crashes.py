"""Processes that die in the middle of their work, in one process: at a commit, before it or after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

Moment = Literal["before", "after"]


class Crash(BaseException):
    """Nothing catches it but whoever plays the rest of the world; `service` is no more until `restart`."""

    def __init__(self, service: str, restart: Callable[[], None]) -> None:
        super().__init__(service)
        self.service = service
        self.restart = restart


@dataclass
class Crashes:
    """Counts the commits of all services; the one with the number `at` never begins, or is never known of."""

    at: int = 0
    moment: Moment = "before"
    commits: int = 0
    # Whose a database is, by the database's name.
    services: dict[str | None, str] = field(default_factory=dict)
    dead: str | None = None

    def before_commit(self, session: Session) -> None:
        self._refuse_the_dead(session)
        self.commits += 1
        if self.commits == self.at and self.moment == "before":
            self._die(session)

    def after_commit(self, session: Session) -> None:
        if self.commits == self.at and self.moment == "after" and self.dead is None:
            self._die(session)

    def arm(self, at: int, moment: Moment) -> None:
        self.at, self.moment = at, moment

    def disarm(self) -> bool:
        """Whether nobody had died."""
        was_armed, self.at = self.at > 0, 0
        return was_armed

    @contextmanager
    def none(self) -> Iterator[None]:
        """For what no service does."""
        at, commits, self.at = self.at, self.commits, 0
        try:
            yield
        finally:
            self.at, self.commits = at, commits

    def restart(self) -> None:
        self.dead = None

    def _die(self, session: Session) -> None:
        self.disarm()
        self.dead = self._service_of(session)
        raise Crash(self.dead, self.restart)

    def _refuse_the_dead(self, session: Session) -> None:
        """What Python does on the way out (`finally`) is not done by a process that was killed."""
        if self.dead is not None and self.dead == self._service_of(session):
            raise Crash(self.dead, self.restart)

    def _service_of(self, session: Session) -> str:
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        return self.services[engine.url.database]


@contextmanager
def crashing() -> Iterator[Crashes]:
    crashes = Crashes()
    hooks: dict[str, Callable[[Session], None]] = {
        "before_commit": crashes.before_commit,
        "after_commit": crashes.after_commit,
    }
    for name, hook in hooks.items():
        event.listen(Session, name, hook)
    try:
        yield crashes
    finally:
        for name, hook in hooks.items():
            event.remove(Session, name, hook)
