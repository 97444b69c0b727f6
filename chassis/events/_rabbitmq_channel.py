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

from chassis.events._amqp_message import AmqpMessage
from chassis.events._broker import BrokerUnavailable, Unroutable
from chassis.events._rabbitmq_connection import connect, raising_unavailable
from chassis.events._rabbitmq_in_flight import InFlightMessages
from chassis.events._rabbitmq_topology import QueueSpec

_NOT_FOUND: Final = 404

# Takes a browsed message out of its queue.
Settle = Callable[[], None]


class RabbitMQChannel:
    """A connection with one channel in confirm mode.

    Every method turns AMQP's errors into BrokerUnavailable, after which the link is of no more use.
    """

    def __init__(self, url: str, heartbeat_s: int, prefetch: int, in_flight: InFlightMessages) -> None:
        self._in_flight_messages = in_flight
        self._waiting: dict[str, deque[AmqpMessage]] = {}
        self._exchanges: set[str] = set()
        self._cancelled = False
        with raising_unavailable():
            self._connection = connect(url, heartbeat_s)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
            self._channel.basic_qos(prefetch_count=prefetch)
            self._channel.add_on_cancel_callback(self._note_cancellation)

    def declare(self, spec: QueueSpec) -> None:
        with raising_unavailable():
            self._channel.queue_declare(spec.name, durable=True, arguments=dict(spec.arguments))

    def bind(self, queue: str, exchange: str) -> None:
        self._declare_exchange(exchange)
        with raising_unavailable():
            self._channel.queue_bind(queue, exchange)

    def publish(self, exchange: str, amqp_message: AmqpMessage) -> None:
        """To every queue bound to a fanout exchange; returns when all have confirmed it."""
        self._declare_exchange(exchange)
        try:
            self._publish(exchange, "", amqp_message)
        except UnroutableError:
            raise Unroutable(f"no queue is bound to {exchange}") from None

    def send(self, queue: str, amqp_message: AmqpMessage) -> None:
        """To one queue; returns when it has confirmed it."""
        try:
            self._publish("", queue, amqp_message)
        except UnroutableError:
            raise BrokerUnavailable(f"rabbitmq: there is no queue {queue}") from None

    def take(self, queue: str, wait_s: float) -> AmqpMessage | None:
        """The next message that RabbitMQ has pushed here; `prefetch` of them may lie ready."""
        with raising_unavailable():
            waiting = self._waiting.get(queue)
            if waiting is None:
                waiting = self._waiting[queue] = deque()
                self._channel.basic_consume(queue, partial(self._note_arrival, queue))
            if not waiting:
                self._connection.process_data_events(time_limit=wait_s)
        if self._cancelled:
            raise BrokerUnavailable(f"rabbitmq: {queue} is gone")
        return waiting.popleft() if waiting else None

    def ack(self, queue: str, amqp_message: AmqpMessage) -> None:
        with raising_unavailable():
            self._channel.basic_ack(amqp_message.tag)
        self._in_flight_messages.settle(queue, amqp_message)

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
    def browse(self, queue: str, limit: int | None = None) -> Iterator[Iterator[tuple[AmqpMessage, Settle]]]:
        """What lies in a queue now. What is not settled is back in its place afterwards."""
        present = self.count(queue)
        with self._channel_of_its_own() as channel:
            yield self._get(channel, queue, present if limit is None else min(limit, present))

    def purge(self, queue: str) -> int:
        if not self.count(queue):
            return 0
        with raising_unavailable():
            return self._channel.queue_purge(queue).method.message_count or 0

    def close(self) -> None:
        """What was not settled goes back into its queue."""
        self._in_flight_messages.forget(self)
        with suppress(AMQPError, OSError):
            self._connection.close()

    def _declare_exchange(self, exchange: str) -> None:
        if exchange not in self._exchanges:
            with raising_unavailable():
                self._channel.exchange_declare(exchange, exchange_type="fanout", durable=True)
            self._exchanges.add(exchange)

    def _publish(self, exchange: str, routing_key: str, amqp_message: AmqpMessage) -> None:
        with raising_unavailable():
            self._channel.basic_publish(
                exchange, routing_key, amqp_message.raw, amqp_message.properties, mandatory=True
            )

    def _note_arrival(
        self,
        queue: str,
        _channel: BlockingChannel,
        method: Basic.Deliver,
        properties: BasicProperties,
        raw: bytes,
    ) -> None:
        amqp_message = AmqpMessage(raw, properties, self, method.delivery_tag or 0)
        self._in_flight_messages.take(queue, amqp_message)
        self._waiting[queue].append(amqp_message)

    def _note_cancellation(self, _frame: object) -> None:
        self._cancelled = True

    def _get(self, channel: BlockingChannel, queue: str, limit: int) -> Iterator[tuple[AmqpMessage, Settle]]:
        for _ in range(limit):
            method, properties, raw = channel.basic_get(queue)
            if method is None or properties is None or raw is None:
                return
            tag = method.delivery_tag or 0
            yield AmqpMessage(raw, properties, self, tag), partial(channel.basic_ack, tag)

    @contextmanager
    def _channel_of_its_own(self) -> Iterator[BlockingChannel]:
        """What goes wrong on a channel closes it: the main one must not be risked."""
        with raising_unavailable():
            channel = self._connection.channel()
            try:
                yield channel
            finally:
                if channel.is_open:
                    channel.close()
