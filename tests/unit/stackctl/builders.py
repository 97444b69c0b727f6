"""Ledger rows, and what the backends hold for them when all is well: each test then breaks one thing."""

import itertools

from stackctl.expectations import KINDS, Call
from stackctl.query import Line, Span
from stackctl.traffic.ledger import Row
from stackctl.verify.demands import demanded_calls

STARTED_AT = 1_795_000_000.0

_numbers = itertools.count(1)


def row(kind: str = "user_get", status: int | None = -1, *, n: int | None = None, at: float = 0.0) -> Row:
    """A row that was answered as expected, unless another status (or None) is given."""
    number = next(_numbers) if n is None else n
    expected = KINDS[kind]
    intended_at = STARTED_AT + at
    return Row(
        n=number,
        kind=kind,
        trace_id=f"{number:032x}",
        span_id=f"{number:016x}",
        request_id=f"request-{number}",
        method=expected.method,
        path=expected.route,
        service=expected.service,
        route=expected.route,
        intended_at=intended_at,
        sent_at=intended_at,
        done_at=intended_at + 0.01,
        status=expected.statuses[0] if status == -1 else status,
        expected_statuses=expected.statuses,
        error=None if status is not None else "ClientConnectorError",
        latency_ms=10.0,
    )


def trace_of(one: Row) -> list[Span]:
    """The whole and only trace of a row: its root, and for each call a server span below its caller."""
    root = span(one.trace_id, one.span_id, None, "traffic", kind="client")
    spans = [root]
    for number, call in enumerate(
        sorted(demanded_calls(one).elements(), key=lambda call: call.caller == "orders")
    ):
        parent = root if call.caller == "traffic" else spans[1]
        spans.append(server_span(one.trace_id, f"{one.n:08x}{number:08x}", parent.span_id, call))
    return spans


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
    attributes: dict[str, object] = {
        "http.request.method": call.method,
        "http.route": call.route,
        "http.response.status_code": call.status,
    }
    return span(trace_id, span_id, parent_id, call.callee, attributes=attributes)


def lines_of(one: Row) -> list[Line]:
    """The access lines of a row, as Loki answers them."""
    return [_access_line(one, number, call) for number, call in enumerate(demanded_calls(one).elements())]


def _access_line(one: Row, number: int, call: Call) -> Line:
    fields = {
        "logger": "telemetry.access",
        "trace_id": one.trace_id,
        "span_id": f"{one.n:08x}{number:08x}",
        "http_request_method": call.method,
        "http_route": call.route,
        "http_response_status_code": str(call.status),
    }
    text = f"{call.method} {call.route} {call.status}"
    return Line(round(one.done_at * 1e9) + number, text, {"service_name": call.callee}, fields)
