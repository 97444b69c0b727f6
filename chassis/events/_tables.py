"""The outbox and the inbox: tables in a service's own database, beside its own."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from chassis.sqlalchemy_types import UtcDateTime

# Apart from the service's tables: `metadata.create_all`, or one more entry of Alembic's `target_metadata`.
metadata: Final = MetaData()

outbox: Final = Table(
    "outbox",
    metadata,
    # SQLite counts by itself only in an INTEGER key.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("message_id", String(36), nullable=False, unique=True),
    Column("exchange", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("key", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime, nullable=True),
)
# Small however long the table is: the relay looks several times a second.
Index(
    "outbox_unpublished",
    outbox.c.position,
    sqlite_where=outbox.c.published_at.is_(None),
    postgresql_where=outbox.c.published_at.is_(None),
)
Index("outbox_published_at", outbox.c.published_at)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("message_id", String(36), primary_key=True),
    Column("handled_at", UtcDateTime, nullable=False),
)
Index("inbox_handled_at", inbox.c.handled_at)
