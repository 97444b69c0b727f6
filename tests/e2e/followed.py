"""One order, followed from its request by links from trace to trace, as a person does it in Jaeger."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proof.ledger.rows import Row, read_ledger
from proof.ledger.runs import Run
from stackctl.query import Jaeger, Span
from stackctl.shop_scenarios import OrderOutcome, async_steps_of_order, saga_mode_of

Traces = Mapping[str, list[Span]]


@dataclass(frozen=True)
class Followed:
    """`request` is the trace that the client began; `others` are those that links lead back to it from."""

    row: Row
    request: list[Span]
    others: Traces

    @property
    def spans(self) -> list[Span]:
        return [*self.request, *(span for spans in self.others.values() for span in spans)]


def follow(run: Run) -> Followed:
    rows = read_ledger(run.ledger)
    shipped = {row.path.rpartition("/")[2] for row in rows if row.kind == "order_ship"}
    row = next(row for row in rows if row.kind == "order_create" and row.created_id not in shipped)
    request = Jaeger().trace(row.trace_id)
    return Followed(row, request, dict(_reached_from(request, _of_order(run, row))))


def _of_order(run: Run, row: Row) -> Traces:
    """Every trace whose root is about the order."""
    found: dict[str, list[Span]] = {}
    for step in async_steps_of_order(OrderOutcome.CONFIRMED, saga_mode_of(run)):
        end = row.done_at + 60
        for trace_id, spans in Jaeger().search(step.service, step.span, run.started_at, end).items():
            if row.created_id in _subjects(spans):
                found[trace_id] = spans
    return found


def _subjects(spans: Iterable[Span]) -> set[object]:
    roots = [span.attributes for span in spans if span.parent_id is None]
    return {root.get(name) for root in roots for name in ("order.id", "messaging.message.conversation_id")}


def _reached_from(request: Iterable[Span], traces: Traces) -> Iterator[tuple[str, list[Span]]]:
    """Those whose roots link to what was reached before, again and again."""
    reached = {(span.trace_id, span.span_id) for span in request}
    rest = dict(traces)
    while True:
        next_ones = {
            trace_id: spans
            for trace_id, spans in rest.items()
            if any(link in reached for span in spans for link in span.links)
        }
        if not next_ones:
            return
        yield from next_ones.items()
        reached |= {(span.trace_id, span.span_id) for spans in next_ones.values() for span in spans}
        rest = {trace_id: spans for trace_id, spans in rest.items() if trace_id not in next_ones}
