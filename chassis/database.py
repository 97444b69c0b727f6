"""A service's own database: SQLite by default, another by its URL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy import Select, create_engine, func, make_url, select
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

import glasshouse_telemetry as telemetry
from chassis import postgresql, sqlite
from chassis.errors import DatabaseUnavailable, TransactionLost
from chassis.paging import Page, PageRequest

Row = TypeVar("Row")

# As many connections as gunicorn has threads (apps/gunicorn.conf.py), and more for those in the background
# while they need them: none ever waits for another.
POOL_SIZE = 8
POOL_OVERFLOW = 8
POOL_TIMEOUT_S = 5.0

# Whether the request (or whatever else runs in this context) has committed something.
has_committed: ContextVar[bool] = ContextVar("has_committed", default=False)


class Database:
    """Sessions for one call each: `reading` and `writing` end them, raise a domain error when they fail."""

    def __init__(self, url: str) -> None:
        place = make_url(url)
        self._engine = create_engine(
            place,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_TIMEOUT_S,
            hide_parameters=True,  # they are personal data, and error messages end in logs and spans
            **(postgresql.engine_options(place) if place.get_backend_name() == "postgresql" else {}),
        )
        self._session = sessionmaker(self._engine)
        if self._engine.dialect.name == "sqlite":
            sqlite.configure(self._engine)
        telemetry.instrument_sqlalchemy(self._engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with _raising_unavailable(), self._session() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commit at the end of the block; roll back when it raises."""
        with _raising_unavailable(), self._session.begin() as session:
            session.connection(execution_options=sqlite.WRITING)
            yield session
        has_committed.set(True)

    def seed(self, rows: Sequence[object]) -> None:
        """Fill a table that is empty; once, however many instances start at the same time."""
        with self.writing() as session:
            if self._engine.dialect.name == "postgresql":
                postgresql.wait_for_turn(session.connection())
            if rows and not session.scalar(select(func.count()).select_from(type(rows[0]))):
                session.add_all(rows)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _raising_unavailable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if postgresql.lost_to_another(error):
            raise TransactionLost("The database could not do this just now.") from error
        if isinstance(error, OperationalError) or error.connection_invalidated or postgresql.unfit(error):
            raise DatabaseUnavailable("The database is not available.") from error
        raise
    except TimeoutError as error:
        raise DatabaseUnavailable("The database has too much to do.") from error


def fetch_page(session: Session, statement: Select[tuple[Row]], request: PageRequest) -> Page[Row]:
    """One page of what `statement` selects, and how many there are in all."""
    count = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    rows = session.scalars(statement.limit(request.limit).offset(request.offset)).all()
    return Page(rows, request.page, request.limit, session.scalar(count) or 0)
