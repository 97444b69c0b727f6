"""What became of requests that bear an idempotency key, in the service's own database."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import JSON, ColumnElement, LargeBinary, String, delete, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from chassis.database import Database
from chassis.errors import Conflict, Refused
from chassis.identity import utc_now
from chassis.sqlalchemy_types import UtcDateTime
from chassis.upsert import insert_if_absent

# After this long a request without an answer is taken for dead: longer than any may take (graceful_timeout in
# apps/gunicorn.conf.py), and so short that what waits for the answer, such as a saga, soon goes on.
LEASE = timedelta(seconds=15)
KEPT_FOR = timedelta(hours=24)


class RequestUnderWay(Conflict):
    code = "request_under_way"

    def __init__(self) -> None:
        super().__init__("The first request with this idempotency key is still under way.")


class IdempotencyKeyReused(Refused):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This idempotency key belongs to a request that was another.")


@dataclass(frozen=True)
class StoredResponse:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Claim:
    """The right to carry a request out, until the lease ends."""

    key_digest: str
    started_at: datetime


class Base(DeclarativeBase):
    pass


class KeyRow(Base):
    """Neither key nor request can be read from it: the one is digested, and keys the digest of the other."""

    __tablename__ = "idempotency_keys"

    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(JSON)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class IdempotencyKeys:
    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def begin(self, key: str, request: bytes) -> Claim | StoredResponse:
        """The answer given before, or the right to give one; raises RequestUnderWay, IdempotencyKeyReused."""
        claim = Claim(sha256(key.encode()).hexdigest(), self._clock())
        digest = hmac.new(key.encode(), request, sha256).hexdigest()
        with self._database.writing() as session:
            session.execute(delete(KeyRow).where(KeyRow.started_at < claim.started_at - KEPT_FOR))
            if insert_if_absent(session, KeyRow, vars(claim) | {"request_digest": digest}):
                return claim
            row = session.scalars(select(KeyRow).where(KeyRow.key_digest == claim.key_digest)).one()
            if row.request_digest != digest:
                raise IdempotencyKeyReused
            if row.status is not None:
                return StoredResponse(row.status, row.headers or {}, row.body or b"")
            _take_over(session, row.started_at, claim)
            return claim

    def keep(self, claim: Claim, answer: StoredResponse) -> None:
        with self._database.writing() as session:
            session.execute(update(KeyRow).where(*_is(claim)).values(**vars(answer)))

    def abandon(self, claim: Claim) -> None:
        """Nothing came of it: the next request with this key is carried out."""
        with self._database.writing() as session:
            session.execute(delete(KeyRow).where(*_is(claim)))


def _take_over(session: Session, started_at: datetime, claim: Claim) -> None:
    """Another's claim, when its lease has ended and nobody else was faster."""
    if started_at > claim.started_at - LEASE:
        raise RequestUnderWay
    statement = update(KeyRow).where(*_is(Claim(claim.key_digest, started_at)))
    if session.scalar(statement.values(started_at=claim.started_at).returning(KeyRow.key_digest)) is None:
        raise RequestUnderWay


def _is(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return KeyRow.key_digest == claim.key_digest, KeyRow.started_at == claim.started_at
