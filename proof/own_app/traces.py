"""Traces of an app: every answered request is one whole trace, with one server span of the same status."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proof.ledger.rows import Row
from proof.own_app.outages import Outages
from proof.verify.findings import Check, Defect, Finding
from proof.verify.retry_until_complete import Checks
from stackctl.query import Jaeger, Span

# As conventions have it, and as they had it before they were stable.
STATUSES = ("http.response.status_code", "http.status_code")
METHODS = ("http.request.method", "http.method")

WHOLE = "one whole trace each"
SERVED = "server spans, same status"

Defects = list[tuple[Defect, str]]


@dataclass(frozen=True)
class Demand:
    """What is owed of a row: nothing without an answer; with a process that ended, it may be lost."""

    row: Row
    excused: bool

    @property
    def lacking(self) -> Defect:
        return Defect.LOST if self.excused else Defect.MISSING


class TraceChecks:
    """Asks again only for what is not whole yet.

    `app` is the service that has served the requests; empty as long as no server span is there.

    Args:
        app: the service that is meant; without it, the one that has most of the server spans.
        outages: asked whenever something is missing.
        all_kept: whether a sampler lets all traces through.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        jaeger: Jaeger,
        outages: Callable[[str], Outages],
        app: str = "",
        all_kept: bool = True,
    ) -> None:
        self._rows = rows
        self._jaeger = jaeger
        self._outages = outages
        self._named = self.app = app
        self._all_kept = all_kept
        self._whole: set[str] = set()
        self.traces: dict[str, list[Span]] = {}

    def services(self) -> Counter[str]:
        """All that have a server span directly below a request, and how many."""
        return Counter(span.service for row in self._rows for span in self._below(row))

    def entry(self, row: Row) -> list[Span]:
        """The app's server spans directly below the request; a span counts once."""
        return [span for span in self._below(row) if span.service == self.app]

    def __call__(self) -> Checks:
        self.traces |= self._jaeger.traces(
            row.trace_id for row in self._rows if row.trace_id not in self._whole
        )
        self.app = self._named or next((name for name, _ in self.services().most_common(1)), "")
        found = self._defects(Outages())
        if any(defects for _, tree, served in found for defects in (tree, served)):
            found = self._defects(self._outages(self.app))
        self._whole |= {demand.row.trace_id for demand, tree, served in found if not tree and not served}
        return (
            self._check(WHOLE, [(demand, tree) for demand, tree, _ in found]),
            self._check(SERVED, [(demand, served) for demand, _, served in found]),
        )

    def _defects(self, outages: Outages) -> list[tuple[Demand, Defects, Defects]]:
        demands = [Demand(row, outages.excuse(row)) for row in self._rows if self._owed(row)]
        spans = {demand.row.trace_id: self.traces.get(demand.row.trace_id, []) for demand in demands}
        return [
            (
                demand,
                list(tree_defects(demand, spans[demand.row.trace_id])),
                list(served_defects(demand, self.entry(demand.row))),
            )
            for demand in demands
        ]

    def _owed(self, row: Row) -> bool:
        """Of a request without an answer nobody knows how far it got; of sampled ones, what is there."""
        return row.answered and (self._all_kept or row.trace_id in self.traces)

    def _below(self, row: Row) -> list[Span]:
        return entry_spans(row, self.traces.get(row.trace_id, ()))

    def _check(self, name: str, found: Sequence[tuple[Demand, Defects]]) -> Check:
        wrong = [(demand, defects) for demand, defects in found if defects]
        lacking = {
            kind: sum(any(each is kind for each, _ in defects) for _, defects in wrong) for kind in Defect
        }
        return Check(
            signal="traces",
            name=name,
            expected=len(found),
            found=len(found) - lacking[Defect.MISSING] - lacking[Defect.LOST],
            missing=lacking[Defect.MISSING],
            duplicated=lacking[Defect.DUPLICATED],
            lost=lacking[Defect.LOST],
            findings=tuple(
                Finding(
                    kind,
                    f"{demand.row.method} {demand.row.path}"[:100],
                    text,
                    self._jaeger.command(demand.row.trace_id),
                )
                for demand, defects in wrong
                for kind, text in defects
            ),
        )


def entry_spans(row: Row, spans: Sequence[Span]) -> list[Span]:
    return once(span for span in spans if span.kind == "server" and span.parent_id == row.span_id)


def once(spans: Iterable[Span]) -> list[Span]:
    """Without those that were delivered twice."""
    return list({span.span_id: span for span in spans}.values())


def status_of(attributes: Mapping[str, object]) -> str:
    """As text; empty where the span does not say it."""
    return next((str(attributes[name]) for name in STATUSES if name in attributes), "")


def method_of(attributes: Mapping[str, object]) -> str:
    return next((str(attributes[name]) for name in METHODS if name in attributes), "")


def tree_defects(demand: Demand, spans: Sequence[Span]) -> Iterator[tuple[Defect, str]]:
    """The root is the span of whoever has sent the request."""
    if not spans:
        yield demand.lacking, "no span of its trace is there"
        return
    ids = Counter(span.span_id for span in spans)
    roots = {span.span_id for span in spans if span.parent_id is None}
    if demand.row.span_id not in roots:
        yield demand.lacking, "the root span is not there: the Collector has not taken it from ./stack"
    for span in spans:
        if span.parent_id is None and span.span_id != demand.row.span_id:
            yield Defect.DUPLICATED, f"a second root: {span.service} {span.name}"
        if span.parent_id not in (None, demand.row.span_id) and span.parent_id not in ids:
            yield demand.lacking, f"the parent of span {span.span_id} ({span.service} {span.name})"
    for span_id, times in ids.items():
        if times > 1:
            yield Defect.DUPLICATED, f"span {span_id} is there {times} times"


def served_defects(demand: Demand, served: Sequence[Span]) -> Iterator[tuple[Defect, str]]:
    if not served:
        yield demand.lacking, "the app has no server span for it (does it take over traceparent?)"
    if len(served) > 1:
        yield Defect.DUPLICATED, f"{len(served)} server spans: is it instrumented more than once?"
    for span in served[:1]:
        if (status := status_of(span.attributes)) != str(demand.row.status):
            told = f"says {status}" if status else "says no status"
            yield demand.lacking, f"its server span {told}; the answer was {demand.row.status}"
