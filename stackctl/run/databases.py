"""Each service's own database: a SQLite file, or a database on PostgreSQL that no other service may enter."""

from typing import TYPE_CHECKING, LiteralString
from urllib.parse import urlsplit

from stackctl import ports
from stackctl.paths import data_dir
from stackctl.run.postgres import SUPERUSER
from stackctl.settings import credentials
from stackctl.settings.saved_options import POSTGRES, SavedOptions
from stackctl.system.polling import NotYet, poll_until

if TYPE_CHECKING:
    from psycopg import Connection

SERVICES = tuple(name for name in ports.SERVICES if name != "gateway")

SUPERUSER_PASSWORD = "postgres-password"

_LET_IN_WITHIN_SECONDS = 15.0


def password_names() -> tuple[str, ...]:
    return SUPERUSER_PASSWORD, *map(_password_name, SERVICES)


def url_of(service: str, chosen: SavedOptions) -> str:
    """As SQLAlchemy has it."""
    if POSTGRES not in chosen.parts:
        return f"sqlite:///{data_dir(service) / service}.db"
    if external := chosen.parts[POSTGRES]:
        return urlsplit(external)._replace(scheme="postgresql+psycopg", path=f"/{_name(service)}").geturl()
    password = credentials.read(_password_name(service))
    return (
        f"postgresql+psycopg://{_name(service)}:{password}@{ports.address(ports.POSTGRES)}/{_name(service)}"
    )


def make_missing(chosen: SavedOptions) -> None:
    """Make the databases that PostgreSQL does not have yet; on our own server each has a user of its own.

    An external server is entered with the user of its URL, who then owns all of them.
    """
    if POSTGRES not in chosen.parts:
        return
    with poll_until(
        lambda: _connect(chosen), "PostgreSQL to let us in", _LET_IN_WITHIN_SECONDS
    ) as connection:
        for service in SERVICES:
            if chosen.runs(POSTGRES):
                _make_user(connection, service)
            _make_database(connection, service, owner=_name(service) if chosen.runs(POSTGRES) else None)


def _connect(chosen: SavedOptions) -> "Connection | NotYet":
    import psycopg

    url = urlsplit(chosen.parts[POSTGRES])._replace(scheme="postgresql").geturl()
    if chosen.runs(POSTGRES):
        password = credentials.read(SUPERUSER_PASSWORD)
        url = f"postgresql://{SUPERUSER}:{password}@{ports.address(ports.POSTGRES)}/postgres"
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        return NotYet(str(error).strip())


def _make_user(connection: "Connection", service: str) -> None:
    from psycopg.sql import SQL, Identifier, Literal

    if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", service):
        password = Literal(credentials.read(_password_name(service)))
        connection.execute(
            SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(_name(service)), password)
        )


def _make_database(connection: "Connection", service: str, owner: str | None) -> None:
    from psycopg.sql import SQL, Identifier

    name = Identifier(_name(service))
    if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", service):
        connection.execute(SQL("CREATE DATABASE {}").format(name))
    if owner:
        connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(name, Identifier(owner)))
        connection.execute(SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))


def _exists(connection: "Connection", query: LiteralString, service: str) -> bool:
    return connection.execute(query, [_name(service)]).fetchone() is not None


def _name(service: str) -> str:
    """Of its database and its user: recognisable on a server that has others."""
    return f"glasshouse_{service}"


def _password_name(service: str) -> str:
    return f"{SUPERUSER_PASSWORD}-{service}"
