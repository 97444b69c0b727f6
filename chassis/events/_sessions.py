"""What outbox and inbox need of a database; `chassis.database.Database` has it."""

from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.orm import Session


class Sessions(Protocol):
    def reading(self) -> AbstractContextManager[Session]: ...

    def writing(self) -> AbstractContextManager[Session]:
        """Commits at the end of the block, rolls back when it raises."""


def affected_rows(session: Session, statement: Executable) -> int:
    """Run an INSERT, UPDATE or DELETE; how many rows it has changed."""
    return cast(CursorResult[Any], session.execute(statement)).rowcount
