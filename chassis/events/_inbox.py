"""What a consumer has handled, written in the transaction of the effects: each message takes effect once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from chassis.events._sessions import affected_rows
from chassis.events._tables import inbox


def accept(session: Session, consumer: str, message_id: str) -> bool:
    """False when this consumer has handled the message before.

    Of two that are handling it right now, the second waits here for the first to commit or to roll back.
    """
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(inbox) if on_postgresql else sqlite.insert(inbox)
    entry = {"consumer": consumer, "message_id": message_id, "handled_at": datetime.now(UTC)}
    statement = insert.values(entry).on_conflict_do_nothing().returning(inbox.c.message_id)
    return session.execute(statement).first() is not None


def forget(session: Session, older_than: timedelta, limit: int) -> int:
    """Delete at most `limit` entries of messages that can no longer be redelivered; how many there were."""
    outdated = inbox.c.handled_at < datetime.now(UTC) - older_than
    some = select(inbox.c.consumer, inbox.c.message_id).where(outdated).limit(limit)
    return affected_rows(session, delete(inbox).where(tuple_(inbox.c.consumer, inbox.c.message_id).in_(some)))
