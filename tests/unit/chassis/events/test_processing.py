"""What becomes of one message, and what is told of it."""

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry
from pytest import fixture, mark, raises
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import glasshouse_telemetry as telemetry
from chassis.database import Database
from chassis.events import Backoff, BrokerUnavailable, Message, PermanentError, Retry, new_message
from chassis.events._metrics import messaging_metrics
from chassis.events._outcomes import OutcomeReport
from chassis.events._processing import Processing
from chassis.events._retry_policy import Rules
from chassis.events._tables import inbox
from glasshouse_telemetry.testing import CapturedMetrics, capture_logs, capture_spans
from tests.unit.chassis.events.fakes import QUEUE, FakeBroker, delivery

PLACED = new_message("order_events", "OrderPlaced", {"card_token": "tok_secret"}, key="o1")


class Handler:
    """Raises what it is told to, once each."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.handled: list[Message] = []
        self.request_ids: list[str | None] = []

    def __call__(self, session: Session, message: Message) -> None:
        self.request_ids.append(telemetry.request_id())
        if self.errors:
            raise self.errors.pop(0)
        self.handled.append(message)


@fixture
def broker() -> FakeBroker:
    return FakeBroker()


@fixture
def handler() -> Handler:
    return Handler()


@fixture
def processing(
    broker: FakeBroker, handler: Handler, database: Database, registry: CollectorRegistry
) -> Processing:
    backoff = Backoff(first_s=1.0, longest_s=60.0, random=lambda: 1.0)
    rules = Rules(QUEUE, ["order_events"], {"OrderPlaced": handler}, max_tries=3, backoff=backoff)
    return Processing(broker, database, rules, OutcomeReport("fake", rules, messaging_metrics(registry)))


def consumed(values: CapturedMetrics, outcome: str, **labels: str) -> float:
    return values.value("messaging_client_consumed_messages_total", event_outcome=outcome, **labels)


def accepted(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(func.count()).select_from(inbox)).one()


def test_a_handled_message_is_acknowledged_and_counted(
    processing: Processing, broker: FakeBroker, handler: Handler, values: CapturedMetrics
) -> None:
    processing.process(delivery(PLACED))
    assert handler.handled == [PLACED]
    assert broker.settled == [("ack",)]
    labels = {
        "messaging_system": "fake",
        "messaging_operation_name": "process",
        "messaging_destination_name": "order_events",
        "messaging_consumer_group_name": QUEUE,
        "event_type": "OrderPlaced",
    }
    assert consumed(values, "handled", **labels) == 1
    assert values.value("messaging_process_duration_seconds_count", error_type="", **labels) == 1


def test_a_message_that_comes_twice_is_handled_once(
    processing: Processing, broker: FakeBroker, handler: Handler, values: CapturedMetrics
) -> None:
    for tries in (1, 2):
        processing.process(delivery(PLACED, tries))
    assert handler.handled == [PLACED]
    assert broker.settled == [("ack",), ("ack",)]
    assert (consumed(values, "handled"), consumed(values, "duplicate")) == (1, 1)


@mark.parametrize(
    ("error", "tries", "delay_s"),
    [
        (RuntimeError("broken"), 1, 1.0),
        (RuntimeError("broken"), 2, 2.0),
        (Retry("not yet"), 2, 2.0),
        (Retry("not yet", delay_s=7.5), 1, 7.5),
        (Retry("at once", delay_s=0.0), 1, 0.0),
    ],
)
def test_a_failing_handler_is_tried_again_after_a_growing_delay(
    processing: Processing,
    broker: FakeBroker,
    handler: Handler,
    values: CapturedMetrics,
    database: Database,
    error: Exception,
    tries: int,
    delay_s: float,
) -> None:
    handler.errors = [error]
    processing.process(delivery(PLACED, tries))
    assert broker.settled == [("retry", delay_s)]
    assert consumed(values, "retried") == 1
    assert accepted(database) == 0
    failed = values.value("messaging_process_duration_seconds_count", error_type=type(error).__name__)
    assert failed == 1


@mark.parametrize(
    ("error", "tries", "reason"),
    [
        (PermanentError("no such card"), 1, "PermanentError: no such card"),
        (RuntimeError("broken"), 3, "RuntimeError: broken"),
        (Retry("not yet", delay_s=1), 3, "Retry: not yet"),
        (PermanentError("x" * 1000), 1, "PermanentError: " + "x" * 484),
    ],
)
def test_poison_and_the_last_try_make_a_dead_letter(
    processing: Processing,
    broker: FakeBroker,
    handler: Handler,
    values: CapturedMetrics,
    error: Exception,
    tries: int,
    reason: str,
) -> None:
    handler.errors = [error]
    processing.process(delivery(PLACED, tries))
    assert broker.settled == [("dead_letter", reason)]
    assert consumed(values, "dead") == 1


def test_a_message_that_kills_its_consumers_is_not_handed_out_for_ever(
    processing: Processing, broker: FakeBroker, handler: Handler
) -> None:
    processing.process(delivery(PLACED, tries=4))
    assert handler.handled == []
    assert broker.settled == [("dead_letter", "every consumer that took it has died or timed out")]


def test_a_malformed_message_is_a_dead_letter_and_is_never_quoted(
    processing: Processing, broker: FakeBroker, values: CapturedMetrics
) -> None:
    with capture_logs() as lines:
        processing.process(delivery(b'{"id": ["tok_secret"]}'))
    ((settled, reason),) = broker.settled
    assert settled == "dead_letter"
    assert str(reason).startswith("malformed: id: Input should be a valid string")
    assert "tok_secret" not in f"{reason} {lines}"
    assert consumed(values, "dead", event_type="_OTHER") == 1


def test_strange_types_are_ignored_and_make_no_series_of_their_own(
    processing: Processing, broker: FakeBroker, values: CapturedMetrics
) -> None:
    with capture_spans() as spans:
        processing.process(delivery(new_message("stray_events", "OrderShipped", {})))
    assert broker.settled == [("ack",)]
    assert consumed(values, "ignored", event_type="_OTHER", messaging_destination_name="_OTHER") == 1
    assert spans == []


def test_what_was_committed_counts_as_handled_although_the_broker_is_away(
    processing: Processing, broker: FakeBroker, handler: Handler, values: CapturedMetrics
) -> None:
    broker.away = True
    with raises(BrokerUnavailable):
        processing.process(delivery(PLACED))
    broker.away = False
    processing.process(delivery(PLACED, tries=2))
    assert handler.handled == [PLACED]
    assert (consumed(values, "handled"), consumed(values, "duplicate")) == (1, 1)


def test_a_message_that_could_not_be_settled_is_counted_when_it_is(
    processing: Processing, broker: FakeBroker, handler: Handler, values: CapturedMetrics
) -> None:
    handler.errors = [PermanentError("bad"), PermanentError("bad")]
    broker.away = True
    with raises(BrokerUnavailable):
        processing.process(delivery(PLACED))
    broker.away = False
    processing.process(delivery(PLACED, tries=2))
    assert consumed(values, "dead") == 1


def test_the_span_says_what_became_of_the_message(processing: Processing, handler: Handler) -> None:
    handler.errors = [RuntimeError("broken")]
    with capture_spans() as spans:
        processing.process(delivery(PLACED, tries=1))
        processing.process(delivery(PLACED, tries=2))
    failed, handled = (span for span in spans if span.kind is SpanKind.CONSUMER)
    assert attributes(handled) == {
        "messaging.system": "fake",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "order_events",
        "messaging.consumer.group.name": QUEUE,
        "messaging.message.id": PLACED.id,
        "messaging.message.conversation_id": "o1",
        "event.type": "OrderPlaced",
        "event.outcome": "handled",
        "event.tries": 2,
    }
    assert attributes(failed)["error.type"] == "RuntimeError"
    assert attributes(failed)["event.outcome"] == "retried"
    assert (failed.status.status_code, handled.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)


def test_a_line_is_written_for_each_message_without_its_body(
    processing: Processing, handler: Handler
) -> None:
    handler.errors = [RuntimeError("broken"), PermanentError("bad")]
    with capture_spans(), capture_logs() as lines:
        for tries in (1, 2):
            processing.process(delivery(PLACED, tries))
        processing.process(delivery(new_message("order_events", "OrderPlaced", {}), 1))
    told = [(line["severity"], line["message"], line.get("exception.type")) for line in lines]
    assert told == [
        ("WARNING", "process order_events OrderPlaced retried", "RuntimeError"),
        ("ERROR", "process order_events OrderPlaced dead", "chassis.events._retry_policy.PermanentError"),
        ("INFO", "process order_events OrderPlaced handled", None),
    ]
    assert all(line["trace_id"] and line["messaging.message.id"] for line in lines)
    assert "tok_secret" not in str(lines)


def test_the_request_of_a_message_is_that_of_its_handler_and_of_no_other(
    processing: Processing, handler: Handler
) -> None:
    for request_id in ("request-1", "request-2"):
        message = new_message("order_events", "OrderPlaced", {}, headers={"x-request-id": request_id})
        processing.process(delivery(message))
    assert handler.request_ids == ["request-1", "request-2"]
    assert telemetry.request_id() is None


def test_the_duration_leads_to_the_span(processing: Processing, registry: CollectorRegistry) -> None:
    with capture_spans() as spans:
        processing.process(delivery(PLACED))
    (span,) = (span for span in spans if span.kind is SpanKind.CONSUMER)
    exemplars = [
        sample.exemplar.labels
        for family in registry.collect()
        if family.name == "messaging_process_duration_seconds"
        for sample in family.samples
        if sample.exemplar
    ]
    assert span.context is not None
    assert [each["trace_id"] for each in exemplars] == [format(span.context.trace_id, "032x")]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})
