"""One thread's connection to RabbitMQ. The only module that speaks AMQP."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from pika import BasicProperties
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker, UnroutableError
from pika.spec import Basic

from chassis.events._broker import BrokerUnavailable, Unroutable
from chassis.events._rabbitmq_connection import connect, stating_unavailability
from chassis.events._rabbitmq_held import HeldMessages
from chassis.events._rabbitmq_parcel import Parcel
from chassis.events._rabbitmq_topology import QueueSpec

_NOT_FOUND: Final = 404

# Takes a browsed message out of its queue.
Settle = Callable[[], None]


class RabbitMQLink:
    """A connection with one channel in confirm mode.

    Every method turns AMQP's errors into BrokerUnavailable, after which the link is of no more use.
    """

    def __init__(self, url: str, heartbeat_s: int, prefetch: int, held: HeldMessages) -> None:
        self._held = held
        self._waiting: dict[str, deque[Parcel]] = {}
        self._exchanges: set[str] = set()
        self._cancelled = False
        with stating_unavailability():
            self._connection = connect(url, heartbeat_s)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
            self._channel.basic_qos(prefetch_count=prefetch)
            self._channel.add_on_cancel_callback(self._note_cancellation)

    def declare(self, spec: QueueSpec) -> None:
        with stating_unavailability():
            self._channel.queue_declare(spec.name, durable=True, arguments=dict(spec.arguments))

    def bind(self, queue: str, exchange: str) -> None:
        self._declare_exchange(exchange)
        with stating_unavailability():
            self._channel.queue_bind(queue, exchange)

    def publish(self, exchange: str, parcel: Parcel) -> None:
        """To every queue bound to a fanout exchange; returns when all have confirmed it."""
        self._declare_exchange(exchange)
        try:
            self._publish(exchange, "", parcel)
        except UnroutableError:
            raise Unroutable(f"no queue is bound to {exchange}") from None

    def send(self, queue: str, parcel: Parcel) -> None:
        """To one queue; returns when it has confirmed it."""
        try:
            self._publish("", queue, parcel)
        except UnroutableError:
            raise BrokerUnavailable(f"rabbitmq: there is no queue {queue}") from None

    def take(self, queue: str, wait_s: float) -> Parcel | None:
        """The next message that RabbitMQ has pushed here; `prefetch` of them may lie ready."""
        with stating_unavailability():
            waiting = self._waiting.get(queue)
            if waiting is None:
                waiting = self._waiting[queue] = deque()
                self._channel.basic_consume(queue, partial(self._note_arrival, queue))
            if not waiting:
                self._connection.process_data_events(time_limit=wait_s)
        if self._cancelled:
            raise BrokerUnavailable(f"rabbitmq: {queue} is gone")
        return waiting.popleft() if waiting else None

    def ack(self, queue: str, parcel: Parcel) -> None:
        with stating_unavailability():
            self._channel.basic_ack(parcel.tag)
        self._held.settle(queue, parcel)

    def count(self, queue: str) -> int:
        """Messages that are ready; 0 when there is no such queue."""
        with self._channel_of_its_own() as channel:
            try:
                return channel.queue_declare(queue, passive=True).method.message_count or 0
            except ChannelClosedByBroker as error:
                if error.reply_code != _NOT_FOUND:
                    raise
                return 0

    @contextmanager
    def browse(self, queue: str, limit: int | None = None) -> Iterator[Iterator[tuple[Parcel, Settle]]]:
        """What lies in a queue now. What is not settled is back in its place afterwards."""
        present = self.count(queue)
        with self._channel_of_its_own() as channel:
            yield self._get(channel, queue, present if limit is None else min(limit, present))

    def purge(self, queue: str) -> int:
        if not self.count(queue):
            return 0
        with stating_unavailability():
            return self._channel.queue_purge(queue).method.message_count or 0

    def close(self) -> None:
        """What was not settled goes back into its queue."""
        self._held.forget(self)
        with suppress(AMQPError, OSError):
            self._connection.close()

    def _declare_exchange(self, exchange: str) -> None:
        if exchange not in self._exchanges:
            with stating_unavailability():
                self._channel.exchange_declare(exchange, exchange_type="fanout", durable=True)
            self._exchanges.add(exchange)

    def _publish(self, exchange: str, routing_key: str, parcel: Parcel) -> None:
        with stating_unavailability():
            self._channel.basic_publish(exchange, routing_key, parcel.raw, parcel.properties, mandatory=True)

    def _note_arrival(
        self,
        queue: str,
        _channel: BlockingChannel,
        method: Basic.Deliver,
        properties: BasicProperties,
        raw: bytes,
    ) -> None:
        parcel = Parcel(raw, properties, self, method.delivery_tag or 0)
        self._held.take(queue, parcel)
        self._waiting[queue].append(parcel)

    def _note_cancellation(self, _frame: object) -> None:
        self._cancelled = True

    def _get(self, channel: BlockingChannel, queue: str, limit: int) -> Iterator[tuple[Parcel, Settle]]:
        for _ in range(limit):
            method, properties, raw = channel.basic_get(queue)
            if method is None or properties is None or raw is None:
                return
            tag = method.delivery_tag or 0
            yield Parcel(raw, properties, self, tag), partial(channel.basic_ack, tag)

    @contextmanager
    def _channel_of_its_own(self) -> Iterator[BlockingChannel]:
        """What goes wrong on a channel closes it: the main one must not be risked."""
        with stating_unavailability():
            channel = self._connection.channel()
            try:
                yield channel
            finally:
                if channel.is_open:
                    channel.close()
