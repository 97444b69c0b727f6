"""RabbitMQ as a broker: quorum queues, publisher confirms, one connection per thread, renewed when lost."""

from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeVar

from chassis.events import _rabbitmq_topology as topology
from chassis.events._amqp_message import AmqpMessage, to_amqp_message
from chassis.events._broker import BrokerUnavailable, DeadLetter, Delivery, QueueStats
from chassis.events._message import Message
from chassis.events._per_thread import PerThread
from chassis.events._rabbitmq_channel import RabbitMQChannel
from chassis.events._rabbitmq_in_flight import InFlightMessages

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
        self._in_flight = InFlightMessages()
        self._channels = PerThread(lambda: RabbitMQChannel(url, heartbeat_s, prefetch, self._in_flight))

    def declare(self, queue: str, exchanges: Collection[str]) -> None:
        def declare(channel: RabbitMQChannel) -> None:
            for spec in topology.specs(queue):
                channel.declare(spec)
            for exchange in exchanges:
                channel.bind(queue, exchange)

        self._try_twice(declare)

    def publish(self, message: Message) -> None:
        outgoing = to_amqp_message(message)
        self._try_twice(lambda channel: channel.publish(message.exchange, outgoing))

    def receive(self, queue: str, wait_s: float = 0.0) -> Delivery | None:
        outgoing = self._try(lambda channel: channel.take(queue, wait_s))
        return None if outgoing is None else Delivery(queue, outgoing.raw, outgoing.past_tries + 1, outgoing)

    def ack(self, delivery: Delivery) -> None:
        self._settle(delivery, lambda channel, outgoing: None)

    def retry(self, delivery: Delivery, delay_s: float) -> None:
        queue = topology.delay_queue(delivery.queue, delay_s)

        def delay(channel: RabbitMQChannel, outgoing: AmqpMessage) -> None:
            channel.send(queue, outgoing.to_retry(delivery.tries, delay_s))
            self._in_flight.delay(delivery.queue, outgoing, delay_s)

        self._settle(delivery, delay)

    def dead_letter(self, delivery: Delivery, reason: str) -> None:
        queue = topology.dead_letter_queue(delivery.queue)
        self._settle(
            delivery,
            lambda channel, outgoing: channel.send(queue, outgoing.to_give_up(delivery.tries, reason)),
        )

    def stats(self, queue: str) -> QueueStats:
        """In flight and the oldest: as far as this process knows. AMQP tells neither."""

        def stats(channel: RabbitMQChannel) -> QueueStats:
            ready = sum(channel.count(name) for name in (queue, *topology.delay_queues(queue)))
            in_flight = self._in_flight.count(queue)
            dead = channel.count(topology.dead_letter_queue(queue))
            return QueueStats(ready + in_flight, in_flight, dead, self._in_flight.oldest(queue))

        return self._try_twice(stats)

    def dead_letters(self, queue: str, limit: int = 100) -> Sequence[DeadLetter]:
        def look(channel: RabbitMQChannel) -> Sequence[DeadLetter]:
            with channel.browse(topology.dead_letter_queue(queue), limit) as found:
                return [_dead_letter(outgoing) for outgoing, _ in found]

        return self._try_twice(look)

    def replay(self, queue: str, message_id: str | None = None) -> int:
        return self._try(
            lambda channel: _take_dead(
                channel, queue, message_id, lambda outgoing: channel.send(queue, outgoing.to_replay())
            )
        )

    def purge(self, queue: str, message_id: str | None = None) -> int:
        if message_id is None:
            return self._try_twice(lambda channel: channel.purge(topology.dead_letter_queue(queue)))
        return self._try_twice(lambda channel: _take_dead(channel, queue, message_id, lambda outgoing: None))

    def close(self) -> None:
        if (channel := self._channels.drop()) is not None:
            channel.close()

    def _settle(self, delivery: Delivery, act: Callable[[RabbitMQChannel, AmqpMessage], None]) -> None:
        """Act, then acknowledge: a crash in between delivers the message twice rather than never."""
        outgoing = delivery.receipt
        assert isinstance(outgoing, AmqpMessage)
        if outgoing.owner is not self._channels.peek():
            return  # it went back into its queue when that connection was lost

        def settle(channel: RabbitMQChannel) -> None:
            act(channel, outgoing)
            channel.ack(delivery.queue, outgoing)

        self._try(settle)

    def _try(self, work: Callable[[RabbitMQChannel], T]) -> T:
        try:
            return work(self._channels.get())
        except BrokerUnavailable:
            self.close()
            raise

    def _try_twice(self, work: Callable[[RabbitMQChannel], T]) -> T:
        """A connection that was idle may have been closed long ago. Only for what may be done twice."""
        if self._channels.peek() is not None:
            try:
                return self._try(work)
            except BrokerUnavailable:
                pass  # on a new connection, below
        return self._try(work)


def _take_dead(
    channel: RabbitMQChannel, queue: str, message_id: str | None, act: Callable[[AmqpMessage], object]
) -> int:
    """Do this with all dead letters of a queue, or one, before they are gone from there; how many."""
    taken = 0
    with channel.browse(topology.dead_letter_queue(queue)) as found:
        for outgoing, settle in found:
            if message_id in (None, outgoing.message_id):
                act(outgoing)
                settle()
                taken += 1
    return taken


def _dead_letter(outgoing: AmqpMessage) -> DeadLetter:
    return DeadLetter(
        outgoing.message_id,
        outgoing.raw,
        outgoing.reason,
        outgoing.past_tries,
        outgoing.died_at,
    )
