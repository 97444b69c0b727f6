"""Events written in the same transaction as what they tell of: both are there, or neither."""

import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, event, func, insert, select, update
from sqlalchemy.orm import Session

from chassis.events import _tracing
from chassis.events._message import Message, new_message
from chassis.events._sessions import affected_rows
from chassis.events._tables import outbox


@dataclass(frozen=True)
class OutboxStats:
    unpublished: int
    oldest: datetime | None


class Outbox:
    """One per service; its relay is woken as soon as a session of this process has committed."""

    def __init__(self) -> None:
        self.committed = threading.Event()

    def add(
        self, session: Session | Connection, exchange: str, type: str, body: Mapping[str, Any], key: str = ""
    ) -> Message:
        """Store an event in the caller's transaction, with the trace and the request that it belongs to."""
        message = new_message(exchange, type, body, key, _tracing.current_headers())
        session.execute(insert(outbox).values(_columns(message)))
        if isinstance(session, Session) and not event.contains(session, "after_commit", self._note_commit):
            event.listen(session, "after_commit", self._note_commit)
        return message

    def _note_commit(self, _session: Session) -> None:
        self.committed.set()


def unpublished(session: Session, limit: int) -> Sequence[tuple[int, Message]]:
    """The first messages to publish, with their positions."""
    statement = select(outbox).where(outbox.c.published_at.is_(None)).order_by(outbox.c.position).limit(limit)
    return [(row.position, _message(row)) for row in session.execute(statement)]


def mark_published(session: Session, positions: Collection[int]) -> None:
    now = datetime.now(UTC)
    session.execute(update(outbox).where(outbox.c.position.in_(positions)).values(published_at=now))


def forget_published(session: Session, older_than: timedelta, limit: int) -> int:
    """Delete at most `limit` published messages: nobody waits long for the lock. How many there were."""
    outdated = outbox.c.published_at < datetime.now(UTC) - older_than
    some = select(outbox.c.position).where(outdated).limit(limit)
    return affected_rows(session, delete(outbox).where(outbox.c.position.in_(some)))


def stats(session: Session) -> OutboxStats:
    waiting = select(func.count(), func.min(outbox.c.occurred_at)).where(outbox.c.published_at.is_(None))
    return OutboxStats(*session.execute(waiting).one())


def _columns(message: Message) -> dict[str, object]:
    return {
        "message_id": message.id,
        "exchange": message.exchange,
        "type": message.type,
        "key": message.key,
        "body": json.dumps(message.body, separators=(",", ":")),
        "headers": json.dumps(message.headers, separators=(",", ":")),
        "occurred_at": message.occurred_at,
    }


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.message_id,
        exchange=row.exchange,
        type=row.type,
        key=row.key,
        occurred_at=row.occurred_at,
        body=json.loads(row.body),
        headers=json.loads(row.headers),
    )
