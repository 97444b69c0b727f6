"""Consumers on every broker: each message takes effect once, or is a dead letter that can be replayed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind
from prometheus_client import CollectorRegistry
from pytest import fixture
from sqlalchemy.orm import Session

import glasshouse_telemetry as telemetry
from chassis.database import Database
from chassis.events import (
    Backoff,
    Broker,
    Consumer,
    Handler,
    Message,
    Outbox,
    PermanentError,
    Relay,
    Retry,
    new_message,
)
from chassis.events._metrics import messaging_metrics
from glasshouse_telemetry.testing import CapturedMetrics, capture_spans
from stackctl.system.polling import NotYet, poll_until
from tests.integration.events.brokers import BrokerUnderTest
from tests.integration.events.effects import numbers, write_down

SOON = Backoff(first_s=0.05, longest_s=0.2)

StartConsumer = Callable[..., Consumer]


@fixture
def consume(
    under_test: BrokerUnderTest, queue: str, exchange: str, database: Database
) -> Iterator[StartConsumer]:
    """Starts consumers that are stopped at the end."""
    started = []

    def start(handlers: Mapping[str, Handler], **options: Any) -> Consumer:
        options = {"backoff": SOON, "metrics": messaging_metrics(CollectorRegistry()), **options}
        consumer = Consumer(under_test.connect(), queue, [exchange], handlers, database, **options)
        consumer.start()
        started.append(consumer)
        poll_until(lambda: consumer.declared, f"the declaration of {queue}")
        return consumer

    yield start
    assert all(consumer.stop() for consumer in started)


def placed(exchange: str, number: int) -> Message:
    return new_message(exchange, "OrderPlaced", {"number": number}, key=f"order {number}")


def until_handled(database: Database, expected: list[int]) -> None:
    poll_until(lambda: _compare(numbers(database), expected), f"the effects {expected}")


def _compare(found: list[int], expected: list[int]) -> bool | NotYet:
    return True if found == expected else NotYet(found)


def test_messages_are_handled_in_order_and_once_each(
    consume: StartConsumer, broker: Broker, exchange: str, database: Database
) -> None:
    consume({"OrderPlaced": write_down})
    messages = [placed(exchange, number) for number in range(20)]
    for message in [*messages, *messages]:
        broker.publish(message)
    until_handled(database, list(range(20)))
    broker.publish(placed(exchange, 20))
    until_handled(database, list(range(21)))


def test_what_a_failing_handler_wrote_is_undone_and_it_is_tried_again(
    consume: StartConsumer, broker: Broker, exchange: str, database: Database
) -> None:
    tries = []

    def fail_twice(session: Session, message: Message) -> None:
        write_down(session, message)
        tries.append(message.id)
        if len(tries) < 3:
            raise Retry("not yet")

    consume({"OrderPlaced": fail_twice})
    broker.publish(placed(exchange, 1))
    until_handled(database, [1])
    assert len(tries) == 3


def test_after_so_many_tries_a_message_is_a_dead_letter_and_can_be_replayed(
    consume: StartConsumer, broker: Broker, queue: str, exchange: str, database: Database
) -> None:
    mended = Event()

    def handle(session: Session, message: Message) -> None:
        if not mended.is_set():
            raise RuntimeError("the printer is on fire")
        write_down(session, message)

    consume({"OrderPlaced": handle}, max_tries=3)
    message = placed(exchange, 1)
    broker.publish(message)
    (letter,) = poll_until(lambda: broker.dead_letters(queue), f"the dead letter in {queue}")
    assert (letter.message_id, letter.tries) == (message.id, 3)
    assert letter.reason == "RuntimeError: the printer is on fire"
    mended.set()
    broker.replay(queue)
    until_handled(database, [1])


def test_poison_and_bytes_that_are_no_message_are_dead_letters_at_once_and_stop_nothing(
    consume: StartConsumer,
    under_test: BrokerUnderTest,
    broker: Broker,
    queue: str,
    exchange: str,
    database: Database,
) -> None:
    def handle(session: Session, message: Message) -> None:
        if message.body["number"] == 13:
            raise PermanentError("unlucky")
        write_down(session, message)

    consume({"OrderPlaced": handle})
    broker.publish(placed(exchange, 13))
    under_test.slip_in(queue, b'{"id": 1}')
    broker.publish(placed(exchange, 1))
    until_handled(database, [1])
    poisonous, malformed = broker.dead_letters(queue)
    assert (poisonous.reason, poisonous.tries) == ("PermanentError: unlucky", 1)
    assert malformed.reason.startswith("malformed: id: Input should be a valid string")


def test_types_without_a_handler_are_acknowledged(
    consume: StartConsumer,
    broker: Broker,
    queue: str,
    exchange: str,
    database: Database,
) -> None:
    registry = CollectorRegistry()
    consume({"OrderPlaced": write_down}, metrics=messaging_metrics(registry))
    broker.publish(new_message(exchange, "OrderShipped", {}))
    broker.publish(placed(exchange, 1))
    until_handled(database, [1])
    captured = CapturedMetrics(registry)
    sample = "messaging_client_consumed_messages_total"
    handled = {"event_type": "OrderPlaced", "event_outcome": "handled"}
    poll_until(lambda: captured.value(sample, **handled) == 1, "the count, which comes after the effect")
    assert captured.value(sample, event_type="_OTHER", event_outcome="ignored") == 1
    poll_until(lambda: broker.stats(queue).depth == 0, f"the end of {queue}")


def test_several_threads_share_the_work(
    consume: StartConsumer, broker: Broker, exchange: str, database: Database
) -> None:
    consume({"OrderPlaced": write_down}, threads=3)
    for number in range(60):
        broker.publish(placed(exchange, number))
    poll_until(lambda: _compare(sorted(numbers(database)), list(range(60))), "60 effects")


def test_stopping_finishes_the_message_in_hand(
    consume: StartConsumer, broker: Broker, queue: str, exchange: str, database: Database
) -> None:
    begun, may_go_on = Event(), Event()

    def handle(session: Session, message: Message) -> None:
        begun.set()
        assert may_go_on.wait(5)
        write_down(session, message)

    consumer = consume({"OrderPlaced": handle})
    for number in (1, 2):
        broker.publish(placed(exchange, number))
    assert begun.wait(5)
    assert not consumer.stop(timeout_s=0.05)
    may_go_on.set()
    assert consumer.stop()
    assert numbers(database) == [1]
    poll_until(lambda: broker.stats(queue).depth == 1, f"the second message back in {queue}")


def test_the_consumers_span_links_to_the_producers_and_carries_the_request_on(
    consume: StartConsumer, under_test: BrokerUnderTest, exchange: str, database: Database
) -> None:
    outbox = Outbox()
    following: list[Message] = []

    def confirm(session: Session, message: Message) -> None:
        following.append(outbox.add(session, exchange, "OrderConfirmed", {}))

    consume({"OrderPlaced": confirm})

    def place_an_order() -> SpanContext:
        telemetry.adopt_request_id("request-1")
        tracer = trace.get_tracer("test")
        with tracer.start_as_current_span("POST /orders") as span, database.writing() as session:
            outbox.add(session, exchange, "OrderPlaced", {"number": 1}, key="order 1")
            return span.get_span_context()

    with capture_spans() as spans, relaying(outbox, database, under_test.connect()):
        request = copy_context().run(place_an_order)
        poll_until(lambda: of_kind(spans, SpanKind.CONSUMER), "the consumer's span")
    (producer, *_), (consumer, *_) = (of_kind(spans, kind) for kind in (SpanKind.PRODUCER, SpanKind.CONSUMER))
    assert (producer.name, consumer.name) == (f"publish {exchange}", f"process {exchange}")
    assert ids(producer.parent) == ids(request)
    assert consumer.parent is None
    assert [ids(link.context) for link in consumer.links] == [ids(producer.context)]
    assert ids(consumer.context)[0] in following[0].headers["traceparent"]
    assert following[0].headers["x-request-id"] == "request-1"


def of_kind(spans: list[ReadableSpan], kind: SpanKind) -> list[ReadableSpan]:
    return [span for span in spans if span.kind is kind]


def ids(context: SpanContext | None) -> tuple[str, str]:
    assert context is not None
    return format(context.trace_id, "032x"), format(context.span_id, "016x")


@contextmanager
def relaying(outbox: Outbox, database: Database, broker: Broker) -> Iterator[None]:
    relay = Relay(outbox, database, broker, metrics=messaging_metrics(CollectorRegistry()))
    relay.start()
    try:
        yield
    finally:
        assert relay.stop()
