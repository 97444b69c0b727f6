"""What PostgreSQL needs to serve a service as SQLite does: limits to what one waits for."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

# Of an advisory lock, known to nobody else; a database belongs to one service.
CHANGING_TABLES = 0x676C6173  # "glas"


@contextmanager
def changing_tables(engine: Engine) -> Iterator[Connection]:
    """A transaction; whoever else begins one this way waits, however long it takes.

    To wait for a table makes all who come later wait for it as well: that is given up soon.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGING_TABLES})
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        yield connection
