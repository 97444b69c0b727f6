"""Ledger rows, and what the backends hold for them when all is well: each test then breaks one thing."""

import itertools

from proof.expectations import CONVENTIONS, Call, Counted, ExpectedStep, Protocol, Served, counted
from proof.ledger.rows import Row
from proof.verify.expected_calls import ExpectedCalls, expected_calls_of
from proof.verify.restarts import Restarts
from stackctl.query import Line, Span
from stackctl.shop_scenarios import KINDS, calls_of

STARTED_AT = 1_795_000_000.0

_numbers = itertools.count(1)

# What a counter has as labels, a span has as attributes.
_ATTRIBUTES = {
    "http_request_method": "http.request.method",
    "http_route": "http.route",
    "http_response_status_code": "http.response.status_code",
    "rpc_method": "rpc.method",
    "rpc_response_status_code": "rpc.response.status_code",
}


def row(
    kind: str = "user_get",
    status: int | None = -1,
    *,
    n: int | None = None,
    at: float = 0.0,
    created: str | None = None,
) -> Row:
    """A row that was answered as expected, unless another status (or None) is given."""
    number = next(_numbers) if n is None else n
    expected = KINDS[kind]
    intended_at = STARTED_AT + at
    return Row(
        n=number,
        kind=kind,
        client="customer-1",
        trace_id=f"{number:032x}",
        span_id=f"{number:016x}",
        request_id=f"request-{number}",
        method=expected.method,
        path=expected.route,
        route=expected.route,
        intended_at=intended_at,
        sent_at=intended_at,
        done_at=intended_at + 0.01,
        status=expected.statuses[0] if status == -1 else status,
        expected_statuses=expected.statuses,
        created_id=created,
        error=None if status is not None else "ClientConnectorError",
        latency_ms=10.0,
    )


def demand(one: Row) -> ExpectedCalls:
    return expected_calls_of(one, calls_of, Restarts())


def trace_of(one: Row) -> list[Span]:
    """The whole and only trace of a row: its root, and for each call a server span below its caller."""
    root = span(one.trace_id, one.span_id, None, "traffic", kind="client")
    by_service = {"traffic": root}
    for number, call in enumerate(demand(one).calls.elements()):
        parent = by_service[call.caller]
        served = server_span(one.trace_id, f"{one.n:08x}{number:08x}", parent.span_id, call)
        by_service[call.callee] = served
    return list(by_service.values())


def task_trace(
    expected_step: ExpectedStep,
    number: int,
    origin: Span,
    message_id: str = "message-1",
    outcome: str = "handled",
) -> list[Span]:
    """The trace in which a step happens: its root, linked to where it comes from, and its calls."""
    step = expected_step.step
    attributes: dict[str, object] = {"order.id": expected_step.key}
    if step.event:
        attributes = {
            "messaging.message.conversation_id": expected_step.key,
            "messaging.message.id": message_id,
            "messaging.consumer.group.name": step.queue,
            "event.type": step.event,
            "event.outcome": outcome,
        }
    trace_id, root_id = f"a{number:031x}", f"a{number:015x}"
    root = Span(
        trace_id,
        root_id,
        None,
        step.service,
        step.span,
        "consumer",
        STARTED_AT,
        0.01,
        attributes,
        ((origin.trace_id, origin.span_id),),
    )
    calls = enumerate(step.calls)
    return [root, *(server_span(trace_id, f"b{number:07x}{n:08x}", root_id, call) for n, call in calls)]


def event_line(expected_step: ExpectedStep, message_id: str = "message-1", outcome: str = "handled") -> Line:
    step = expected_step.step
    fields = {
        "logger": "chassis.events",
        "messaging_destination_name": step.span.removeprefix("process "),
        "messaging_consumer_group_name": step.queue,
        "messaging_message_id": message_id,
        "messaging_message_conversation_id": expected_step.key,
        "event_type": step.event,
        "event_outcome": outcome,
    }
    text = f"{step.span} {step.event} {outcome}"
    return Line(round(STARTED_AT * 1e9), text, {"service_name": step.service}, fields)


def span(
    trace_id: str,
    span_id: str,
    parent_id: str | None,
    service: str,
    *,
    kind: str = "server",
    attributes: dict[str, object] | None = None,
) -> Span:
    return Span(trace_id, span_id, parent_id, service, "GET", kind, STARTED_AT, 0.01, attributes or {})


def server_span(trace_id: str, span_id: str, parent_id: str | None, call: Call) -> Span:
    attributes: dict[str, object] = {_ATTRIBUTES[label]: value for label, value in call.served.labels.items()}
    return span(trace_id, span_id, parent_id, call.callee, attributes=attributes)


def lines_of(one: Row) -> list[Line]:
    """The access lines of a row, as Loki answers them."""
    return [_access_line(one, number, call) for number, call in enumerate(demand(one).calls.elements())]


def _access_line(one: Row, number: int, call: Call) -> Line:
    fields = {
        "logger": CONVENTIONS[call.served.protocol].access_logger,
        "trace_id": one.trace_id,
        "span_id": f"{one.n:08x}{number:08x}",
        **call.served.labels,
    }
    text = f"{call.served.operation} {call.served.status}"
    return Line(round(one.done_at * 1e9) + number, text, {"service_name": call.callee}, fields)


def http(service: str, operation: str, status: int) -> Counted:
    """The counter of a call over HTTP."""
    served = Served(service, Protocol.HTTP, operation, str(status))
    return counted(service, "http_server_request_duration_seconds_count", served.labels)
