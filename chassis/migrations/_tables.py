"""The database while its tables change: one process at a time, all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text

from chassis import postgresql, sqlite
from chassis.migrations._revisions import NONE


def connect(url: str) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        sqlite.configure(engine)
        sqlite.use_write_ahead_log(engine)
    return engine


@contextmanager
def changing_tables(engine: Engine) -> Iterator[Connection]:
    """One transaction. Whoever else begins one, in whatever process, waits until it has ended."""
    alone = sqlite.changing_tables if engine.dialect.name == "sqlite" else postgresql.changing_tables
    with alone(engine) as connection:
        yield connection


def version(connection: Connection) -> str:
    """That of the last revision applied."""
    if not inspect(connection).has_table("alembic_version"):
        return NONE
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or NONE
