"""The embedded broker: a SQLite file that several processes of one machine use at once."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from chassis.events import _message
from chassis.events import _sqlite_statements as sql
from chassis.events._broker import DeadLetter, Delivery, QueueStats, Unroutable
from chassis.events._message import Message
from chassis.events._per_thread import PerThread
from chassis.events._sqlite_connection import SQLiteConnection

# How often a waiting consumer looks for news: half of it is the mean latency between processes.
POLL_S: Final = 0.02


class SQLiteBroker:
    """`visibility_timeout_s`: how long a consumer may take before somebody else gets its message."""

    system: Final = "sqlite"

    def __init__(
        self, path: Path, visibility_timeout_s: float = 10.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._visibility_timeout_s = visibility_timeout_s
        self._clock = clock
        self._connections = PerThread(lambda: SQLiteConnection(path))

    def declare(self, queue: str, exchanges: Collection[str]) -> None:
        with self._connections.get().writing() as transaction:
            transaction.execute(sql.ADD_QUEUE, (queue,))
            transaction.executemany(sql.BIND, [(exchange, queue) for exchange in exchanges])

    def publish(self, message: Message) -> None:
        values = (message.id, _message.encode(message), self._clock(), message.exchange)
        with self._connections.get().writing() as transaction:
            copies = transaction.execute(sql.PUBLISH, values).rowcount
        if not copies:
            raise Unroutable(f"no queue is bound to {message.exchange}")

    def receive(self, queue: str, wait_s: float = 0.0) -> Delivery | None:
        until = time.monotonic() + wait_s
        connection = self._connections.get()
        while True:
            if connection.may_have_changed(queue, self._clock()):
                delivery = self._claim(connection, queue)
                if delivery is not None:
                    return delivery
            left = until - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(POLL_S, left))

    def ack(self, delivery: Delivery) -> None:
        with self._connections.get().writing() as transaction:
            transaction.execute(sql.DELETE, delivery.receipt)

    def retry(self, delivery: Delivery, delay_s: float) -> None:
        with self._connections.get().writing() as transaction:
            transaction.execute(sql.HIDE, (self._clock() + delay_s, *delivery.receipt))

    def dead_letter(self, delivery: Delivery, reason: str) -> None:
        with self._connections.get().writing() as transaction:
            transaction.execute(sql.COPY_TO_DEAD, (reason, self._clock(), *delivery.receipt))
            transaction.execute(sql.DELETE, delivery.receipt)

    def stats(self, queue: str) -> QueueStats:
        ((ready, hidden, in_flight, dead, oldest),) = self._connections.get().query(sql.STATS, queue)
        return QueueStats(ready + hidden, in_flight, dead, None if oldest is None else _instant(oldest))

    def dead_letters(self, queue: str, limit: int = 100) -> Sequence[DeadLetter]:
        return [
            DeadLetter(message_id, raw, reason, tries, _instant(died_at))
            for message_id, raw, reason, tries, died_at in self._connections.get().query(
                sql.LIST_DEAD, queue, limit
            )
        ]

    def replay(self, queue: str, message_id: str | None = None) -> int:
        with self._connections.get().writing() as transaction:
            transaction.execute(sql.COPY_FROM_DEAD, (queue, message_id, self._clock()))
            return transaction.execute(sql.DELETE_DEAD, (queue, message_id)).rowcount

    def purge(self, queue: str, message_id: str | None = None) -> int:
        with self._connections.get().writing() as transaction:
            return transaction.execute(sql.DELETE_DEAD, (queue, message_id)).rowcount

    def close(self) -> None:
        if (connection := self._connections.drop()) is not None:
            connection.close()

    def _claim(self, connection: SQLiteConnection, queue: str) -> Delivery | None:
        now = self._clock()
        version = connection.version()  # before looking, so that no later change is missed
        ((ready, due_at),) = connection.query(sql.LOOK, queue)
        if not ready and (due_at is None or due_at > now):
            connection.remember_empty(queue, version, float("inf") if due_at is None else due_at)
            return None
        receipt = uuid4().hex
        with connection.writing() as transaction:
            transaction.execute(sql.SHOW_DUE, (queue, now))
            claim = (now + self._visibility_timeout_s, receipt, queue)
            rows = transaction.execute(sql.CLAIM_FIRST, claim).fetchall()
        return next((Delivery(queue, raw, tries, (position, receipt)) for position, raw, tries in rows), None)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
