"""A broker in memory that notes what it is asked, and can be away."""

from collections import deque
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from chassis.events import BrokerUnavailable, DeadLetter, Delivery, Message, QueueStats, Unroutable, encode

QUEUE: Final = "payments"


def delivery(raw: bytes | Message, tries: int = 1) -> Delivery:
    return Delivery(QUEUE, encode(raw) if isinstance(raw, Message) else raw, tries, receipt=None)


class FakeBroker:
    system: Final = "fake"

    def __init__(self) -> None:
        self.away = False
        self.without_queues: set[str] = set()
        self.declared: list[tuple[str, Collection[str]]] = []
        self.published: list[Message] = []
        self.waiting: deque[Delivery] = deque()
        self.settled: list[tuple[object, ...]] = []
        self.attempts = 0
        self.stats_asked = 0
        self.closed = 0

    def declare(self, queue: str, exchanges: Collection[str]) -> None:
        self._answer()
        self.declared.append((queue, exchanges))

    def publish(self, message: Message) -> None:
        self.attempts += 1
        self._answer()
        if message.exchange in self.without_queues:
            raise Unroutable(message.exchange)
        self.published.append(message)

    def receive(self, queue: str, wait_s: float = 0.0) -> Delivery | None:
        self._answer()
        return self.waiting.popleft() if self.waiting else None

    def ack(self, delivery: Delivery) -> None:
        self._answer()
        self.settled.append(("ack",))

    def retry(self, delivery: Delivery, delay_s: float) -> None:
        self._answer()
        self.settled.append(("retry", delay_s))

    def dead_letter(self, delivery: Delivery, reason: str) -> None:
        self._answer()
        self.settled.append(("dead_letter", reason))

    def stats(self, queue: str) -> QueueStats:
        self._answer()
        self.stats_asked += 1
        return QueueStats(depth=7, in_flight=2, dead=1, oldest=datetime.now(UTC) - timedelta(minutes=1))

    def dead_letters(self, queue: str, limit: int = 100) -> Sequence[DeadLetter]:
        return []

    def replay(self, queue: str, message_id: str | None = None) -> int:
        return 0

    def purge(self, queue: str, message_id: str | None = None) -> int:
        return 0

    def close(self) -> None:
        self.closed += 1

    def _answer(self) -> None:
        if self.away:
            raise BrokerUnavailable("away")
