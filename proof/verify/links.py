"""Links: from each task to the span that it comes from, so that an order can be followed back."""

from collections.abc import Iterable, Sequence

from proof.expectations import AsyncStep
from proof.verify.async_steps import Expectations
from proof.verify.findings import Check, Defect, Finding, check_of
from proof.verify.tasks import HANDLED, Task
from stackctl.query import Jaeger, Span

_LINK = "the span that it links to"


def unknown_origins(tasks: Iterable[Task], spans: Iterable[Span]) -> set[str]:
    """The traces of spans that tasks link to, and that were not there when these were fetched."""
    known = _known(spans)
    return {link[0] for _, links in _effective(tasks) for link in links if link not in known}


def reconcile_links(due: Expectations, tasks: Iterable[Task], spans: Iterable[Span], jaeger: Jaeger) -> Check:
    """The root of each task links to a span that is there: so it can be followed back."""
    known = _known(spans)
    effective = _effective(tasks)
    dangling = [task for task, links in effective if not (links and known.issuperset(links))]
    amounts = [(1, _finding(task, due, jaeger)) for task in dangling]
    return check_of("traces", "links to where they come from", len(effective), amounts)


def _finding(task: Task, due: Expectations, jaeger: Jaeger) -> Finding:
    """The span was made by a process that may have been killed before it handed it over."""
    lost = due.restarts.before({_origin(task.step, due)}, task.at)
    defect = Defect.LOST if lost else Defect.MISSING
    return Finding(defect, f"{task.step} {task.key}", _LINK, jaeger.command(task.trace_id))


def _known(spans: Iterable[Span]) -> set[tuple[str, str]]:
    return {(span.trace_id, span.span_id) for span in spans}


def _effective(tasks: Iterable[Task]) -> list[tuple[Task, Sequence[tuple[str, str]]]]:
    return [(task, task.root.links) for task in tasks if task.root and task.outcome == HANDLED]


def _origin(step: AsyncStep, due: Expectations) -> str:
    """The service whose span it links to."""
    origins = (one.step.origin for one in due.expected_steps if one.step == step)
    return next(origins, step.service)
