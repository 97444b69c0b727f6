"""One request in all three signals: spans from Jaeger, log lines from Loki, exemplars from Prometheus."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stackctl.errors import StackError
from stackctl.inspect.related_traces import other_traces, request_ids, table_of
from stackctl.query import Exemplar, Jaeger, Line, Loki, Prometheus, Span
from stackctl.system.terminal import visible

_BAR_WIDTH = 30

_SHOWN_ANYWAY = {"severity_text", "severity_number", "detected_level", "trace_id", "span_id"}

DURATIONS = "http_server_request_duration_seconds_bucket"
_SHOWN_LABELS = ("service_name", "http_request_method", "http_route", "http_response_status_code", "le")

# Lines are written around the spans, and by the same clock; the last may come a little later.
_MARGIN_SECONDS = 10.0


def show_trace(console: Console, trace_id: str) -> None:
    if not re.fullmatch("[0-9a-f]{32}", trace_id):
        raise StackError(f"{trace_id!r} is not a trace id: 32 hexadecimal digits.")
    spans = Jaeger().trace(trace_id)
    if not spans:
        raise StackError(
            f"Jaeger has no trace {trace_id}.",
            "It appears there a second after the response. Log lines have trace ids: ./stack logs orders",
        )
    begin = min(span.start for span in spans) - _MARGIN_SECONDS
    end = max(span.end for span in spans) + _MARGIN_SECONDS
    console.print(waterfall(spans))
    lines = _show_lines(console, trace_id, begin, end)
    _show_exemplars(console, trace_id, begin, end)
    began = min(span.start for span in spans)
    if others := other_traces(Loki(), Jaeger(), trace_id, request_ids(lines), begin):
        console.print("\n[bold]What came of it, or led to it: traces with the same request id[/]")
        console.print(table_of(others, began))


def _show_lines(console: Console, trace_id: str, begin: float, end: float) -> list[Line]:
    query = f'{{service_name=~".+"}} | trace_id="{trace_id}"'
    lines = list(Loki().lines(query, int(begin * 1e9), int(end * 1e9)))
    console.print("\n[bold]Log lines[/]")
    for line in lines:
        console.print(readable_line(line), soft_wrap=True)
    return lines


def _show_exemplars(console: Console, trace_id: str, begin: float, end: float) -> None:
    console.print("\n[bold]Metrics that keep it as an exemplar[/]")
    exemplars = [each for each in Prometheus().exemplars(DURATIONS, begin, end) if each.trace_id == trace_id]
    for exemplar in exemplars:
        console.print(readable_exemplar(exemplar), soft_wrap=True)
    if not exemplars:
        console.print("none (a histogram keeps one per bucket and scrape); the counters have it all the same")


def waterfall(spans: Sequence[Span]) -> Table:
    """A row per span, below its parent and indented, with a bar for when it ran."""
    begin, end = min(span.start for span in spans), max(span.end for span in spans)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("service")
    table.add_column("span", overflow="fold")
    table.add_column("kind", style="dim")
    table.add_column("status")
    table.add_column("ms", justify="right")
    table.add_column("", no_wrap=True)
    for depth, span in in_order(spans):
        bar = _bar((span.start - begin) / ((end - begin) or 1), (span.end - begin) / ((end - begin) or 1))
        name = Text("  " * depth + visible(span.name), style="red" if _failed(span) else "")
        table.add_row(
            visible(span.service), name, visible(span.kind), _status(span), f"{span.duration * 1000:.1f}", bar
        )
    return table


def in_order(spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """Every span and its depth: parents before their children, siblings by time."""
    known = {span.span_id for span in spans}
    by_time = sorted(spans, key=lambda span: span.start)

    def below(parent: str | None, depth: int) -> Iterator[tuple[int, Span]]:
        for span in by_time:
            if (span.parent_id if span.parent_id in known else None) == parent:
                yield depth, span
                yield from below(span.span_id, depth + 1)

    return below(None, 0)


def readable_line(line: Line) -> Text:
    """`12:00:01.234 orders   INFO     POST /orders 201`, then the line's own fields."""
    when = datetime.fromtimestamp(line.time_ns / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3]
    severity = visible(line.fields.get("severity_text", ""))
    text = Text(f"{when} {visible(line.service):<9} {severity:<8} ")
    text.append(visible(line.text), "bold")
    for key, value in line.fields.items():
        if key not in _SHOWN_ANYWAY:
            text.append(f" {visible(key)}={visible(value)}", "dim")
    return text


def readable_exemplar(exemplar: Exemplar) -> Text:
    """As in PromQL, with the measured value."""
    labels = ", ".join(
        f'{name}="{visible(exemplar.series[name])}"' for name in _SHOWN_LABELS if name in exemplar.series
    )
    text = Text(f"{exemplar.series['__name__']}{{{labels}}} ")
    return text.append(f"{exemplar.value:.4f}", "bold")


def _status(span: Span) -> str:
    return visible(span.attributes.get("http.response.status_code", ""))


def _failed(span: Span) -> bool:
    return bool(span.attributes.get("error")) or span.attributes.get("otel.status_code") == "ERROR"


def _bar(begin: float, end: float) -> Text:
    first = min(int(begin * _BAR_WIDTH), _BAR_WIDTH - 1)
    length = max(1, round((end - begin) * _BAR_WIDTH))
    return Text(" " * first + "━" * length, style="cyan")
