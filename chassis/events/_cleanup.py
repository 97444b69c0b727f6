"""Old rows of outbox and inbox are deleted: many, but few at once, so that nobody waits long for the lock."""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from chassis.events._interval import Interval
from chassis.events._sessions import Sessions

_EVERY_S: Final = 60.0
AT_ONCE: Final = 1_000


class Cleanup:
    """`forget` deletes at most so many rows and answers how many there were."""

    def __init__(self, sessions: Sessions, forget: Callable[[Session, int], int]) -> None:
        self._sessions = sessions
        self._forget = forget
        self._interval = Interval(_EVERY_S)

    def step(self) -> None:
        """Once a minute; while there may be more, each time."""
        if not self._interval.due():
            return
        with self._sessions.writing() as session:
            forgotten = self._forget(session, AT_ONCE)
        if forgotten == AT_ONCE:
            self._interval.hasten()
