"""Consequences: each event is handled once by each of its consumers, each step of a saga is taken once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proof.verify.expected_calls import Demand
from proof.verify.findings import Check, Defect, Finding, check_of
from proof.verify.restarts import Restarts
from proof.verify.tasks import DUPLICATE, HANDLED, Task
from stackctl.shop_scenarios import Consequence
from stackctl.shop_scenarios.expected_outcomes import Occurrence

# A consequence, and the order or the user that it is about.
Subject = tuple[Consequence, str]

# Of an order that was stuck, everything may be told once more (docs/saga.md).
NUDGE = Consequence("orders", "saga nudge")


class Evidence:
    """What one signal tells: which tasks took effect, as which messages; when that was, or a repetition."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.handled: dict[Subject, Counter[str]] = defaultdict(Counter)
        self.handled_at: dict[Subject, list[float]] = defaultdict(list)
        self.repeated_at: dict[Subject, list[float]] = defaultdict(list)
        for task in tasks:
            subject = task.consequence, task.key
            if task.outcome == HANDLED:
                self.handled[subject][task.message_id] += 1
                self.handled_at[subject].append(task.at)
            elif task.outcome == DUPLICATE:
                self.repeated_at[subject].append(task.at)


@dataclass(frozen=True)
class Due:
    """What must have happened once, and what may excuse that it does not look so."""

    occurrences: Sequence[Occurrence]
    # Of all orders and users of the run.
    keys: Collection[str]
    # Orders that were stuck, by how often they were told of again.
    nudged: Mapping[str, int]
    restarts: Restarts

    @property
    def of_events(self) -> "Due":
        return replace(self, occurrences=[one for one in self.occurrences if one.consequence.event])


def reconcile_tasks(
    signal: str, name: str, due: Due, here: Evidence, elsewhere: Evidence, query: Callable[[Subject], str]
) -> Check:
    """Compare what is due with what this signal tells; what was lost with a process is known elsewhere."""
    expected = {(one.consequence, one.key): one for one in due.occurrences}
    amounts: list[tuple[int, Finding]] = []
    for subject in expected:
        if not here.handled.get(subject):
            lost = _was_lost(subject, due.restarts, here, elsewhere)
            defect = Defect.LOST if lost else Defect.MISSING
            amounts.append((1, Finding(defect, _shown(subject), "it is not there", query(subject))))
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


def _was_lost(subject: Subject, restarts: Restarts, here: Evidence, elsewhere: Evidence) -> bool:
    """It took effect: by the other signal just when its process was killed, or before it was repeated."""
    consequence, _ = subject
    service = {consequence.service}
    repeated = here.repeated_at.get(subject, []) + elsewhere.repeated_at.get(subject, [])
    return any(restarts.during(service, at, at) for at in elsewhere.handled_at.get(subject, ())) or any(
        restarts.before(service, at) for at in repeated
    )


def demands_of_tasks(due: Due, tasks: Iterable[Task]) -> Iterator[Demand]:
    """What the trace of each task must show; of a try that was in vain nobody knows how far it got."""
    expected = {(one.consequence, one.key): one for one in due.occurrences}
    for task in tasks:
        occurrence = expected.get((task.consequence, task.key))
        if occurrence is not None and task.root is not None:
            excused = due.restarts.during(occurrence.services, task.root.start, task.root.end)
            of_kind = demand_of_occurrence if task.outcome == HANDLED else allowance_for
            demand = of_kind(occurrence)
            yield replace(demand, trace_id=task.trace_id, root=task.root.span_id, excused=excused)


def demand_of_occurrence(occurrence: Occurrence) -> Demand:
    return Demand(str(occurrence), "", "", occurrence.calls, occurrence.allowed)


def allowance_for(occurrence: Occurrence) -> Demand:
    """Of what may have happened, or not to its end."""
    calls = Counter(call.with_any_status() for call in occurrence.consequence.calls)
    return Demand(str(occurrence), "", "", Counter(), calls)


def in_loki(subject: Subject) -> str:
    consequence, key = subject
    return f'{{service_name="{consequence.service}"}} | messaging_message_conversation_id="{key}"'


def _shown(subject: Subject) -> str:
    return " ".join(map(str, subject))
