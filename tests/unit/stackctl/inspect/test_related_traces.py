"""What came of a request, as `./stack trace` tells it."""

from collections.abc import Iterable, Iterator
from io import StringIO

from rich.console import Console

from stackctl.inspect.related_traces import other_traces, request_ids, table_of
from stackctl.query import Jaeger, Line, Loki, Span

REQUEST, PAID, MAILED = "a" * 32, "b" * 32, "c" * 32


def line(trace_id: str | None, request_id: str | None) -> Line:
    fields = {"trace_id": trace_id, "request_id": request_id}
    return Line(1, "said", {}, {name: value for name, value in fields.items() if value})


def root(trace_id: str, service: str, start: float, **attributes: str) -> Span:
    return Span(trace_id, "1", None, service, "process order_events", "consumer", start, 0.004, attributes)


class LinesOfRequest(Loki):
    def __init__(self, *lines: Line) -> None:
        self._lines = lines

    def lines(self, logql: str, start_ns: int, end_ns: int) -> Iterator[Line]:
        return (line for line in self._lines if f'request_id="{line.fields.get("request_id")}"' in logql)


class EveryTrace(Jaeger):
    def __init__(self) -> None:
        pass

    def traces(self, trace_ids: Iterable[str]) -> dict[str, list[Span]]:
        return {trace_id: [root(trace_id, "payments", 1.0)] for trace_id in trace_ids}


def test_lines_outside_of_a_request_name_none() -> None:
    assert request_ids([line(REQUEST, "r1"), line(REQUEST, None), line(PAID, "r1")]) == {"r1"}


def test_other_traces_of_the_request_are_found_but_not_the_one_that_is_shown_already() -> None:
    loki = LinesOfRequest(line(REQUEST, "r1"), line(PAID, "r1"), line(None, "r1"), line(MAILED, "r2"))

    assert list(other_traces(loki, EveryTrace(), REQUEST, {"r1"}, 0.0)) == [PAID]


def test_traces_are_told_in_the_order_in_which_they_happened() -> None:
    mailed = root(MAILED, "notifications", 100.5, **{"event.type": "OrderConfirmed"})
    child = Span(MAILED, "2", "1", "users", "GET", "server", 100.6, 0.001)
    output = StringIO()

    Console(file=output, width=120).print(
        table_of({MAILED: [mailed, child], PAID: [root(PAID, "payments", 100.25)]}, begin=100.0)
    )

    assert [row.split() for row in output.getvalue().splitlines()[1:]] == [
        ["0.25", "s", "payments", "process", "order_events", "4.0", PAID],
        ["0.50", "s", "notifications", "process", "order_events", "OrderConfirmed", "4.0", MAILED],
    ]
