"""A missing index, for real: a table grows by an import, and the index by which it is read is gone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, DateTime, Engine, TextClause, bindparam, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from stackctl.run import databases
from stackctl.settings import saved_options

# What is imported is older and later in the alphabet than all else: it is on nobody's first page.
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_ID_PREFIX = "drill-"
# Nobody waits long for the write lock.
_AT_ONCE = 10_000


@dataclass(frozen=True)
class MissingIndex:
    """Of products: `rows` more products, all of them older than the others, and no index `index`."""

    index: str
    column: str
    rows: int
    restarts: tuple[str, ...] = ()

    def inject(self, drill: str, owner: int | None) -> None:
        for first in range(0, self.rows, _AT_ONCE):
            with _writing() as connection:
                insert = _insert_into(connection.dialect.name)
                connection.execute(insert, list(_products(first, min(first + _AT_ONCE, self.rows))))
        with _writing() as connection:
            connection.execute(text(f"DROP INDEX IF EXISTS {self.index}"))

    def undo(self, drill: str) -> None:
        with _writing() as connection:
            connection.execute(text(f"CREATE INDEX IF NOT EXISTS {self.index} ON products ({self.column})"))
        removed = -1
        while removed:
            with _writing() as connection:
                removed = connection.execute(_DELETE).rowcount
        with suppress(OperationalError), _engine().connect() as connection:  # it may have to share the file
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))


def _insert_into(dialect: str) -> TextClause:
    """On SQLite the oldest rows come first, as in a table that has grown over years: who looks for the newest
    without an index then finds a newer one at every row."""
    column, place = ("rowid, ", ":number - 1000000000, ") if dialect == "sqlite" else ("", "")
    return text(
        f"INSERT INTO products ({column}id, name, category, price_cents, description, created_at)"
        f" VALUES ({place}:id, :name, 'archive', 100, :description, :created_at) ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("created_at", type_=DateTime(timezone=True)))


_DELETE = text(
    f"DELETE FROM products WHERE id IN"
    f" (SELECT id FROM products WHERE id LIKE '{_ID_PREFIX}%' LIMIT {_AT_ONCE})"
)


def _products(first: int, end: int) -> Iterator[Mapping[str, object]]:
    for number in range(first, end):
        yield {
            "number": number,
            "id": f"{_ID_PREFIX}{number:08}",
            "name": f"zz archived article {number:08}",
            "description": "No longer sold. " * 8,
            "created_at": _OLDEST + timedelta(seconds=number),
        }


@contextmanager
def _writing() -> Iterator[Connection]:
    with _engine().begin() as connection:
        yield connection


def _engine() -> Engine:
    return create_engine(databases.url_of("products", saved_options.load()), poolclass=NullPool)
