"""Users in their database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apps.users.events import add_user_registered
from apps.users.users import Credentials, EmailTaken, User
from chassis import events
from chassis.database import Database, fetch_page
from chassis.paging import Page, PageRequest
from chassis.sqlalchemy_types import UtcDateTime
from chassis.upsert import insert_if_absent


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


class CredentialsRow(Base):
    """Of users who can sign in."""

    __tablename__ = "credentials"

    user_id: Mapped[str] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    roles: Mapped[list[str]] = mapped_column(JSON)

    @classmethod
    def of(cls, credentials: Credentials) -> "CredentialsRow":
        return cls(
            user_id=credentials.user_id,
            password_hash=credentials.password_hash,
            roles=sorted(credentials.roles),
        )

    def credentials(self) -> Credentials:
        return Credentials(self.user_id, self.password_hash, frozenset(self.roles))


class UserRepository:
    def __init__(self, database: Database, outbox: events.Outbox) -> None:
        self._database = database
        self._outbox = outbox

    def seed(self, users: Sequence[User]) -> None:
        self._database.seed([UserRow.of(user) for user in users])

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._database.reading() as session:
            session.scalar(select(UserRow.id).limit(1))

    def add(self, user: User, credentials: Credentials | None) -> None:
        with _email_unique(), self._database.writing() as session:
            session.add(UserRow.of(user))
            session.flush()
            if credentials is not None:
                session.add(CredentialsRow.of(credentials))
            add_user_registered(self._outbox, session, user.id)

    def appoint(self, user: User, credentials: Credentials) -> None:
        with self._database.writing() as session:
            insert_if_absent(session, UserRow, vars(user))
            user_id = session.scalars(select(UserRow.id).where(UserRow.email == user.email)).one()
            values = {"password_hash": credentials.password_hash, "roles": sorted(credentials.roles)}
            if not insert_if_absent(session, CredentialsRow, {"user_id": user_id, **values}):
                statement = update(CredentialsRow).where(CredentialsRow.user_id == user_id)
                session.execute(statement.values(**values))

    def get(self, user_id: str) -> User | None:
        with self._database.reading() as session:
            row = session.get(UserRow, user_id)
            return row.user() if row else None

    def credentials_of(self, email: str) -> Credentials | None:
        statement = select(CredentialsRow).join(UserRow).where(UserRow.email == email)
        with self._database.reading() as session:
            row = session.scalar(statement)
            return row.credentials() if row else None

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
