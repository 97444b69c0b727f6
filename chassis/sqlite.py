"""What SQLite needs to serve many threads: a write-ahead log, and transactions that begin where we say.

A writer waits 5 s for another before "database is locked"; `?timeout=` in the URL, in seconds, changes that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from filelock import FileLock
from sqlalchemy import Connection, Engine, event

# Execution options of a connection that is going to write. It takes the write lock at once: a transaction
# that reads first and then wants to write fails when another has written in between, however patient it is.
WRITING = {"sqlite_writing": True}


def configure(engine: Engine) -> None:
    """Make the parent folder and attach the settings that each new connection and transaction gets."""
    _file(engine).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)


def use_write_ahead_log(engine: Engine) -> None:
    """Readers and the writer no longer wait for each other. Kept in the file, so once is enough.

    When two processes switch a file at once, SQLite does not wait (tried: 1 in 20 fails); a lock file does.
    """
    with _lock(engine), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


@contextmanager
def changing_tables(engine: Engine) -> Iterator[Connection]:
    """A transaction; whoever else begins one this way waits, however long it takes.

    A table is changed by making it anew: meanwhile rows refer to nothing, so that is checked at the end.
    """
    with _lock(engine), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # has no effect within a transaction
        connection.rollback()
        with connection.execution_options(**WRITING).begin():
            yield connection
            if strays := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise ValueError(f"rows that refer to nothing, and where they are: {strays}")


def _lock(engine: Engine) -> FileLock:
    return FileLock(f"{_file(engine)}.lock")


def _file(engine: Engine) -> Path:
    if not engine.url.database or engine.url.database == ":memory:":
        raise ValueError("SQLite needs a file here: its threads could not share a database in memory")
    return Path(engine.url.database)


def _set_up_connection(connection: SQLiteConnection, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 begins no transactions of its own
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")  # with WAL, no crash of ours loses a commit


def _begin(connection: Connection) -> None:
    """A reader needs none. In a trace, a writer's BEGIN is its wait for the lock."""
    if connection.get_execution_options().get("sqlite_writing"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
