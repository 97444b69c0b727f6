"""A broker that keeps its promises and nothing more: at least once, in whatever order it likes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from chassis.events import DeadLetter, Delivery, Message, QueueStats, Unroutable, decode, encode


@dataclass
class WildBroker:
    """`copies` of each message are delivered; with `disorder` the next is any, else the first.

    The first message of each type in `lost` gets to nobody, as when their queues are not there yet.
    """

    random: Random
    copies: int = 1
    disorder: bool = False
    lost: set[str] = field(default_factory=set)
    system: Final = "wild"
    queues: dict[str, list[tuple[bytes, int]]] = field(default_factory=dict)
    bindings: set[tuple[str, str]] = field(default_factory=set)
    dead: list[tuple[str, str]] = field(default_factory=list)

    def declare(self, queue: str, exchanges: Collection[str]) -> None:
        self.queues.setdefault(queue, [])
        self.bindings.update((exchange, queue) for exchange in exchanges)

    def publish(self, message: Message) -> None:
        queues = [queue for exchange, queue in sorted(self.bindings) if exchange == message.exchange]
        if not queues:
            raise Unroutable(message.exchange)
        if message.type in self.lost:
            self.lost.remove(message.type)
            return
        for queue in queues:
            self.queues[queue] += [(encode(message), 0)] * self.copies

    def receive(self, queue: str, wait_s: float = 0.0) -> Delivery | None:
        """It stays in the queue until it is settled: whoever dies with it in hand has not had it."""
        waiting = self.queues[queue]
        if not waiting:
            return None
        place = self.random.randrange(len(waiting)) if self.disorder else 0
        raw, tries = waiting[place]
        waiting[place] = (raw, tries + 1)
        return Delivery(queue, raw, tries + 1, waiting[place])

    def ack(self, delivery: Delivery) -> None:
        self.queues[delivery.queue].remove(delivery.receipt)

    def retry(self, delivery: Delivery, delay_s: float) -> None:
        """Later messages overtake it."""
        self.ack(delivery)
        self.queues[delivery.queue].append(delivery.receipt)

    def dead_letter(self, delivery: Delivery, reason: str) -> None:
        self.ack(delivery)
        self.dead.append((decode(delivery.raw).type, reason))

    def stats(self, queue: str) -> QueueStats:
        return QueueStats(len(self.queues[queue]), 0, 0, None)

    def dead_letters(self, queue: str, limit: int = 100) -> Sequence[DeadLetter]:
        return []

    def replay(self, queue: str, message_id: str | None = None) -> int:
        return 0

    def purge(self, queue: str, message_id: str | None = None) -> int:
        return 0

    def close(self) -> None: ...
