"""Events between services: an outbox in the producer's database, a broker, an inbox in the consumer's.

    outbox = Outbox()
    broker = broker_from_url("sqlite:////var/lib/shop/broker.db")       # or amqp://…
    with database.writing() as session:
        session.add(order)
        outbox.add(session, "order_events", "OrderPlaced", {"order_id": order.id}, key=order.id)

    relay = Relay(outbox, database, broker)
    consumer = Consumer(broker, "payments", ["order_events"], {"OrderPlaced": authorise}, database)
    relay.start(), consumer.start()

Both tables are in `metadata`. What is promised, and how to follow a message: docs/events.md.
"""

from chassis.events._backoff import Backoff
from chassis.events._broker import Broker, BrokerUnavailable, DeadLetter, Delivery, QueueStats, Unroutable
from chassis.events._consumer import Consumer
from chassis.events._message import MalformedMessage, Message, decode, encode, new_message
from chassis.events._outbox import Outbox
from chassis.events._relay import Relay
from chassis.events._retry_policy import Handler, PermanentError, Retry
from chassis.events._sessions import Sessions
from chassis.events._tables import metadata
from chassis.events._urls import broker_from_url

__all__ = [
    "Backoff",
    "Broker",
    "BrokerUnavailable",
    "Consumer",
    "DeadLetter",
    "Delivery",
    "Handler",
    "MalformedMessage",
    "Message",
    "Outbox",
    "PermanentError",
    "QueueStats",
    "Relay",
    "Retry",
    "Sessions",
    "Unroutable",
    "broker_from_url",
    "decode",
    "encode",
    "metadata",
    "new_message",
]
