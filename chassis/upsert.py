"""INSERT that leaves a row that is there as it is, and says so.

To catch an IntegrityError would do on SQLite; on PostgreSQL that ends the whole transaction, which may be
a caller's.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Insert = sqlite.Insert | postgresql.Insert

_INSERT: Mapping[str, Callable[[type[DeclarativeBase]], Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_if_absent(session: Session, table: type[DeclarativeBase], values: Mapping[str, object]) -> bool:
    """True when the row was new; False when one with its key, or with another unique value of it, is there.

    A transaction under way that is inserting the same is waited for.
    """
    insert = _INSERT[session.get_bind().dialect.name](table).values(**values)
    statement = insert.on_conflict_do_nothing().returning(*table.__mapper__.primary_key)
    return session.execute(statement).first() is not None
