"""Consequences: each event is handled once by each of its consumers, each step of a saga is taken once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from stackctl.expectations import EVENTS, EXCHANGES, Consequence
from stackctl.query import Jaeger, Span
from stackctl.verify.demands import Demand
from stackctl.verify.effects import Occurrence
from stackctl.verify.findings import Check, Defect, Finding, check_of
from stackctl.verify.restarts import Restarts
from stackctl.verify.tasks import DUPLICATE, HANDLED, Task

# A consequence, and the order or the user that it is about.
Subject = tuple[Consequence, str]

_LINK = "the span that it links to"

# Of an order that was stuck, everything may be told once more (docs/saga.md).
NUDGE = Consequence("orders", "saga nudge")


class Evidence:
    """What one signal tells: which tasks took effect, as which messages; of which a repetition was seen."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.handled: dict[Subject, Counter[str]] = defaultdict(Counter)
        self.repeated: set[Subject] = set()
        for task in tasks:
            if task.outcome == HANDLED:
                self.handled[task.consequence, task.key][task.message_id] += 1
            elif task.outcome == DUPLICATE:
                self.repeated.add((task.consequence, task.key))

    def knows(self, subject: Subject) -> bool:
        return subject in self.handled or subject in self.repeated


@dataclass(frozen=True)
class Due:
    """What must have happened once, and what may excuse that it does not look so."""

    occurrences: Sequence[Occurrence]
    # Of all orders and users of the run.
    keys: Collection[str]
    # Orders that were stuck.
    nudged: Collection[str]
    restarts: Restarts

    @property
    def of_events(self) -> "Due":
        return replace(self, occurrences=[one for one in self.occurrences if one.consequence.event])


def reconcile_tasks(
    signal: str, name: str, due: Due, here: Evidence, elsewhere: Evidence, query: Callable[[Subject], str]
) -> Check:
    """Compare what is due with what this signal tells; what it has lost with a process is known elsewhere."""
    expected = {(one.consequence, one.key): one for one in due.occurrences}
    amounts: list[tuple[int, Finding]] = []
    for subject in expected:
        if not here.handled.get(subject) and not _excused(subject, due.restarts, here, elsewhere):
            amounts.append((1, Finding(Defect.MISSING, _shown(subject), "it is not there", query(subject))))
    for subject, messages in here.handled.items():
        if too_many := _too_many(subject, messages, subject in expected, due):
            found = f"{messages.total()} times, as {len(messages)} messages"
            amounts.append((too_many, Finding(Defect.DUPLICATED, _shown(subject), found, query(subject))))
    return check_of(signal, name, len(expected), amounts)


def _too_many(subject: Subject, messages: Counter[str], is_due: bool, due: Due) -> int:
    _, key = subject
    if key not in due.keys:
        return 0
    repeated = messages.total() - len(messages)
    again = len(messages) - is_due if key not in due.nudged else 0
    return repeated + again


def _excused(subject: Subject, restarts: Restarts, here: Evidence, elsewhere: Evidence) -> bool:
    consequence, _ = subject
    seen = subject in here.repeated or elsewhere.knows(subject)
    return consequence.service in restarts.services and seen


def demands_of_tasks(due: Due, tasks: Iterable[Task]) -> Iterator[Demand]:
    """What the trace of each task must show; of a try that was in vain nobody knows how far it got."""
    expected = {(one.consequence, one.key): one for one in due.occurrences}
    for task in tasks:
        occurrence = expected.get((task.consequence, task.key))
        if occurrence is not None and task.root is not None:
            excused = due.restarts.during(occurrence.services, task.root.start, task.root.end)
            of_kind = demand_of_occurrence if task.outcome == HANDLED and not excused else allowance_for
            demand = of_kind(occurrence)
            yield replace(demand, trace_id=task.trace_id, root=task.root.span_id, excused=excused)


def demand_of_occurrence(occurrence: Occurrence) -> Demand:
    return Demand(str(occurrence), "", "", occurrence.calls, occurrence.allowed)


def allowance_for(occurrence: Occurrence) -> Demand:
    """Of what may have happened, or not to its end."""
    calls = Counter(call.with_any_status() for call in occurrence.consequence.calls)
    return Demand(str(occurrence), "", "", Counter(), calls)


def unknown_origins(tasks: Iterable[Task], spans: Iterable[Span]) -> set[str]:
    """The traces of spans that tasks link to, and that were not there when these were fetched."""
    known = _known(spans)
    return {link[0] for _, links in _effective(tasks) for link in links if link not in known}


def reconcile_links(due: Due, tasks: Iterable[Task], spans: Iterable[Span], jaeger: Jaeger) -> Check:
    """The root of each task links to a span that is there: so it can be followed back."""
    known = _known(spans)
    effective = _effective(tasks)
    dangling = [
        (1, Finding(Defect.MISSING, f"{task.consequence} {task.key}", _LINK, jaeger.command(task.trace_id)))
        for task, links in effective
        if not (links and known.issuperset(links)) and _origin(task.consequence) not in due.restarts.services
    ]
    return check_of("traces", "links to where they come from", len(effective), dangling)


def _known(spans: Iterable[Span]) -> set[tuple[str, str]]:
    return {(span.trace_id, span.span_id) for span in spans}


def _effective(tasks: Iterable[Task]) -> list[tuple[Task, Sequence[tuple[str, str]]]]:
    return [(task, task.root.links) for task in tasks if task.root and task.outcome == HANDLED]


def in_loki(subject: Subject) -> str:
    consequence, key = subject
    return f'{{service_name="{consequence.service}"}} | messaging_message_conversation_id="{key}"'


def _origin(consequence: Consequence) -> str:
    """The service whose span it links to."""
    event = EVENTS.get(consequence.event)
    return EXCHANGES[event.exchange] if event else consequence.service


def _shown(subject: Subject) -> str:
    return " ".join(map(str, subject))
