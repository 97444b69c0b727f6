"""From the outbox to the broker, where order, outages and what is told of them matter."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry
from pytest import fixture

from chassis.database import Database
from chassis.events import Outbox, Relay
from chassis.events._metrics import messaging_metrics
from glasshouse_telemetry.testing import CapturedMetrics, capture_logs, capture_spans
from stackctl.system.polling import NotYet, poll_until
from tests.unit.chassis.events.fakes import FakeBroker


@fixture
def broker() -> FakeBroker:
    return FakeBroker()


@fixture
def outbox() -> Outbox:
    return Outbox()


@contextmanager
def relaying(
    outbox: Outbox, database: Database, broker: FakeBroker, registry: CollectorRegistry
) -> Iterator[None]:
    relay = Relay(outbox, database, broker, metrics=messaging_metrics(registry))
    relay.start()
    try:
        yield
    finally:
        assert relay.stop()


def add(outbox: Outbox, database: Database, number: int, exchange: str = "order_events") -> None:
    with database.writing() as session:
        outbox.add(session, exchange, "OrderPlaced", {"number": number}, key=f"o{number}")


def until_published(broker: FakeBroker, expected: list[int]) -> None:
    def published() -> bool | NotYet:
        numbers = [message.body["number"] for message in broker.published]
        return True if numbers == expected else NotYet(numbers)

    poll_until(published, f"the messages {expected}", interval=0.005)


def test_an_outage_keeps_the_order(
    outbox: Outbox, database: Database, broker: FakeBroker, registry: CollectorRegistry
) -> None:
    with relaying(outbox, database, broker, registry):
        add(outbox, database, 1)
        until_published(broker, [1])
        broker.away = True
        for number in (2, 3):
            add(outbox, database, number)
        poll_until(lambda: broker.attempts >= 3, "a second attempt")
        broker.away = False
        until_published(broker, [1, 2, 3])
    assert broker.closed == 1


def test_what_nobody_wants_is_dropped_said_once_and_holds_nothing_up(
    outbox: Outbox,
    database: Database,
    broker: FakeBroker,
    registry: CollectorRegistry,
    values: CapturedMetrics,
) -> None:
    broker.without_queues = {"stray_events"}
    with capture_logs() as lines, relaying(outbox, database, broker, registry):
        for number in range(3):
            add(outbox, database, number, exchange="stray_events")
        add(outbox, database, 3)
        until_published(broker, [3])
    warnings = [line["message"] for line in lines if line["severity"] == "WARNING"]
    assert warnings == ["messages are dropped until somebody wants them: stray_events"]
    sent = "messaging_client_sent_messages_total"
    assert values.value(sent, messaging_destination_name="stray_events", error_type="unroutable") == 3
    assert values.value("messaging_client_operation_duration_seconds_count", error_type="") == 1


def test_the_producers_span_belongs_to_the_request_and_travels_with_the_message(
    outbox: Outbox, database: Database, broker: FakeBroker, registry: CollectorRegistry
) -> None:
    with capture_spans() as spans, relaying(outbox, database, broker, registry):
        with trace.get_tracer("test").start_as_current_span("POST /orders") as request:
            add(outbox, database, 1)
        until_published(broker, [1])
    (producer,) = (span for span in spans if span.kind is SpanKind.PRODUCER)
    assert producer.name == "publish order_events"
    assert producer.parent is not None
    assert producer.parent.span_id == request.get_span_context().span_id
    assert producer.context is not None
    assert format(producer.context.span_id, "016x") in broker.published[0].headers["traceparent"]
    assert dict(producer.attributes or {}) == {
        "messaging.system": "fake",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": "order_events",
        "messaging.message.id": broker.published[0].id,
        "messaging.message.conversation_id": "o1",
        "event.type": "OrderPlaced",
    }


def test_looking_into_the_outbox_makes_no_spans(
    outbox: Outbox, database: Database, broker: FakeBroker, registry: CollectorRegistry
) -> None:
    with capture_spans() as spans, relaying(outbox, database, broker, registry):
        add(outbox, database, 1)
        until_published(broker, [1])
    assert [span.name for span in spans] == ["publish order_events"]


def test_an_attempt_that_fails_is_a_span_with_an_error(
    outbox: Outbox, database: Database, broker: FakeBroker, registry: CollectorRegistry
) -> None:
    broker.away = True
    with capture_spans() as spans, relaying(outbox, database, broker, registry):
        add(outbox, database, 1)
        poll_until(lambda: spans, "the failed attempt")
        broker.away = False
        until_published(broker, [1])
    assert spans[0].status.status_code is StatusCode.ERROR
    assert dict(spans[0].attributes or {})["error.type"] == "BrokerUnavailable"
    assert spans[-1].status.status_code is StatusCode.UNSET


def test_a_stalled_relay_keeps_what_it_is_given_and_catches_up(
    outbox: Outbox, database: Database, broker: FakeBroker, registry: CollectorRegistry
) -> None:
    stalled = threading.Event()
    stalled.set()
    metrics = messaging_metrics(registry)
    relay = Relay(outbox, database, broker, poll_s=0.01, metrics=metrics, stalled=stalled.is_set)
    relay.start()
    add(outbox, database, 1)
    poll_until(lambda: registry.get_sample_value("outbox_unpublished_messages") == 1, "the lag")
    assert broker.attempts == 0
    stalled.clear()
    until_published(broker, [1])
    assert relay.stop()
