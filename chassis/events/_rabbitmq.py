"""RabbitMQ as a broker: quorum queues, publisher confirms, one connection per thread, renewed when lost."""

from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeVar

from chassis.events import _rabbitmq_topology as topology
from chassis.events._broker import BrokerUnavailable, DeadLetter, Delivery, QueueStats
from chassis.events._message import Message
from chassis.events._per_thread import PerThread
from chassis.events._rabbitmq_held import HeldMessages
from chassis.events._rabbitmq_link import RabbitMQLink
from chassis.events._rabbitmq_parcel import Parcel, parcel_of

T = TypeVar("T")


class RabbitMQBroker:
    """RabbitMQ closes a connection that is silent for two heartbeats; here they make the visibility time-out.

    What the silent consumer held goes to the next then: nothing answers heartbeats here while a handler runs.
    `prefetch` messages are pushed to a consumer ahead of need. One is enough for handlers with a transaction
    (tried: 900 a second), and then only the message in hand counts a try when its consumer dies.
    """

    system: Final = "rabbitmq"

    def __init__(self, url: str, visibility_timeout_s: float = 10.0, prefetch: int = 1) -> None:
        heartbeat_s = max(1, round(visibility_timeout_s / 2))
        self._held = HeldMessages()
        self._links = PerThread(lambda: RabbitMQLink(url, heartbeat_s, prefetch, self._held))

    def declare(self, queue: str, exchanges: Collection[str]) -> None:
        def declare(link: RabbitMQLink) -> None:
            for spec in topology.specs(queue):
                link.declare(spec)
            for exchange in exchanges:
                link.bind(queue, exchange)

        self._try_twice(declare)

    def publish(self, message: Message) -> None:
        parcel = parcel_of(message)
        self._try_twice(lambda link: link.publish(message.exchange, parcel))

    def receive(self, queue: str, wait_s: float = 0.0) -> Delivery | None:
        parcel = self._try(lambda link: link.take(queue, wait_s))
        return None if parcel is None else Delivery(queue, parcel.raw, parcel.past_tries + 1, parcel)

    def ack(self, delivery: Delivery) -> None:
        self._settle(delivery, lambda link, parcel: None)

    def retry(self, delivery: Delivery, delay_s: float) -> None:
        queue = topology.delay_queue(delivery.queue, delay_s)

        def delay(link: RabbitMQLink, parcel: Parcel) -> None:
            link.send(queue, parcel.to_retry(delivery.tries, delay_s))
            self._held.delay(delivery.queue, parcel, delay_s)

        self._settle(delivery, delay)

    def dead_letter(self, delivery: Delivery, reason: str) -> None:
        queue = topology.dead_letter_queue(delivery.queue)
        self._settle(
            delivery, lambda link, parcel: link.send(queue, parcel.to_give_up(delivery.tries, reason))
        )

    def stats(self, queue: str) -> QueueStats:
        """In flight and the oldest: as far as this process knows. AMQP tells neither."""

        def stats(link: RabbitMQLink) -> QueueStats:
            ready = sum(link.count(name) for name in (queue, *topology.delay_queues(queue)))
            in_flight = self._held.count(queue)
            dead = link.count(topology.dead_letter_queue(queue))
            return QueueStats(ready + in_flight, in_flight, dead, self._held.oldest(queue))

        return self._try_twice(stats)

    def dead_letters(self, queue: str, limit: int = 100) -> Sequence[DeadLetter]:
        def look(link: RabbitMQLink) -> Sequence[DeadLetter]:
            with link.browse(topology.dead_letter_queue(queue), limit) as found:
                return [_dead_letter(parcel) for parcel, _ in found]

        return self._try_twice(look)

    def replay(self, queue: str, message_id: str | None = None) -> int:
        return self._try(
            lambda link: _take_dead(
                link, queue, message_id, lambda parcel: link.send(queue, parcel.to_replay())
            )
        )

    def purge(self, queue: str, message_id: str | None = None) -> int:
        if message_id is None:
            return self._try_twice(lambda link: link.purge(topology.dead_letter_queue(queue)))
        return self._try_twice(lambda link: _take_dead(link, queue, message_id, lambda parcel: None))

    def close(self) -> None:
        if (link := self._links.drop()) is not None:
            link.close()

    def _settle(self, delivery: Delivery, act: Callable[[RabbitMQLink, Parcel], None]) -> None:
        """Act, then acknowledge: a crash in between delivers the message twice rather than never."""
        parcel = delivery.receipt
        assert isinstance(parcel, Parcel)
        if parcel.owner is not self._links.peek():
            return  # it went back into its queue when that connection was lost

        def settle(link: RabbitMQLink) -> None:
            act(link, parcel)
            link.ack(delivery.queue, parcel)

        self._try(settle)

    def _try(self, work: Callable[[RabbitMQLink], T]) -> T:
        try:
            return work(self._links.get())
        except BrokerUnavailable:
            self.close()
            raise

    def _try_twice(self, work: Callable[[RabbitMQLink], T]) -> T:
        """A connection that was idle may have been closed long ago. Only for what may be done twice."""
        if self._links.peek() is not None:
            try:
                return self._try(work)
            except BrokerUnavailable:
                pass  # on a new connection, below
        return self._try(work)


def _take_dead(
    link: RabbitMQLink, queue: str, message_id: str | None, act: Callable[[Parcel], object]
) -> int:
    """Do this with all dead letters of a queue, or one, before they are gone from there; how many."""
    taken = 0
    with link.browse(topology.dead_letter_queue(queue)) as found:
        for parcel, settle in found:
            if message_id in (None, parcel.message_id):
                act(parcel)
                settle()
                taken += 1
    return taken


def _dead_letter(parcel: Parcel) -> DeadLetter:
    return DeadLetter(parcel.message_id, parcel.raw, parcel.reason, parcel.past_tries, parcel.died_at)
