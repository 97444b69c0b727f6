"""kill -9 of consumer, relay and broker in the middle of the work: nothing lost, nothing done twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry
from pytest import fixture

from chassis.database import Database
from chassis.events import Broker, Message, Outbox, Relay, new_message
from chassis.events._metrics import messaging_metrics
from stackctl.paths import ROOT
from stackctl.system.polling import NotYet, poll_until
from tests.integration.events import effects
from tests.integration.events.brokers import BrokerUnderTest
from tests.integration.events.consume import MAX_TRIES

HERE = Path(__file__).parent
MESSAGES = 300

Spawn = Callable[..., subprocess.Popen[bytes]]


@fixture
def spawn() -> Iterator[Spawn]:
    """Starts a Python program of this folder; what still runs at the end is killed."""
    processes = []

    def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, HERE / program, *arguments], env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


@fixture
def spawn_consumer(
    spawn: Spawn, under_test: BrokerUnderTest, queue: str, exchange: str, database: Database, tmp_path: Path
) -> Spawn:
    timeout_s = str(under_test.shortest_visibility_timeout_s)
    url = f"sqlite:///{tmp_path / 'service.db'}"
    return lambda: spawn("consume.py", under_test.url, queue, exchange, url, timeout_s)


def test_a_killed_consumer_loses_nothing_and_does_nothing_twice(
    broker: Broker, spawn_consumer: Spawn, queue: str, exchange: str, database: Database
) -> None:
    broker.declare(queue, [exchange])
    for number in range(MESSAGES):
        broker.publish(placed(exchange, number))
    for handled in (MESSAGES // 3, 2 * MESSAGES // 3):
        consumer = spawn_consumer()
        until_handled(database, at_least=handled)
        consumer.kill()
        consumer.wait()
    last = spawn_consumer()
    until_handled(database, at_least=MESSAGES)
    poll_until(lambda: broker.stats(queue).depth == 0, f"the end of {queue}")
    assert sorted(effects.numbers(database)) == list(range(MESSAGES))
    assert broker.dead_letters(queue) == []
    last.send_signal(signal.SIGTERM)
    assert last.wait(10) == 0


def test_a_consumer_that_dies_between_commit_and_acknowledgement_does_nothing_twice(
    broker: Broker, spawn_consumer: Spawn, queue: str, exchange: str, database: Database
) -> None:
    broker.declare(queue, [exchange])
    broker.publish(placed(exchange, 1, die="after the commit"))
    broker.publish(placed(exchange, 2))
    assert spawn_consumer().wait(10) == -signal.SIGKILL
    assert effects.numbers(database) == [1]
    assert broker.stats(queue).depth >= 1
    spawn_consumer()
    # RabbitMQ's depth leaves out what a consumer is at.
    poll_until(lambda: 2 in effects.numbers(database), "the effect of the other message")
    poll_until(lambda: broker.stats(queue).depth == 0, f"the end of {queue}")
    assert effects.numbers(database) == [1, 2]


def test_a_message_that_kills_its_consumers_is_given_up_and_harms_no_other(
    broker: Broker, spawn_consumer: Spawn, queue: str, exchange: str, database: Database
) -> None:
    broker.declare(queue, [exchange])
    broker.publish(placed(exchange, 1, die="while handling"))
    for number in (2, 3):
        broker.publish(placed(exchange, number))
    deaths = []
    while not broker.stats(queue).dead:
        deaths.append(death_of(spawn_consumer(), unless=lambda: bool(broker.stats(queue).dead)))
    poll_until(lambda: sorted(effects.numbers(database)) == [2, 3], "the effects of the others")
    (letter,) = broker.dead_letters(queue)
    assert effects.number_in(letter.raw) == 1
    assert deaths == [-signal.SIGKILL] * MAX_TRIES + [None]


def test_a_killed_relay_loses_nothing(
    under_test: BrokerUnderTest,
    broker: Broker,
    spawn: Spawn,
    queue: str,
    exchange: str,
    database: Database,
    tmp_path: Path,
) -> None:
    broker.declare(queue, [exchange])
    outbox = Outbox()
    with database.writing() as session:
        for number in range(MESSAGES):
            outbox.add(session, exchange, "OrderPlaced", {"number": number})
    relay = spawn("relay.py", under_test.url, f"sqlite:///{tmp_path / 'service.db'}")
    poll_until(lambda: broker.stats(queue).depth > MESSAGES // 3, f"a third of the messages in {queue}")
    relay.kill()
    relay.wait()
    with relaying(outbox, database, under_test.connect()):
        numbers = received(broker, queue)
    assert in_order_but_for_repetitions(numbers) == list(range(MESSAGES))


def test_a_broker_killed_in_the_middle_of_publishing_gets_everything_later(
    under_test: BrokerUnderTest, broker: Broker, other: Broker, queue: str, exchange: str, database: Database
) -> None:
    outbox = Outbox()
    broker.declare(queue, [exchange])
    with ThreadPoolExecutor() as pool, relaying(outbox, database, under_test.connect()):
        for number in range(MESSAGES):
            with database.writing() as session:
                outbox.add(session, exchange, "OrderPlaced", {"number": number})
            if number == MESSAGES // 2:
                recovery = pool.submit(under_test.crash_and_recover)
        recovery.result()
        numbers = received(other, queue)
    assert in_order_but_for_repetitions(numbers) == list(range(MESSAGES))


def placed(exchange: str, number: int, **body: str) -> Message:
    return new_message(exchange, "OrderPlaced", {"number": number, **body})


def death_of(process: subprocess.Popen[bytes], unless: Callable[[], bool]) -> int | None:
    poll_until(lambda: process.poll() is not None or unless(), "the death of a consumer")
    return process.poll()


def until_handled(database: Database, at_least: int) -> None:
    def enough() -> bool | NotYet:
        handled = effects.count(database)
        return True if handled >= at_least else NotYet(f"{handled} handled")

    poll_until(enough, f"{at_least} effects", interval=0.01)


def received(broker: Broker, queue: str) -> list[int]:
    """Until all different ones have come."""
    numbers: list[int] = []

    def all_have_come() -> bool | NotYet:
        while (delivery := broker.receive(queue, 0.2)) is not None:
            numbers.append(effects.number_in(delivery.raw))
            broker.ack(delivery)
        return True if len(set(numbers)) == MESSAGES else NotYet(f"{len(set(numbers))} have come")

    poll_until(all_have_come, f"{MESSAGES} messages in {queue}")
    return numbers


def in_order_but_for_repetitions(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


@contextmanager
def relaying(outbox: Outbox, database: Database, broker: Broker) -> Iterator[None]:
    relay = Relay(outbox, database, broker, metrics=messaging_metrics(CollectorRegistry()))
    relay.start()
    try:
        yield
    finally:
        assert relay.stop()
