"""What became of notifications, in their database. No address is in it, and no text."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from apps.notifications.notification import Outcome, Record, Search, Template
from chassis.database import fetch_page
from chassis.paging import Page, PageRequest
from chassis.sqlalchemy_types import UtcDateTime
from chassis.unit_of_work import UnitOfWork
from chassis.upsert import insert_if_absent


class Base(DeclarativeBase):
    pass


class RecordRow(Base):
    __tablename__ = "notifications"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    template: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(64), index=True)
    order_id: Mapped[str | None] = mapped_column(String(64), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    def record(self) -> Record:
        return Record(
            self.id,
            Template(self.template),
            self.user_id,
            self.order_id,
            Outcome(self.outcome),
            self.recorded_at,
        )


class RecordRepository:
    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def within(self, session: Session) -> "RecordRepository":
        """The same records, seen and added to as part of the transaction of `session`."""
        return RecordRepository(self._unit_of_work.within(session))

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._unit_of_work.reading() as session:
            session.scalar(select(RecordRow.id).limit(1))

    def has(self, notification_id: str) -> bool:
        with self._unit_of_work.reading() as session:
            return session.get(RecordRow, notification_id) is not None

    def add(self, record: Record) -> None:
        with self._unit_of_work.writing() as session:
            insert_if_absent(session, RecordRow, vars(record))

    def search(self, search: Search, request: PageRequest) -> Page[Record]:
        """Newest first; the id breaks ties, so that no record is on two pages or on none."""
        statement = select(RecordRow).order_by(RecordRow.recorded_at.desc(), RecordRow.id)
        if search.user_id is not None:
            statement = statement.where(RecordRow.user_id == search.user_id)
        if search.order_id is not None:
            statement = statement.where(RecordRow.order_id == search.order_id)
        with self._unit_of_work.reading() as session:
            return fetch_page(session, statement, request).map(RecordRow.record)

    def when_committed(self, report: Callable[[], None]) -> None:
        self._unit_of_work.when_committed(report)
