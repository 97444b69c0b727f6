"""Each way in which an event can be handled too seldom or too often is found, and what a kill excuses."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from proof.expectations import ExpectedStep
from proof.verify.async_steps import (
    Expectations,
    ObservedSteps,
    expected_calls_of_tasks,
    in_loki,
    reconcile_tasks,
)
from proof.verify.findings import Check, Defect
from proof.verify.links import reconcile_links
from proof.verify.restarts import Restart, Restarts
from proof.verify.tasks import Task, tasks_in_lines, tasks_in_spans
from stackctl.query import Jaeger, Line, Span
from stackctl.shop_scenarios import SagaMode
from stackctl.shop_scenarios.expected_outcomes import expected_outcomes_of
from tests.unit.proof.builders import STARTED_AT, event_line, row, span, task_trace

ORDER = row("order_create", n=7, created="o1")
EFFECTS = expected_outcomes_of([ORDER])
DUE = tuple(EFFECTS.expected_steps(SagaMode.CHOREOGRAPHY))
ORIGIN = span(ORDER.trace_id, "c" * 16, None, "orders", kind="producer")
CAPTURED = next(one for one in DUE if one.step.queue == "payments" and one.step.event == "OrderConfirmed")
KILLED = Restarts([Restart("payments", STARTED_AT - 1, STARTED_AT + 1)])
KILLED_LATER = Restarts([Restart("payments", STARTED_AT + 60, STARTED_AT + 62)])


def due(
    *expected_steps: ExpectedStep, restarts: Restarts | None = None, nudged: Iterable[str] = ()
) -> Expectations:
    return Expectations(expected_steps or DUE, EFFECTS.keys, Counter(nudged), restarts or Restarts())


def traces() -> dict[str, list[Span]]:
    whole = (task_trace(expected_step, number, ORIGIN) for number, expected_step in enumerate(DUE))
    return {spans[0].trace_id: spans for spans in whole}


def tasks(found: dict[str, list[Span]]) -> list[Task]:
    names = {expected_step.step.span for expected_step in DUE}
    return [task for name in sorted(names) for task in tasks_in_spans(name, found)]


def lines() -> list[Line]:
    return [event_line(expected_step) for expected_step in DUE]


def check(expected: Expectations, here: Iterable[Task], elsewhere: Iterable[Task] = ()) -> Check:
    return reconcile_tasks(
        "traces", "events", expected, ObservedSteps(here), ObservedSteps(elsewhere), in_loki
    )


def without(found: dict[str, list[Span]], expected_step: ExpectedStep) -> dict[str, list[Span]]:
    number = DUE.index(expected_step)
    return {trace_id: spans for trace_id, spans in found.items() if trace_id != f"a{number:031x}"}


def test_every_event_that_was_handled_once_is_complete_in_spans_and_in_lines() -> None:
    assert check(due(), tasks(traces())) == Check("traces", "events", 9, 9, 0, 0)
    assert check(due(), tasks_in_lines(lines())) == Check("traces", "events", 9, 9, 0, 0)


def test_an_event_that_nobody_handled_is_missing() -> None:
    found = check(due(), tasks(without(traces(), CAPTURED)))
    assert (found.missing, found.duplicated) == (1, 0)
    assert found.findings[0].subject == "payments process order_events OrderConfirmed payments o1"
    assert found.findings[0].query == ('{service_name="payments"} | messaging_message_conversation_id="o1"')


def test_a_try_in_vain_and_a_repetition_that_was_recognized_do_not_count() -> None:
    tries = [event_line(CAPTURED, outcome="retried"), event_line(CAPTURED, outcome="duplicate")]
    assert check(due(), tasks_in_lines([*lines(), *tries])).ok
    rest = [event_line(expected_step) for expected_step in DUE if expected_step is not CAPTURED]
    assert check(due(), tasks_in_lines([*rest, *tries])).missing == 1


def test_a_message_that_took_effect_twice_is_a_duplicate() -> None:
    assert check(due(), tasks_in_lines([*lines(), event_line(CAPTURED)])).duplicated == 1


def test_an_event_that_came_as_two_messages_is_a_duplicate_unless_its_order_was_stuck() -> None:
    again = [*lines(), event_line(CAPTURED, message_id="message-2")]
    assert check(due(), tasks_in_lines(again)).duplicated == 1
    assert check(due(nudged={"o1"}), tasks_in_lines(again)).ok
    twice = [*again, event_line(CAPTURED, message_id="message-2")]
    assert check(due(nudged={"o1"}), tasks_in_lines(twice)).duplicated == 1


def test_an_event_that_should_never_have_been_is_too_much() -> None:
    cancelled = replace(CAPTURED.step, event="OrderCancelled")
    assert check(due(), tasks_in_lines([*lines(), event_line(ExpectedStep(cancelled, "o1"))])).duplicated == 1


def test_events_of_other_runs_are_nobodys_business() -> None:
    strange = ExpectedStep(CAPTURED.step, "order of another run")
    assert check(due(), tasks_in_lines([*lines(), event_line(strange), event_line(strange)])).ok


def test_what_died_with_a_process_is_lost_and_told_when_the_other_signal_knows_it() -> None:
    rest = tasks(without(traces(), CAPTURED))
    found = check(due(restarts=KILLED), rest, tasks_in_lines(lines()))
    assert (found.expected, found.found, found.missing, found.lost) == (9, 8, 0, 1)
    assert [finding.defect for finding in found.findings] == [Defect.LOST]
    assert check(due(restarts=KILLED), rest).missing == 1, "nothing shows that it ever happened"
    assert check(due(), rest, tasks_in_lines(lines())).missing == 1, "nobody was killed"


def test_a_kill_at_another_time_excuses_nothing() -> None:
    rest = tasks(without(traces(), CAPTURED))
    assert check(due(restarts=KILLED_LATER), rest, tasks_in_lines(lines())).missing == 1
    repeated = [event_line(CAPTURED, outcome="duplicate")]
    assert check(due(restarts=KILLED_LATER), rest, tasks_in_lines(repeated)).missing == 1


def test_a_repetition_proves_that_the_effect_was_there_before_the_kill() -> None:
    rest = [event_line(expected_step) for expected_step in DUE if expected_step is not CAPTURED]
    repeated = [*rest, event_line(CAPTURED, outcome="duplicate")]
    found = check(due(restarts=KILLED), tasks_in_lines(repeated))
    assert (found.ok, found.lost) == (True, 1)


def test_the_root_of_a_task_links_to_a_span_that_is_there() -> None:
    found = tasks(traces())
    whole = reconcile_links(due(), found, [ORIGIN], Jaeger("http://jaeger"))
    assert (whole.expected, whole.missing) == (9, 0)
    assert reconcile_links(due(), found, [], Jaeger("http://jaeger")).missing == 9


def test_a_link_leads_nowhere_when_the_span_died_with_its_process_and_only_then() -> None:
    found = tasks(traces())
    of_orders = Restart("orders", STARTED_AT - 1, STARTED_AT + 1)
    dangling = reconcile_links(due(restarts=Restarts([of_orders])), found, [], Jaeger("http://jaeger"))
    assert (dangling.lost, dangling.missing) == (6, 3)
    later = replace(of_orders, start=STARTED_AT + 60, end=STARTED_AT + 62)
    assert reconcile_links(due(restarts=Restarts([later])), found, [], Jaeger("http://jaeger")).missing == 9


def test_a_task_without_a_link_is_found() -> None:
    unlinked = {key: [replace(root, links=()), *rest] for key, (root, *rest) in traces().items()}
    assert reconcile_links(due(), tasks(unlinked), [ORIGIN], Jaeger("http://jaeger")).missing == 9


def test_a_trace_of_a_task_demands_its_calls_and_a_try_in_vain_only_allows_them() -> None:
    mail = next(one for one in DUE if one.step.calls)
    done, failed = (
        task_trace(mail, number, ORIGIN, outcome=outcome)
        for number, outcome in enumerate(("handled", "retried"))
    )
    found = tasks_in_spans(mail.step.span, {spans[0].trace_id: spans for spans in (done, failed)})
    effective, in_vain = expected_calls_of_tasks(due(mail), found)
    assert [str(call) for call in effective.calls] == ["notifications → users GET /users/<user_id> 200"]
    assert (in_vain.calls.total(), in_vain.allowed.total()) == (0, 1)


def test_the_trace_of_a_task_whose_service_was_killed_meanwhile_may_be_lost_in_part() -> None:
    found = [task for task in tasks(traces()) if task.step == CAPTURED.step]
    (demand,) = expected_calls_of_tasks(due(restarts=KILLED), found)
    assert demand.excused
