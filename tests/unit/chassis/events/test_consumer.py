"""The threads of a consumer: what they do while the broker comes and goes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry
from pytest import fixture
from sqlalchemy.orm import Session

from chassis.database import Database
from chassis.events import Consumer, Message, new_message
from chassis.events._metrics import messaging_metrics
from glasshouse_telemetry.testing import CapturedMetrics
from stackctl.system.polling import poll_until
from tests.unit.chassis.events.fakes import QUEUE, FakeBroker, delivery


@fixture
def broker() -> FakeBroker:
    return FakeBroker()


@contextmanager
def consuming(broker: FakeBroker, database: Database, registry: CollectorRegistry) -> Iterator[Consumer]:
    def handle(session: Session, message: Message) -> None:
        pass

    handlers = {"OrderPlaced": handle}
    metrics = messaging_metrics(registry)
    consumer = Consumer(broker, QUEUE, ["order_events"], handlers, database, metrics=metrics)
    consumer.start()
    try:
        yield consumer
    finally:
        assert consumer.stop()


def test_the_queue_is_declared_before_anything_is_received(
    broker: FakeBroker, database: Database, registry: CollectorRegistry
) -> None:
    with consuming(broker, database, registry) as consumer:
        poll_until(lambda: consumer.declared, "the declaration")
    assert broker.declared == [(QUEUE, ["order_events"])]
    assert broker.closed == 2


def test_a_consumer_starts_without_the_broker_and_declares_again_after_an_outage(
    broker: FakeBroker, database: Database, registry: CollectorRegistry
) -> None:
    broker.away = True
    with consuming(broker, database, registry) as consumer:
        assert not consumer.declared
        broker.away = False
        poll_until(lambda: consumer.declared, "the declaration")
        broker.away = True
        poll_until(lambda: not consumer.declared, "the outage")
        broker.away = False
        poll_until(lambda: len(broker.declared) == 2, "the second declaration")
        broker.waiting.append(delivery(new_message("order_events", "OrderPlaced", {})))
        poll_until(lambda: broker.settled == [("ack",)], "the acknowledgement")


def test_the_state_of_the_queue_is_exported(
    broker: FakeBroker, database: Database, registry: CollectorRegistry, values: CapturedMetrics
) -> None:
    labels = {"messaging_consumer_group_name": QUEUE}
    with consuming(broker, database, registry):
        poll_until(lambda: broker.stats_asked, "a look at the queue")
    assert values.value("messaging_queue_messages", state="waiting", **labels) == 5
    assert values.value("messaging_queue_messages", state="in_flight", **labels) == 2
    assert values.value("messaging_queue_messages", state="dead", **labels) == 1
    assert 60 <= values.value("messaging_queue_oldest_message_age_seconds", **labels) < 70


def test_a_stalled_consumer_leaves_messages_where_they_are_and_goes_on_afterwards(
    broker: FakeBroker, database: Database, registry: CollectorRegistry
) -> None:
    stalled = threading.Event()
    stalled.set()
    metrics = messaging_metrics(registry)
    handlers = {"OrderPlaced": lambda session, message: None}
    consumer = Consumer(broker, QUEUE, [], handlers, database, metrics=metrics, stalled=stalled.is_set)
    broker.waiting.append(delivery(new_message("order_events", "OrderPlaced", {})))
    consumer.start()
    poll_until(lambda: consumer.declared, "the declaration")
    assert len(broker.waiting) == 1
    stalled.clear()
    poll_until(lambda: broker.settled == [("ack",)], "the acknowledgement")
    assert consumer.stop()
