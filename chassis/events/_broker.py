"""What every broker can do: durable queues on fanout exchanges, delivery at least once, dead letters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from chassis.events._message import Message


class BrokerUnavailable(Exception):
    """The broker could not be reached, or did not confirm what it was asked. Worth trying again."""


class Unroutable(Exception):
    """No queue is bound to the exchange: nobody will ever get the message."""


@dataclass(frozen=True)
class Delivery:
    """One message handed to one consumer, to be settled by `ack`, `retry` or `dead_letter`."""

    queue: str
    raw: bytes
    tries: int  # this one included; deliveries whose consumer died or timed out count too
    receipt: Any  # the broker's own


@dataclass(frozen=True)
class QueueStats:
    """`depth` counts messages in every state but dead: ready, waiting for a retry, in flight."""

    depth: int
    in_flight: int
    dead: int
    oldest: datetime | None

    def oldest_age_s(self) -> float:
        return 0.0 if self.oldest is None else max(0.0, (datetime.now(UTC) - self.oldest).total_seconds())


@dataclass(frozen=True)
class DeadLetter:
    """A message given up. `message_id` is empty when not even that could be read."""

    message_id: str
    raw: bytes
    reason: str
    tries: int
    died_at: datetime


class Broker(Protocol):
    """Shared by threads and kept over a fork: each thread of each process gets a connection of its own.

    Any method may raise BrokerUnavailable. A delivery settled too late, after its visibility time-out, has no
    effect: the message belongs to somebody else by then.
    """

    @property
    def system(self) -> str:
        """The value of `messaging.system`."""

    def declare(self, queue: str, exchanges: Collection[str]) -> None:
        """Make the queue and bind it: it gets what is published from now on. Again changes nothing."""

    def publish(self, message: Message) -> None:
        """Return once every queue bound to its exchange keeps it; raise Unroutable when there is none."""

    def receive(self, queue: str, wait_s: float = 0.0) -> Delivery | None:
        """The next message, in the order of publishing, or None when none comes within `wait_s`.

        Nobody else gets it until it is settled, this process dies or the visibility time-out is over.
        """

    def ack(self, delivery: Delivery) -> None: ...

    def retry(self, delivery: Delivery, delay_s: float) -> None:
        """Deliver it again after `delay_s`; later messages overtake it."""

    def dead_letter(self, delivery: Delivery, reason: str) -> None: ...

    def stats(self, queue: str) -> QueueStats:
        """All zero for a queue that was never declared."""

    def dead_letters(self, queue: str, limit: int = 100) -> Sequence[DeadLetter]:
        """The oldest first."""

    def replay(self, queue: str, message_id: str | None = None) -> int:
        """Put all dead letters, or one, back into their own queue, tries forgotten; how many there were."""

    def purge(self, queue: str, message_id: str | None = None) -> int:
        """Forget all dead letters of a queue, or one; how many there were."""

    def close(self) -> None:
        """Give back what the calling thread holds."""
