"""Async steps: each event is handled once by each of its consumers, each step of a saga is taken once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proof.expectations import AsyncStep, ExpectedStep
from proof.verify.expected_calls import ExpectedCalls
from proof.verify.findings import Check, Defect, Finding, check_of
from proof.verify.restarts import Restarts
from proof.verify.tasks import DUPLICATE, HANDLED, Task

# A step, and the order or the user that it is about.
Subject = tuple[AsyncStep, str]

# Of an order that was stuck, everything may be told once more (docs/saga.md).
NUDGE = AsyncStep("orders", "saga nudge")


class ObservedSteps:
    """What one signal tells: which tasks took effect, as which messages; when that was, or a repetition."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.handled: dict[Subject, Counter[str]] = defaultdict(Counter)
        self.handled_at: dict[Subject, list[float]] = defaultdict(list)
        self.repeated_at: dict[Subject, list[float]] = defaultdict(list)
        for task in tasks:
            subject = task.step, task.key
            if task.outcome == HANDLED:
                self.handled[subject][task.message_id] += 1
                self.handled_at[subject].append(task.at)
            elif task.outcome == DUPLICATE:
                self.repeated_at[subject].append(task.at)


@dataclass(frozen=True)
class Expectations:
    """What must have happened once, and what may excuse that it does not look so."""

    expected_steps: Sequence[ExpectedStep]
    # Of all orders and users of the run.
    keys: Collection[str]
    # Orders that were stuck, by how often they were announced again.
    nudged: Mapping[str, int]
    restarts: Restarts

    @property
    def of_events(self) -> "Expectations":
        return replace(self, expected_steps=[one for one in self.expected_steps if one.step.event])


def reconcile_tasks(
    signal: str,
    name: str,
    due: Expectations,
    here: ObservedSteps,
    elsewhere: ObservedSteps,
    query: Callable[[Subject], str],
) -> Check:
    """Compare what is due with what this signal tells; what was lost with a process is known elsewhere."""
    expected = {(one.step, one.key): one for one in due.expected_steps}
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


def _too_many(subject: Subject, messages: Counter[str], is_due: bool, due: Expectations) -> int:
    _, key = subject
    if key not in due.keys:
        return 0
    repeated = messages.total() - len(messages)
    again = len(messages) - is_due if key not in due.nudged else 0
    return repeated + again


def _was_lost(subject: Subject, restarts: Restarts, here: ObservedSteps, elsewhere: ObservedSteps) -> bool:
    """It took effect: by the other signal just when its process was killed, or before it was repeated."""
    step, _ = subject
    service = {step.service}
    repeated = here.repeated_at.get(subject, []) + elsewhere.repeated_at.get(subject, [])
    return any(restarts.during(service, at, at) for at in elsewhere.handled_at.get(subject, ())) or any(
        restarts.before(service, at) for at in repeated
    )


def expected_calls_of_tasks(due: Expectations, tasks: Iterable[Task]) -> Iterator[ExpectedCalls]:
    """What the trace of each task must show; of a try that was in vain nobody knows how far it got."""
    expected = {(one.step, one.key): one for one in due.expected_steps}
    for task in tasks:
        expected_step = expected.get((task.step, task.key))
        if expected_step is not None and task.root is not None:
            excused = due.restarts.during(expected_step.services, task.root.start, task.root.end)
            of_kind = expected_calls_of_step if task.outcome == HANDLED else allowed_calls_of_step
            demand = of_kind(expected_step)
            yield replace(demand, trace_id=task.trace_id, root=task.root.span_id, excused=excused)


def expected_calls_of_step(expected_step: ExpectedStep) -> ExpectedCalls:
    return ExpectedCalls(str(expected_step), "", "", expected_step.calls, expected_step.allowed)


def allowed_calls_of_step(expected_step: ExpectedStep) -> ExpectedCalls:
    """Of what may have happened, or not to its end."""
    calls = Counter(call.with_any_status() for call in expected_step.step.calls)
    return ExpectedCalls(str(expected_step), "", "", Counter(), calls)


def in_loki(subject: Subject) -> str:
    step, key = subject
    return f'{{service_name="{step.service}"}} | messaging_message_conversation_id="{key}"'


def _shown(subject: Subject) -> str:
    return " ".join(map(str, subject))
