"""Spans of messages, and the context that travels in their headers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind

import glasshouse_telemetry as telemetry
from chassis.events import _names as names
from chassis.events._message import Message
from glasshouse_telemetry.names import ERROR_TYPE

REQUEST_ID_HEADER: Final = "x-request-id"
_SCOPE: Final = "chassis.events"


def current_headers() -> dict[str, str]:
    """The trace and the request that the calling code belongs to."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    if (request_id := telemetry.request_id()) is not None:
        headers[REQUEST_ID_HEADER] = request_id
    return headers


@contextmanager
def publishing(system: str, message: Message) -> Iterator[Message]:
    """A PRODUCER span in the trace that added the message; yields it with headers that name this span."""
    with trace.get_tracer(_SCOPE).start_as_current_span(
        f"{names.PUBLISH} {message.exchange}",
        context=propagate.extract(message.headers),
        kind=SpanKind.PRODUCER,
        attributes=_attributes(system, message, names.PUBLISH, names.SEND),
    ) as span:
        headers = dict(message.headers)
        propagate.inject(headers)
        try:
            yield replace(message, headers=headers)
        except Exception as error:
            span.set_attribute(ERROR_TYPE, type(error).__name__)
            raise


@contextmanager
def processing(system: str, queue: str, message: Message, tries: int) -> Iterator[Span]:
    """A CONSUMER span, the root of a trace of its own, with a link to the producer's span.

    One event has many consumers, and each may come hours later: as children they would make one endless
    trace.
    """
    telemetry.adopt_request_id(message.headers.get(REQUEST_ID_HEADER))
    producer = trace.get_current_span(propagate.extract(message.headers, Context())).get_span_context()
    attributes = _attributes(system, message, names.PROCESS, names.PROCESS)
    with trace.get_tracer(_SCOPE).start_as_current_span(
        f"{names.PROCESS} {message.exchange}",
        context=Context(),
        kind=SpanKind.CONSUMER,
        attributes={**attributes, names.CONSUMER_GROUP_NAME: queue, names.EVENT_TRIES: tries},
        links=[Link(producer)] if producer.is_valid else (),
    ) as span:
        yield span


def _attributes(system: str, message: Message, operation: str, operation_type: str) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {
        names.SYSTEM: system,
        names.OPERATION_NAME: operation,
        names.OPERATION_TYPE: operation_type,
        names.DESTINATION_NAME: message.exchange,
        names.MESSAGE_ID: message.id,
        names.EVENT_TYPE: message.type,
    }
    if message.key:
        attributes[names.CONVERSATION_ID] = message.key
    return attributes
