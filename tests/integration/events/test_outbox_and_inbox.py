"""Outbox and inbox on every database that a service may have."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from prometheus_client import CollectorRegistry
from pytest import fixture, raises

from chassis.database import Database
from chassis.events import Outbox, Relay
from chassis.events import _inbox as inbox
from chassis.events import _outbox as outbox_table
from chassis.events._metrics import messaging_metrics
from glasshouse_telemetry.testing import CapturedMetrics
from stackctl.system.polling import NotYet, poll_until
from tests.unit.chassis.events.fakes import FakeBroker

StartRelay = Callable[..., Relay]


@fixture
def relay(any_database: Database) -> Iterator[StartRelay]:
    """Starts relays that are stopped at the end."""
    started = []

    def start(outbox: Outbox, broker: FakeBroker, **options: Any) -> Relay:
        relay = Relay(
            outbox, any_database, broker, **{"metrics": messaging_metrics(CollectorRegistry()), **options}
        )
        relay.start()
        started.append(relay)
        return relay

    yield start
    assert all(relay.stop() for relay in started)


def add(outbox: Outbox, database: Database, *numbers: int) -> None:
    with database.writing() as session:
        for number in numbers:
            outbox.add(session, "order_events", "OrderPlaced", {"number": number}, key=str(number))


def until_published(broker: FakeBroker, expected: list[int]) -> None:
    def published() -> bool | NotYet:
        numbers = [message.body["number"] for message in broker.published]
        return True if numbers == expected else NotYet(numbers)

    poll_until(published, f"the messages {expected}", timeout=10, interval=0.01)


def test_what_is_committed_is_published_in_order_and_once(any_database: Database, relay: StartRelay) -> None:
    outbox, broker = Outbox(), FakeBroker()
    relay(outbox, broker)
    add(outbox, any_database, *range(250))
    add(outbox, any_database, 250)
    until_published(broker, list(range(251)))


def test_what_is_rolled_back_was_never_there(any_database: Database, relay: StartRelay) -> None:
    outbox, broker = Outbox(), FakeBroker()
    with raises(RuntimeError), any_database.writing() as session:
        outbox.add(session, "order_events", "OrderPlaced", {"number": 1})
        raise RuntimeError("out of stock")
    add(outbox, any_database, 2)
    relay(outbox, broker)
    until_published(broker, [2])


def test_a_message_is_published_as_it_was_added(any_database: Database, relay: StartRelay) -> None:
    outbox, broker = Outbox(), FakeBroker()
    relay(outbox, broker)
    with any_database.writing() as session:
        added = outbox.add(
            session.connection(), "order_events", "OrderPlaced", {"ünï\x00": [1.5, None]}, key="k"
        )
    (published,) = poll_until(lambda: broker.published, "the message")
    assert (published.id, published.body, published.key) == (added.id, added.body, "k")
    assert published.occurred_at == added.occurred_at


def test_a_commit_of_this_process_wakes_the_relay(any_database: Database, relay: StartRelay) -> None:
    outbox, broker = Outbox(), FakeBroker()
    relay(outbox, broker, poll_s=60)
    for number in range(3):
        add(outbox, any_database, number)
        until_published(broker, list(range(number + 1)))


def test_while_the_broker_is_away_messages_wait_and_the_lag_grows(
    any_database: Database, relay: StartRelay
) -> None:
    outbox, broker, registry = Outbox(), FakeBroker(), CollectorRegistry()
    broker.away = True
    add(outbox, any_database, 1, 2)
    relay(outbox, broker, metrics=messaging_metrics(registry))
    values = CapturedMetrics(registry)
    poll_until(lambda: values.value("outbox_unpublished_messages") == 2, "2 unpublished messages")
    poll_until(lambda: values.value("outbox_lag_seconds") > 0.2, "a lag that grows")
    broker.away = False
    until_published(broker, [1, 2])
    poll_until(lambda: values.value("outbox_unpublished_messages") == 0, "nothing unpublished")
    assert values.value("outbox_lag_seconds") == 0
    assert values.value("messaging_client_sent_messages_total", error_type="BrokerUnavailable") >= 1
    assert values.value("messaging_client_sent_messages_total", error_type="") == 2


def test_several_relays_neither_overtake_each_other_nor_publish_twice(
    any_database: Database, relay: StartRelay
) -> None:
    broker = FakeBroker()
    outboxes = [Outbox() for _ in range(3)]
    for each in outboxes:
        relay(each, broker)
    for number in range(60):
        add(outboxes[number % 3], any_database, number)
    until_published(broker, list(range(60)))


def test_another_relay_takes_over_when_the_first_stops(any_database: Database, relay: StartRelay) -> None:
    broker = FakeBroker()
    outbox = Outbox()
    first = relay(outbox, broker)
    add(outbox, any_database, 1)
    until_published(broker, [1])
    relay(Outbox(), broker)
    assert first.stop()
    add(outbox, any_database, 2)
    until_published(broker, [1, 2])


def test_stopping_publishes_what_is_there(any_database: Database, relay: StartRelay) -> None:
    outbox, broker = Outbox(), FakeBroker()
    running = relay(outbox, broker, poll_s=60)
    add(Outbox(), any_database, *range(150))
    assert running.stop()
    assert [message.body["number"] for message in broker.published] == list(range(150))


def test_published_messages_are_forgotten_in_time(any_database: Database, relay: StartRelay) -> None:
    outbox, broker = Outbox(), FakeBroker()
    add(outbox, any_database, 1, 2, 3)
    relay(outbox, broker).stop()
    add(outbox, any_database, 4)
    with any_database.writing() as session:
        assert outbox_table.forget_published(session, timedelta(hours=1), limit=10) == 0
        assert outbox_table.forget_published(session, timedelta(0), limit=2) == 2
        assert outbox_table.forget_published(session, timedelta(0), limit=2) == 1
        assert [message.body["number"] for _, message in outbox_table.unpublished(session, 10)] == [4]


def test_each_consumer_accepts_a_message_once(any_database: Database) -> None:
    with any_database.writing() as session:
        assert inbox.accept(session, "payments", "m1")
        assert inbox.accept(session, "inventory", "m1")
    with any_database.writing() as session:
        assert not inbox.accept(session, "payments", "m1")


def test_what_was_rolled_back_may_be_accepted_again(any_database: Database) -> None:
    with raises(RuntimeError), any_database.writing() as session:
        assert inbox.accept(session, "payments", "m1")
        raise RuntimeError("out of stock")
    with any_database.writing() as session:
        assert inbox.accept(session, "payments", "m1")


def test_of_two_at_once_one_accepts_the_message(any_database: Database) -> None:
    together = Barrier(4, timeout=5)

    def handle(_: int) -> bool:
        together.wait()
        with any_database.writing() as session:
            return inbox.accept(session, "payments", "m1")

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(handle, range(4))) == [False, False, False, True]


def test_old_entries_are_forgotten(any_database: Database) -> None:
    with any_database.writing() as session:
        for number in range(3):
            inbox.accept(session, "payments", f"m{number}")
        assert inbox.forget(session, timedelta(hours=1), limit=10) == 0
        assert inbox.forget(session, timedelta(0), limit=2) == 2
        assert inbox.forget(session, timedelta(0), limit=2) == 1
