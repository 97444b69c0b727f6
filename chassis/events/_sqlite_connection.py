"""One thread's connection to the embedded broker's file."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis.events import _sqlite_schema
from chassis.events._broker import BrokerUnavailable

Row = tuple[Any, ...]


class SQLiteConnection:
    """Statements and transactions, and whether it is worth looking into a queue again."""

    def __init__(self, path: Path) -> None:
        with _raising_unavailable():
            _sqlite_schema.prepare(path)
            self._connection = _sqlite_schema.connect(path)
        self._empty: dict[str, tuple[int, float]] = {}

    def query(self, statement: str, *parameters: object) -> Sequence[Row]:
        with _raising_unavailable():
            return self._connection.execute(statement, parameters).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its beginning; commits unless the block raises."""
        self._empty.clear()
        with _raising_unavailable():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def may_have_changed(self, queue: str, now: float) -> bool:
        """False while nobody else has written since `remember_empty`, and nothing hidden has become due.

        Costs one look at shared memory, so that an idle consumer can ask many times a second.
        """
        version, due_at = self._empty.get(queue, (-1, 0.0))
        return now >= due_at or self.version() != version

    def remember_empty(self, queue: str, version: int, due_at: float) -> None:
        self._empty[queue] = (version, due_at)

    def version(self) -> int:
        """Changes whenever another connection, of any process, commits."""
        return int(self.query("PRAGMA data_version")[0][0])

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _raising_unavailable() -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise BrokerUnavailable(f"sqlite: {error}") from error
