"""Traces: every answered request is one whole tree with the calls that its kind makes, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from glasshouse_telemetry import names
from proof.expectations import CONVENTIONS, Call, Protocol, read_served
from proof.verify.expected_calls import ExpectedCalls, compare
from proof.verify.findings import Check, Defect, Finding
from stackctl.query import Jaeger, Span

Defects = list[tuple[Defect, str]]

# The caller of a server span whose parent is not there.
_UNKNOWN = "(missing span)"


def trace_defects(demand: ExpectedCalls, spans: Sequence[Span]) -> Defects:
    """Return everything that is wrong with a trace. What is not owed may lack anything."""
    defects = [*_tree_defects(demand, spans), *_call_defects(demand, spans)] if spans else [_nothing(demand)]
    return [(kind, text) for kind, text in defects if kind is Defect.DUPLICATED or demand.owed]


def _nothing(demand: ExpectedCalls) -> tuple[Defect, str]:
    return demand.lacking, "no span of it is there"


def reconcile_traces(
    demands: Iterable[ExpectedCalls],
    traces: Mapping[str, Sequence[Span]],
    jaeger: Jaeger,
    name: str = "traces",
) -> Check:
    """Compare what is demanded with the traces; a trace counts once, however much is wrong with it."""
    listed = list(demands)
    defects = [(demand, trace_defects(demand, traces.get(demand.trace_id, ()))) for demand in listed]
    wrong = [(demand, found) for demand, found in defects if found]
    return Check(
        signal="traces",
        name=name,
        expected=sum(demand.owed for demand in listed),
        found=sum(demand.owed and demand.trace_id in traces for demand in listed),
        missing=_with_any(Defect.MISSING, wrong),
        duplicated=_with_any(Defect.DUPLICATED, wrong),
        lost=_with_any(Defect.LOST, wrong),
        findings=tuple(finding for demand, found in wrong for finding in _findings(demand, found, jaeger)),
    )


def reconcile_calls(demands: Iterable[ExpectedCalls], traces: Mapping[str, Sequence[Span]]) -> Check:
    """Count the calls from process to process; what is wrong with them is told by the traces' findings."""
    expected = duplicated = 0
    lacking: Counter[Defect] = Counter()
    for demand in demands:
        too_few, too_many = _compare_calls(demand, traces.get(demand.trace_id, ()))
        expected += demand.calls.total()
        lacking[demand.lacking] += too_few.total()
        duplicated += too_many.total()
    missing, lost = lacking[Defect.MISSING], lacking[Defect.LOST]
    found = expected - missing - lost
    return Check("traces", "calls between services", expected, found, missing, duplicated, lost=lost)


def calls_of(spans: Iterable[Span]) -> Counter[Call]:
    """The edges of a trace: one for each server span, from the service of its parent. A span counts once."""
    by_id = {span.span_id: span for span in spans}
    return Counter(_call(span, by_id) for span in by_id.values() if span.kind == "server")


def _call(span: Span, by_id: Mapping[str, Span]) -> Call:
    parent = by_id.get(span.parent_id or "")
    told = {names.label(name): value for name, value in span.attributes.items()}
    protocol = Protocol.GRPC if CONVENTIONS[Protocol.GRPC].status in told else Protocol.HTTP
    return Call(parent.service if parent else _UNKNOWN, read_served(span.service, protocol, told))


def _tree_defects(demand: ExpectedCalls, spans: Sequence[Span]) -> Iterator[tuple[Defect, str]]:
    ids = Counter(span.span_id for span in spans)
    roots = {span.span_id for span in spans if span.parent_id is None}
    if demand.root not in roots:
        yield demand.lacking, "the root span"
    if len(roots) > 1:
        yield Defect.DUPLICATED, f"{len(roots)} root spans"
    for span_id, times in ids.items():
        if times > 1:
            yield Defect.DUPLICATED, f"span {span_id} is there {times} times"
    for span in spans:
        if span.parent_id not in (None, demand.root) and span.parent_id not in ids:
            yield demand.lacking, f"the parent of span {span.span_id} ({span.service} {span.name})"


def _call_defects(demand: ExpectedCalls, spans: Sequence[Span]) -> Iterator[tuple[Defect, str]]:
    too_few, too_many = _compare_calls(demand, spans)
    yield from ((demand.lacking, f"{amount} x {call}") for call, amount in too_few.items())
    yield from ((Defect.DUPLICATED, f"not expected: {amount} x {call}") for call, amount in too_many.items())


def _compare_calls(demand: ExpectedCalls, spans: Iterable[Span]) -> tuple[Counter[Call], Counter[Call]]:
    found = Counter(_with_caller(call, demand) for call in calls_of(spans).elements())
    return compare(demand.calls, demand.allowed, found)


def _with_caller(call: Call, demand: ExpectedCalls) -> Call:
    """A call whose caller's span is lost is the one that its service shows the same."""
    if call.caller != _UNKNOWN:
        return call
    served = call.served.with_any_status()
    alike = (each for each in (*demand.calls, *demand.allowed) if each.served.with_any_status() == served)
    return replace(call, caller=next((each.caller for each in alike), _UNKNOWN))


def _with_any(defect: Defect, wrong: Iterable[tuple[ExpectedCalls, Defects]]) -> int:
    return sum(any(kind is defect for kind, _ in found) for _, found in wrong)


def _findings(demand: ExpectedCalls, defects: Defects, jaeger: Jaeger) -> Iterator[Finding]:
    for kind in Defect:
        details = [text for defect, text in defects if defect is kind]
        if details:
            yield Finding(kind, demand.label, "; ".join(details), jaeger.command(demand.trace_id))
