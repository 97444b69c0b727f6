"""Tries of steps, as the spans and the log lines of the services tell of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from glasshouse_telemetry import names
from proof.expectations import AsyncStep
from stackctl.query import Line, Span

HANDLED = "handled"
DUPLICATE = "duplicate"
FAILED = "failed"

# Writes a line for every event that a service has handled, or tried to.
LOGGER = "chassis.events"


@dataclass(frozen=True)
class Task:
    """One try for one order or user (`key`): as which message, with what outcome, when, in which trace."""

    step: AsyncStep
    key: str
    message_id: str
    outcome: str
    at: float
    trace_id: str
    root: Span | None = None


def tasks_in_spans(span_name: str, traces: Mapping[str, Iterable[Span]]) -> Iterator[Task]:
    """The tasks whose root spans have this name."""
    for spans in traces.values():
        for span in spans:
            if span.parent_id is None and span.name == span_name:
                told = {names.label(name): value for name, value in span.attributes.items()}
                yield _task(span.service, span_name, told, span.end, span.trace_id, span)


def tasks_in_lines(lines: Iterable[Line]) -> Iterator[Task]:
    for line in lines:
        if line.fields.get(names.LOGGER) == LOGGER and "messaging_message_id" in line.fields:
            span_name = f"process {line.fields['messaging_destination_name']}"
            trace_id = line.fields.get(names.TRACE_ID, "")
            yield _task(line.service, span_name, line.fields, line.time_ns / 1e9, trace_id)


def _task(
    service: str,
    span_name: str,
    told: Mapping[str, Any],
    at: float,
    trace_id: str,
    root: Span | None = None,
) -> Task:
    queue, event = told.get("messaging_consumer_group_name", ""), told.get("event_type", "")
    return Task(
        step=AsyncStep(service, span_name, event, queue),
        key=told.get("messaging_message_conversation_id") or told.get("order_id", ""),
        message_id=told.get("messaging_message_id", ""),
        # A saga's step tells only of failures.
        outcome=told.get("event_outcome") or (FAILED if told.get("error_type") else HANDLED),
        at=at,
        trace_id=trace_id,
        root=root,
    )
