"""The embedded broker beyond the contract: time, other processes, and how little it does when idle."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pytest import approx, fixture, mark, raises

from chassis.events import Broker, BrokerUnavailable, broker_from_url, decode, new_message
from chassis.events._rabbitmq import RabbitMQBroker
from chassis.events._sqlite import SQLiteBroker
from chassis.events._sqlite_connection import SQLiteConnection
from tests.unit.chassis.fake_clock import FakeClock


@fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "broker.db"


@fixture
def clock() -> FakeClock:
    return FakeClock()


@fixture
def broker(file: Path, clock: FakeClock) -> Iterator[SQLiteBroker]:
    broker = SQLiteBroker(file, visibility_timeout_s=30, clock=clock)
    broker.declare("payments", ["order_events"])
    yield broker
    broker.close()


def publish(broker: Broker, *numbers: int) -> None:
    for number in numbers:
        broker.publish(new_message("order_events", "OrderPlaced", {"number": number}))


def next_number(broker: Broker) -> object:
    delivery = broker.receive("payments")
    return None if delivery is None else decode(delivery.raw).body["number"]


def test_a_message_is_hidden_for_the_visibility_timeout_and_no_longer(
    broker: SQLiteBroker, clock: FakeClock
) -> None:
    publish(broker, 1)
    assert next_number(broker) == 1
    clock.now += 29
    assert next_number(broker) is None
    clock.now += 1
    again = broker.receive("payments")
    assert again is not None
    assert again.tries == 2


def test_whoever_settles_too_late_changes_nothing(broker: SQLiteBroker, clock: FakeClock) -> None:
    publish(broker, 1)
    late = broker.receive("payments")
    clock.now += 30
    current = broker.receive("payments")
    assert late is not None
    assert current is not None
    broker.ack(late)
    broker.retry(late, 0)
    broker.dead_letter(late, "late")
    assert (broker.stats("payments").in_flight, broker.stats("payments").dead) == (1, 0)
    broker.ack(current)
    assert broker.stats("payments").depth == 0


def test_later_messages_overtake_those_that_wait_and_are_overtaken_by_them_again(
    broker: SQLiteBroker, clock: FakeClock
) -> None:
    publish(broker, 1, 2, 3)
    first = broker.receive("payments")
    assert first is not None
    broker.retry(first, delay_s=10)
    assert next_number(broker) == 2
    clock.now += 10
    assert next_number(broker) == 1
    assert next_number(broker) == 3


def test_the_age_of_the_oldest_is_that_of_its_publishing(broker: SQLiteBroker, clock: FakeClock) -> None:
    publish(broker, 1)
    clock.now += 7
    publish(broker, 2)
    oldest = broker.stats("payments").oldest
    assert oldest is not None
    assert oldest.timestamp() == approx(clock.now - 7)
    assert next_number(broker) == 1
    assert broker.stats("payments").oldest == oldest


def test_nothing_is_left_of_what_was_handled(broker: SQLiteBroker, file: Path) -> None:
    publish(broker, *range(20))
    for _ in range(20):
        delivery = broker.receive("payments")
        assert delivery is not None
        broker.ack(delivery)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)


def test_an_idle_consumer_looks_into_the_queue_only_when_something_has_changed(file: Path) -> None:
    idle, other = SQLiteConnection(file), SQLiteConnection(file)
    idle.remember_empty("payments", idle.version(), due_at=100.0)
    assert not idle.may_have_changed("payments", now=99.0)
    assert idle.may_have_changed("payments", now=100.0)
    assert idle.may_have_changed("inventory", now=99.0)
    with other.writing() as transaction:
        transaction.execute("INSERT INTO queues VALUES ('payments')")
    assert idle.may_have_changed("payments", now=99.0)
    idle.remember_empty("payments", idle.version(), due_at=100.0)
    with idle.writing() as transaction:
        transaction.execute("INSERT INTO queues VALUES ('inventory')")
    assert idle.may_have_changed("payments", now=99.0)
    for link in (idle, other):
        link.close()


def test_neither_a_long_queue_nor_many_retries_make_claiming_scan(broker: SQLiteBroker, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for where in ("hidden_until IS NULL", "hidden_until IS NOT NULL AND hidden_until <= 1"):
            query = f"EXPLAIN QUERY PLAN SELECT min(position) FROM messages WHERE queue = 'q' AND {where}"
            plan = " ".join(row[-1] for row in connection.execute(query))
            assert "SEARCH messages USING" in plan


def test_a_failed_transaction_leaves_the_connection_usable(file: Path) -> None:
    link = SQLiteConnection(file)
    with raises(ZeroDivisionError), link.writing() as transaction:
        transaction.execute("INSERT INTO queues VALUES ('payments')")
        raise ZeroDivisionError
    with link.writing():
        pass
    assert link.query("SELECT * FROM queues") == []
    link.close()


def test_a_file_that_cannot_be_opened_is_a_broker_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    broker = SQLiteBroker(tmp_path / "file" / "broker.db")
    with raises(BrokerUnavailable, match="sqlite"):
        broker.receive("payments")


@mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_several_processes_can_make_the_file_at_the_same_time(file: Path) -> None:
    children = []
    for _ in range(4):
        if (child := os.fork()) == 0:
            SQLiteBroker(file).declare("payments", ["order_events"])
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4


def test_a_url_says_which_broker(tmp_path: Path) -> None:
    assert isinstance(broker_from_url(f"sqlite:///{tmp_path}/broker.db"), SQLiteBroker)
    assert isinstance(broker_from_url("amqp://guest:guest@localhost/%2F"), RabbitMQBroker)
    assert isinstance(broker_from_url("amqps://localhost"), RabbitMQBroker)


@mark.parametrize("url", ["", "redis://localhost", "sqlite://", "broker.db"])
def test_a_url_of_no_broker_is_refused(url: str) -> None:
    with raises(ValueError, match="broker"):
        broker_from_url(url)
