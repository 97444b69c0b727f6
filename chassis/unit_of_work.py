"""The transaction of a repository's statements: one for each call, or the caller's for all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session

from chassis.database import Database


class UnitOfWork:
    """What a repository opens in place of a database, so that an event handler can include it."""

    def __init__(self, database: Database, joined: Session | None = None) -> None:
        self._database = database
        self._joined = joined

    def within(self, session: Session) -> "UnitOfWork":
        """The same, as part of the transaction that `session` has begun: whoever began it commits."""
        return UnitOfWork(self._database, session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        if self._joined is not None:
            yield self._joined
            return
        with self._database.reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        if self._joined is not None:
            yield self._joined
            return
        with self._database.writing() as session:
            yield session

    def when_committed(self, report: Callable[[], None]) -> None:
        """Call `report` once what was written is there to stay: now, or after the caller's commit."""
        if self._joined is None:
            report()
        else:
            event.listen(self._joined, "after_commit", lambda _: report(), once=True)
