"""What came of a request that nobody waited for: other traces, which share its request id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from stackctl.query import Jaeger, Line, Loki, Span
from stackctl.system.terminal import visible

# Mails may be tried for long, but what a person wants to see follows at once.
_FOLLOWS_WITHIN_SECONDS = 120.0

# As read from the end of a message's way: how it was called, and what it was about.
_TOLD_BY = ("event.type", "messaging.consumer.group.name")


def request_ids(lines: Iterable[Line]) -> set[str]:
    return {line.fields["request_id"] for line in lines if "request_id" in line.fields}


def other_traces(
    loki: Loki, jaeger: Jaeger, trace_id: str, ids: Iterable[str], begin: float
) -> Mapping[str, Sequence[Span]]:
    """Return every trace with a line of one of these requests but the one that is known, by trace id."""
    start, end = int(begin * 1e9), int((begin + _FOLLOWS_WITHIN_SECONDS) * 1e9)
    found = {
        line.fields.get("trace_id", "")
        for request_id in sorted(ids)
        for line in loki.lines(f'{{service_name=~".+"}} | request_id="{request_id}"', start, end)
    }
    return jaeger.traces(sorted(found - {trace_id, ""}))


def table_of(traces: Mapping[str, Sequence[Span]], begin: float) -> Table:
    """A row per trace: when it began after `begin`, where, as what."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("after", justify="right")
    table.add_column("service")
    table.add_column("what", overflow="fold")
    table.add_column("ms", justify="right")
    table.add_column("trace", no_wrap=True, style="cyan")
    for root in sorted(_roots(traces), key=lambda span: span.start):
        what = Text(visible(root.name)).append("".join(_told(root)), "dim")
        table.add_row(
            f"{root.start - begin:.2f} s",
            visible(root.service),
            what,
            f"{root.duration * 1000:.1f}",
            root.trace_id,
        )
    return table


def _told(root: Span) -> Iterator[str]:
    return (f" {visible(root.attributes[name])}" for name in _TOLD_BY if name in root.attributes)


def _roots(traces: Mapping[str, Sequence[Span]]) -> Iterator[Span]:
    return (span for spans in traces.values() for span in spans if span.parent_id is None)
