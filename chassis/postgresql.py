"""What PostgreSQL needs to serve a service as SQLite does: limits to waiting, and its words for failures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError

# In the URL's query each of these can be changed: libpq knows the names.
CONNECTION: Mapping[str, str] = {
    "connect_timeout": "5",
    # As long as a writer waits on SQLite; and longer than any call in the shop may take.
    "options": "-c lock_timeout=5s -c statement_timeout=10s -c idle_in_transaction_session_timeout=60s",
    # A server that vanishes without a word is missed after 15 s.
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}

# Of an advisory lock that nobody else has: a database belongs to one service.
PREPARING = 1

# SQLSTATE: serialization_failure and deadlock_detected; and undefined_table and undefined_column, which
# SQLite calls operational errors: the database is not the one that this version of the service needs.
_LOST = frozenset({"40001", "40P01"})
_UNFIT = frozenset({"42P01", "42703"})


def engine_options(url: URL) -> dict[str, Any]:
    """For `create_engine`. A connection that broke while it was idle is replaced before anybody gets it."""
    given = {name: value for name, value in CONNECTION.items() if name not in url.query}
    return {"connect_args": given, "pool_pre_ping": True}


def lost_to_another(error: DBAPIError) -> bool:
    """The transaction was rolled back since it stood in another's way: it may be tried again."""
    return _state(error) in _LOST


def unfit(error: DBAPIError) -> bool:
    return _state(error) in _UNFIT


@contextmanager
def changing_tables(engine: Engine) -> Iterator[Connection]:
    """A transaction; whoever else begins one this way waits, however long it takes.

    To wait for a table makes all who come later wait for it as well: that is given up soon.
    """
    with engine.begin() as connection:
        wait_for_turn(connection)
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        yield connection


def wait_for_turn(connection: Connection) -> None:
    """Until this transaction ends, no other process prepares the database."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARING})


def _state(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
