"""One relay of a database publishes at a time: two at once would overtake each other."""

from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

_TRY_LOCK: Final = select(func.pg_try_advisory_xact_lock(text("'outbox'::regclass::oid::bigint")))


class Leadership:
    """Held by locks that their owner's death releases at once: no lease has to run out after a kill -9.

    On PostgreSQL an advisory lock for the length of the session's transaction; on SQLite, whose users are all
    on one machine, a lock file beside the database until `release`.
    """

    def __init__(self) -> None:
        self._file_lock: FileLock | None = None

    def held(self, session: Session) -> bool:
        """Whether the caller may publish until it ends this session."""
        engine = session.get_bind()
        if engine.dialect.name == "postgresql":
            return bool(session.scalar(_TRY_LOCK))
        assert isinstance(engine, Engine)
        return self._holds_file(f"{engine.url.database}.relay.lock")

    def release(self) -> None:
        if self._file_lock is not None:
            self._file_lock.release()
            self._file_lock = None

    def _holds_file(self, path: str) -> bool:
        if self._file_lock is None:
            lock = FileLock(path)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                return False
            self._file_lock = lock
        return True
