"""New databases for the services' tests: SQLite, or PostgreSQL with pytest's option --database=postgresql.

Each is a copy of one that was brought up to date once for each service: that takes milliseconds.
"""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import MetaData

from chassis.migrations import Revisions, upgrade
from chassis.migrations._tables import changing_tables, connect
from tests.postgres import PostgresServer

# Makes one with the tables of a service, and says its URL.
NewDatabase = Callable[[str], str]

SQLITE, POSTGRESQL = KINDS = ("sqlite", "postgresql")


def create_tables(url: str, *tables: MetaData) -> None:
    """For tests of what has no service, and so no revisions."""
    with changing_tables(connect(url)) as connection:
        for each in tables:
            each.create_all(connection)


class Databases(Protocol):
    """Those of one test session."""

    def new(self, service: str, folder: Path) -> str:
        """`folder` is for what the database keeps in files."""

    def drop(self, url: str) -> None: ...


class SqliteDatabases:
    def __init__(self, templates: Path) -> None:
        self._templates = templates
        self._numbers = itertools.count()

    def new(self, service: str, folder: Path) -> str:
        template = self._templates / f"{service}.db"
        if not template.exists():
            upgrade(f"sqlite:///{template}", Revisions.of(f"apps.{service}"))
        file = folder / service / f"{service}.db"
        if file.exists():
            file = folder / f"{service}-{next(self._numbers)}" / file.name
        file.parent.mkdir()
        shutil.copyfile(template, file)
        return f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        """pytest removes the folder."""


class PostgresqlDatabases:
    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._templates: dict[str, str] = {}

    def new(self, service: str, folder: Path) -> str:
        if service not in self._templates:
            url = self._server.new_database()
            upgrade(url, Revisions.of(f"apps.{service}"))
            self._templates[service] = url.rpartition("/")[2]
        return self._server.new_database(self._templates[service])

    def drop(self, url: str) -> None:
        self._server.drop_database(url)
