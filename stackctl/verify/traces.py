"""Traces: every answered request is one whole tree with the calls that its kind makes, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stackctl.expectations import CONVENTIONS, Call, Protocol, read_served
from stackctl.query import Jaeger, Span
from stackctl.traffic.ledger import Row
from stackctl.verify.demands import compare, demanded_calls, tolerated_calls
from stackctl.verify.findings import Check, Defect, Finding
from telemetry import names

Defects = list[tuple[Defect, str]]

# The caller of a server span whose parent is not there.
_UNKNOWN = "(missing span)"


def trace_defects(row: Row, spans: Sequence[Span]) -> Defects:
    """Return everything that is wrong with the trace of an answered request."""
    if not spans:
        return [(Defect.MISSING, "no span of it is there")]
    return [*_tree_defects(row, spans), *_call_defects(row, spans)]


def reconcile_traces(rows: Iterable[Row], traces: Mapping[str, Sequence[Span]], jaeger: Jaeger) -> Check:
    """Compare answered rows with their traces; a trace counts once, however much is wrong with it."""
    answered = [row for row in rows if row.answered]
    defects = {row: trace_defects(row, traces.get(row.trace_id, ())) for row in answered}
    wrong = {row: found for row, found in defects.items() if found}
    return Check(
        signal="traces",
        name="traces",
        expected=len(answered),
        found=sum(row.trace_id in traces for row in answered),
        missing=_with_any(Defect.MISSING, wrong.values()),
        duplicated=_with_any(Defect.DUPLICATED, wrong.values()),
        findings=tuple(finding for row, found in wrong.items() for finding in _findings(row, found, jaeger)),
    )


def reconcile_calls(rows: Iterable[Row], traces: Mapping[str, Sequence[Span]]) -> Check:
    """Count the calls from process to process; what is wrong with them is told by the traces' findings."""
    expected = missing = duplicated = 0
    for row in rows:
        too_few, too_many = _compare_calls(row, traces.get(row.trace_id, ()))
        expected += demanded_calls(row).total()
        missing += too_few.total()
        duplicated += too_many.total()
    return Check("traces", "calls between services", expected, expected - missing, missing, duplicated)


def calls_of(spans: Iterable[Span]) -> Counter[Call]:
    """The edges of a trace: one for each server span, from the service of its parent. A span counts once."""
    by_id = {span.span_id: span for span in spans}
    return Counter(_call(span, by_id) for span in by_id.values() if span.kind == "server")


def _call(span: Span, by_id: Mapping[str, Span]) -> Call:
    parent = by_id.get(span.parent_id or "")
    told = {names.label(name): value for name, value in span.attributes.items()}
    protocol = Protocol.GRPC if CONVENTIONS[Protocol.GRPC].status in told else Protocol.HTTP
    return Call(parent.service if parent else _UNKNOWN, read_served(span.service, protocol, told))


def _tree_defects(row: Row, spans: Sequence[Span]) -> Iterator[tuple[Defect, str]]:
    ids = Counter(span.span_id for span in spans)
    roots = {span.span_id for span in spans if span.parent_id is None}
    if row.span_id not in roots:
        yield Defect.MISSING, "the root span that traffic started"
    if len(roots) > 1:
        yield Defect.DUPLICATED, f"{len(roots)} root spans"
    for span_id, times in ids.items():
        if times > 1:
            yield Defect.DUPLICATED, f"span {span_id} is there {times} times"
    for span in spans:
        if span.parent_id not in (None, row.span_id) and span.parent_id not in ids:
            yield Defect.MISSING, f"the parent of span {span.span_id} ({span.service} {span.name})"


def _call_defects(row: Row, spans: Sequence[Span]) -> Iterator[tuple[Defect, str]]:
    too_few, too_many = _compare_calls(row, spans)
    yield from ((Defect.MISSING, f"{amount} x {call}") for call, amount in too_few.items())
    yield from ((Defect.DUPLICATED, f"not expected: {amount} x {call}") for call, amount in too_many.items())


def _compare_calls(row: Row, spans: Iterable[Span]) -> tuple[Counter[Call], Counter[Call]]:
    """Compare calls; one whose caller's span is lost is the demanded one that its service shows the same."""
    too_few, too_many = compare(demanded_calls(row), tolerated_calls(row), calls_of(spans))
    for call in [call for call in too_many if call.caller == _UNKNOWN]:
        for wanted in [wanted for wanted in too_few if wanted.served == call.served]:
            same = min(too_few[wanted], too_many[call])
            too_few[wanted] -= same
            too_many[call] -= same
    return +too_few, +too_many


def _with_any(defect: Defect, found: Iterable[Defects]) -> int:
    return sum(any(kind is defect for kind, _ in defects) for defects in found)


def _findings(row: Row, defects: Defects, jaeger: Jaeger) -> Iterator[Finding]:
    for kind in Defect:
        details = [text for defect, text in defects if defect is kind]
        if details:
            yield Finding(
                kind, f"{row.kind} {row.trace_id}", "; ".join(details), jaeger.command(row.trace_id)
            )
