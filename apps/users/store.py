"""Users in their database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apps.users.users import EmailTaken, User
from chassis.columns import UtcDateTime
from chassis.database import Database, fetch_page
from chassis.paging import Page, PageRequest


class Base(DeclarativeBase):
    pass


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @classmethod
    def of(cls, user: User) -> "UserRow":
        return cls(id=user.id, email=user.email, name=user.name, created_at=user.created_at)

    def user(self) -> User:
        return User(self.id, self.email, self.name, self.created_at)


class UserStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self, seed: Sequence[User]) -> None:
        self._database.prepare(Base.metadata, [UserRow.of(user) for user in seed])

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._database.reading() as session:
            session.scalar(select(UserRow.id).limit(1))

    def add(self, user: User) -> None:
        with _email_unique(), self._database.writing() as session:
            session.add(UserRow.of(user))

    def get(self, user_id: str) -> User | None:
        with self._database.reading() as session:
            row = session.get(UserRow, user_id)
            return row.user() if row else None

    def change(self, user_id: str, changes: Mapping[str, Any]) -> User | None:
        with _email_unique(), self._database.writing() as session:
            row = session.get(UserRow, user_id)
            if row is None:
                return None
            for name, value in changes.items():
                setattr(row, name, value)
            return row.user()

    def remove(self, user_id: str) -> bool:
        with self._database.writing() as session:
            row = session.get(UserRow, user_id)
            if row is not None:
                session.delete(row)
            return row is not None

    def page(self, request: PageRequest) -> Page[User]:
        with self._database.reading() as session:
            rows = fetch_page(session, select(UserRow).order_by(UserRow.created_at, UserRow.id), request)
            return rows.map(UserRow.user)


@contextmanager
def _email_unique() -> Iterator[None]:
    """The e-mail address is the only thing of a valid user that another's can clash with."""
    try:
        yield
    except IntegrityError:
        raise EmailTaken from None
