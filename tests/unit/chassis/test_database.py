"""Sessions, transactions and instants on SQLite."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Database, fetch_page
from chassis.errors import DatabaseUnavailable
from chassis.paging import PageRequest
from chassis.sqlalchemy_types import UtcDateTime
from tests.databases import create_tables

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Base(DeclarativeBase):
    pass


class Visit(Base):
    __tablename__ = "visits"

    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "visits.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    create_tables(f"sqlite:///{file}", Base.metadata)
    database = Database(f"sqlite:///{file}?timeout=0.1")
    yield database
    database.close()


def numbers(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Visit.number).order_by(Visit.number)))


def test_the_folder_of_the_file_is_made(database: Database, file: Path) -> None:
    assert file.is_file()


def test_readers_and_the_writer_do_not_wait_for_each_other(database: Database) -> None:
    with database.writing() as writing:
        writing.add(Visit(number=1, at=NOON))
        writing.flush()
        assert numbers(database) == []
    assert numbers(database) == [1]


def test_a_writer_does_not_wait_for_somebody_who_is_still_reading(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM visits").fetchall()
        with database.writing() as session:
            session.add(Visit(number=1, at=NOON))
    assert numbers(database) == [1]


def test_a_block_that_raises_writes_nothing(database: Database) -> None:
    with pytest.raises(LookupError), database.writing() as session:
        session.add(Visit(number=1, at=NOON))
        session.flush()
        raise LookupError
    assert numbers(database) == []


def test_a_writer_that_waits_too_long_for_another_is_told_so(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable), database.writing():
            pass
        assert numbers(database) == []


def test_a_lock_is_taken_before_anything_is_read(database: Database, file: Path) -> None:
    """Else two who read, then write, could not both go on, however long they waited."""
    with (
        closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as other,
        database.writing(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_a_database_whose_tables_are_gone_is_unavailable(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("DROP TABLE visits")
    with pytest.raises(DatabaseUnavailable):
        numbers(database)


def test_a_broken_rule_of_the_schema_is_for_the_store_to_explain(database: Database) -> None:
    with database.writing() as session:
        session.add(Visit(number=1, at=NOON))
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        session.add(Visit(number=1, at=NOON))
    assert "2026" not in str(caught.value), "parameters do not belong into messages"


def test_an_instant_is_utc_again_whatever_zone_it_came_in(database: Database) -> None:
    with database.writing() as session:
        session.add(Visit(number=1, at=NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    with database.reading() as session:
        [at] = session.scalars(select(Visit.at))
    assert (at, at.tzinfo) == (NOON, UTC)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), database.writing() as session:
        session.add(Visit(number=1, at=datetime(2026, 11, 21, 12)))


def test_only_an_empty_table_is_seeded(database: Database) -> None:
    for _ in range(2):
        database.seed([Visit(number=1, at=NOON), Visit(number=2, at=NOON)])
    assert numbers(database) == [1, 2]


def test_many_can_seed_a_table_at_once(database: Database, file: Path) -> None:
    databases = [Database(f"sqlite:///{file}") for _ in range(8)]

    def seed(database: Database) -> None:
        database.seed([Visit(number=1, at=NOON)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(seed, databases))
    assert numbers(database) == [1]
    for each in databases:
        each.close()


def test_a_page_knows_the_total_of_what_was_asked_for(database: Database) -> None:
    with database.writing() as session:
        session.add_all(Visit(number=number, at=NOON) for number in range(10))
    with database.reading() as session:
        statement = select(Visit).where(Visit.number < 5).order_by(Visit.number)
        page = fetch_page(session, statement, PageRequest(page=2, limit=2)).map(lambda visit: visit.number)
    assert (page.items, page.page, page.limit, page.total) == ([2, 3], 2, 2, 5)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        Database(url)
