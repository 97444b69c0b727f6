"""What handlers do in these tests: write down each message they handled, so that doing it twice shows."""

from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select
from sqlalchemy.orm import Session

from chassis.database import Database
from chassis.events import Message, decode, metadata
from tests.databases import create_tables

own_metadata = MetaData()
effects = Table(
    "effects",
    own_metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
)


def open_database(url: str) -> Database:
    create_tables(url, metadata, own_metadata)
    return Database(url)


def write_down(session: Session, message: Message) -> None:
    session.execute(insert(effects).values(number=message.body["number"]))


def numbers(database: Database) -> list[int]:
    """In the order of handling."""
    with database.reading() as session:
        return list(session.scalars(select(effects.c.number).order_by(effects.c.id)))


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(func.count()).select_from(effects)).one()


def number_in(raw: bytes) -> int:
    number = decode(raw).body["number"]
    assert isinstance(number, int)
    return number
