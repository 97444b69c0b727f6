"""A run against fake backends, from ledger to table and JSON."""

import io
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from proof.expectations import Counted
from proof.ledger.joined_instances import Joined
from proof.ledger.runs import Run
from proof.verify.async_steps import Expectations
from proof.verify.counter_checks import CounterChecks, ExemplarChecks
from proof.verify.display import print_report
from proof.verify.freshness import Freshness
from proof.verify.log_checks import AllLineChecks, RequestLineChecks
from proof.verify.report import Report, Requests
from proof.verify.restarts import Restarts
from proof.verify.retry_until_complete import Checks
from proof.verify.run_context import RunContext
from proof.verify.sampling import surely_kept
from proof.verify.trace_checks import TraceChecks
from stackctl.query import Exemplar, Jaeger, Line, Loki, Prometheus, Series, Span
from stackctl.shop_scenarios import saga_mode_of
from tests.unit.proof.builders import (
    STARTED_AT,
    event_line,
    http,
    lines_of,
    row,
    span,
    task_trace,
    trace_of,
)

ROWS = [
    row("user_get", at=0.1),
    row("order_create", at=0.2, created="o1"),
    row("user_get", None, at=0.3),
]
RUN = Run("run-a", 1, 50, 60, "mixed", 3, STARTED_AT, STARTED_AT + 1, settled_at=STARTED_AT + 2)
CASE = RunContext(RUN, ROWS)
DUE = Expectations(CASE.expected_steps, CASE.outcomes.keys, {}, Restarts())
ASK_GATEWAY = http("gateway", "GET /users/<user_id>", 200)
GET_USER = http("users", "GET /users/<user_id>", 200)
SERVICES = ("gateway", "users", "products", "orders", "payments", "inventory", "notifications")

Traces = dict[str, list[Span]]


class FakeJaeger(Jaeger):
    def __init__(self, traces: Traces) -> None:
        super().__init__("http://jaeger")
        self.known = traces
        self.asked: list[list[str]] = []

    def traces(self, trace_ids: object) -> Traces:
        self.asked.append(sorted(trace_ids))  # type: ignore[call-overload]
        return {trace_id: self.known[trace_id] for trace_id in self.asked[-1] if trace_id in self.known}

    def search(self, service: str, span: str | None, start: float, end: float) -> Traces:
        return {
            trace_id: spans
            for trace_id, spans in self.known.items()
            if any((one.service, one.name) == (service, span) for one in spans)
        }


class FakeLoki(Loki):
    def __init__(self, lines: list[Line]) -> None:
        super().__init__("http://loki")
        self.known = lines

    def lines(self, logql: str, start_ns: int, end_ns: int) -> Iterator[Line]:
        return (line for line in self.known if start_ns <= line.time_ns < end_ns)


class FakePrometheus(Prometheus):
    def __init__(
        self,
        counters: list[Series] | None = None,
        scrapes: list[Series] | None = None,
        exemplars: list[str] | None = None,
        processes: list[Series] | None = None,
    ) -> None:
        super().__init__("http://prometheus")
        self.counters, self.scrapes, self.trace_ids = counters or [], scrapes or [], exemplars or []
        self.processes = processes or []

    def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
        if selector.startswith("process_start_time"):
            return self.processes
        return self.scrapes if selector.startswith("up{") else self.counters

    def exemplars(self, selector: str, start: float, end: float) -> list[Exemplar]:
        return [Exemplar({}, trace_id, "", 0.1, start) for trace_id in self.trace_ids]


def scraped(job: str, *samples: tuple[float, float]) -> Series:
    times = tuple((STARTED_AT + at, value) for at, value in samples)
    return Series({"job": job, "instance": job}, times)


def counter(key: Counted, *samples: tuple[float, float]) -> Series:
    labels = {"__name__": key.name, "job": key.service, "instance": key.service, **dict(key.labels)}
    return Series(labels, tuple((STARTED_AT + at, value) for at, value in samples))


ORIGIN = span(ROWS[1].trace_id, f"{ROWS[1].n:08x}{1:08x}", None, "orders")


def followed(origin: Span = ORIGIN) -> Traces:
    """The traces of all that comes of the order."""
    whole = (
        task_trace(expected_step, number, origin) for number, expected_step in enumerate(CASE.expected_steps)
    )
    return {spans[0].trace_id: spans for spans in whole}


def event_lines() -> list[Line]:
    return [event_line(expected_step) for expected_step in CASE.expected_steps]


def trace_checks(jaeger: FakeJaeger, lines: list[Line]) -> TraceChecks:
    return TraceChecks(CASE, jaeger, FakeLoki(lines), FakePrometheus())


def test_only_traces_that_are_not_yet_whole_are_fetched_again() -> None:
    user, order, _ = ROWS
    known = {user.trace_id: trace_of(user), order.trace_id: trace_of(order)[:3], **followed()}
    jaeger = FakeJaeger(known)
    attempt = trace_checks(jaeger, event_lines())
    assert {check.name: check.missing for check in attempt() if check.missing} == {
        "traces": 1,
        "calls between services": 2,
    }
    jaeger.known[order.trace_id] = trace_of(order)
    assert all(check.ok for check in attempt())
    assert jaeger.asked == [sorted([user.trace_id, order.trace_id]), [order.trace_id]]


def test_an_event_that_is_published_late_is_found_in_a_trace_that_seemed_whole() -> None:
    user, order, _ = ROWS
    whole = trace_of(order)
    publishing = replace(whole[0], span_id="f" * 16, parent_id=whole[0].span_id, kind="producer")
    jaeger = FakeJaeger({user.trace_id: trace_of(user), order.trace_id: whole, **followed(publishing)})
    attempt = trace_checks(jaeger, event_lines())
    assert {check.name: check.missing for check in attempt() if check.missing} == {
        "links to where they come from": 9
    }
    jaeger.known[order.trace_id] = [*whole, publishing]
    assert all(check.ok for check in attempt())


def test_what_follows_a_request_is_waited_for_in_traces_and_in_lines() -> None:
    requests = {one.trace_id: trace_of(one) for one in ROWS[:2]}
    jaeger, lines = FakeJaeger(requests), event_lines()[1:]
    attempt = trace_checks(jaeger, lines)
    assert {check.name: (check.expected, check.missing) for check in attempt() if check.missing} == {
        "events and saga steps": (9, 9),
        "events handled": (9, 1),
    }
    jaeger.known |= followed()
    lines += event_lines()[:1]
    assert all(check.ok for check in attempt())
    assert len(attempt.followed) == 9


def test_a_sampled_trace_may_be_absent_unless_it_failed() -> None:
    absent, partial, failed = row("user_get"), row("user_get"), row("user_get", 500)
    assert surely_kept([absent, partial, failed], {partial.trace_id}) == [partial, failed]


def whole_counters() -> list[Series]:
    outcomes = CASE.outcomes
    due = outcomes.events(saga_mode_of(RUN)) + outcomes.gains()
    calls = [http("gateway", "POST /orders", 201), http("orders", "POST /orders", 201)]
    calls += [http("products", "GET /products", 200), ASK_GATEWAY]
    return [
        *(counter(key, (5, amount)) for key, amount in due.items()),
        *(counter(key, (5, 1)) for key in calls),
        # The customer's own question, that of orders, and that of notifications.
        counter(GET_USER, (0.5, 11), (5, 13), (10, 50)),
    ]


def counter_checks(
    counters: list[Series], scrapes: list[Series], *processes: Series, lines: Sequence[Line] = ()
) -> Checks:
    context = RunContext(replace(RUN, baseline={"users": {GET_USER: 10.0}}), ROWS)
    return CounterChecks(
        context, {}, (), FakePrometheus(counters, scrapes, processes=list(processes)), lines=lambda *_: lines
    )()


def all_scraped() -> list[Series]:
    return [scraped(job, (0.5, 1), (3, 0), (5, 1), (10, 1)) for job in SERVICES]


def test_counters_are_read_at_the_first_scrape_after_all_was_over() -> None:
    checks = counter_checks(whole_counters(), all_scraped())
    assert [(check.expected, check.missing, check.duplicated) for check in checks] == [
        (7, 0, 0),
        (16, 0, 0),
        (7, 0, 0),
    ]


def test_an_instance_without_a_scrape_after_that_is_waited_for() -> None:
    scrapes = [series for series in all_scraped() if series.labels["job"] != "users"]
    calls, *_ = counter_checks(whole_counters(), [*scrapes, scraped("users", (0.5, 1))])
    assert calls.missing == 3


def test_of_an_instance_that_is_gone_the_last_scrape_tells_all() -> None:
    """As of a version that was rolled back: what it counted until then is not lost."""
    others = [scraped(job, (0.5, 1), (5, 1), (30, 1)) for job in SERVICES if job != "users"]
    calls, *_ = counter_checks(whole_counters(), [*others, scraped("users", (0.5, 1))])
    assert calls.missing == 2


@pytest.mark.parametrize(("now", "found"), [(10, (3, 0)), (30, (0, 2))])
def test_nothing_counts_as_lost_while_an_instance_may_be_gone(now: float, found: tuple[int, int]) -> None:
    others = [scraped(job, (0.5, 1), (5, 1), (now, 1)) for job in SERVICES if job != "users"]
    restarted = scraped("users", (1, STARTED_AT - 100), (3, STARTED_AT + 2))
    restarted.labels["instance"] = "another"  # type: ignore[index]
    calls, *_ = counter_checks(whole_counters(), [*others, scraped("users", (0.5, 1))], restarted)
    assert (calls.missing, calls.lost) == found


def test_what_went_with_a_process_that_was_replaced_after_all_was_over_is_lost_not_missing() -> None:
    """Its traces and lines may be whole before the new one is scraped for the first time."""
    counters = [one for one in whole_counters() if one.labels["job"] != "products"]
    replaced = scraped("products", (0.5, STARTED_AT - 100), (9, STARTED_AT + 3))
    calls, *_ = counter_checks(counters, all_scraped(), replaced)
    assert (calls.missing, calls.lost) == (0, 1)


@pytest.mark.parametrize("joined", [(), (Joined("later", STARTED_AT + 9, {}),)])
def test_what_came_after_all_was_over_has_counted_nothing_of_the_run(joined: Sequence[Joined]) -> None:
    later = scraped("products", (11, 1), (16, 1))
    later.labels["instance"] = "later"  # type: ignore[index]
    counters = [*whole_counters(), counter(http("products", "GET /products", 200), (11, 44))]
    counters[-1].labels["instance"] = "later"  # type: ignore[index]
    context = RunContext(replace(RUN, baseline={"users": {GET_USER: 10.0}}), ROWS, joined)
    calls, *_ = CounterChecks(
        context, {}, (), FakePrometheus(counters, [*all_scraped(), later]), lines=lambda *_: ()
    )()
    assert calls.duplicated == 0


def test_who_has_joined_is_known_when_all_is_over_too_and_is_no_part_of_the_run() -> None:
    joined = (Joined("later", STARTED_AT + 1, {GET_USER: 120.0}),)

    context = RunContext(replace(RUN, settled_at=None), ROWS, joined).settled(STARTED_AT + 2)

    assert context == RunContext(RUN, ROWS, joined)


def exemplars_of(run: Run, prometheus: FakePrometheus, jaeger: FakeJaeger) -> Checks:
    return ExemplarChecks(RunContext(run, ROWS), prometheus, jaeger)()


def test_an_old_run_may_have_no_exemplars_any_more() -> None:
    now = time.time()
    recent = replace(RUN, started_at=now - 60, settled_at=now - 50)
    assert [check.missing for check in exemplars_of(recent, FakePrometheus(), FakeJaeger({}))] == [1]
    old = replace(RUN, settled_at=20.0)
    long_ago = [replace(one, done_at=10.0) for one in ROWS]
    (check,) = ExemplarChecks(RunContext(old, long_ago), FakePrometheus(), FakeJaeger({}))()
    assert check.missing == 0


def test_exemplars_are_looked_up_in_jaeger() -> None:
    jaeger = FakeJaeger({ROWS[0].trace_id: trace_of(ROWS[0])})
    (check,) = exemplars_of(RUN, FakePrometheus(exemplars=[ROWS[0].trace_id, "f" * 32]), jaeger)
    assert (check.expected, check.found, check.missing) == (2, 1, 1)


def log_checks(
    lines: list[Line], written: list[Line], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Checks:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(folder))
    (folder / "logs").mkdir()
    for line in written:
        with (folder / "logs" / f"{line.service}.jsonl").open("a") as file:
            file.write(json.dumps(as_written(line)) + "\n")
    loki = FakeLoki(lines)
    return RequestLineChecks(CASE, loki, FakePrometheus())() + AllLineChecks(CASE, (), loki)()


def as_written(line: Line) -> dict[str, str]:
    own = {name: line.fields[name] for name in ("logger", "trace_id", "span_id")}
    seconds, rest = divmod(line.time_ns, 1_000_000_000)
    assert seconds == STARTED_AT
    stamp = f"2026-11-18T11:06:40.{rest // 1000:06d}Z"
    return {"timestamp": stamp, "service": line.service, "message": line.text, **own}


def whole_lines() -> list[Line]:
    lines = [line for one in ROWS for line in lines_of(one)]
    return [replace(line, time_ns=line.time_ns // 1000 * 1000) for line in lines]


def test_lines_of_files_and_of_loki_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = whole_lines()
    access, _, files = log_checks(lines, lines, tmp_path, monkeypatch)
    assert (access.expected, access.ok, files.expected, files.ok) == (6, True, 6, True)


def test_a_line_that_only_the_file_has_is_missing_in_both_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = whole_lines()
    access, _, files = log_checks(lines[1:], lines, tmp_path, monkeypatch)
    assert (access.missing, files.missing) == (1, 1)


def a_report() -> Report:
    jaeger = FakeJaeger({ROWS[0].trace_id: trace_of(ROWS[0]), **followed()})
    fresh = {"traces": Freshness(5, 1, 0.4, 1.25, 2.0)}
    checks = trace_checks(jaeger, event_lines())()
    restarted = frozenset({"payments"})
    return Report(RUN, Requests(3, 2, 1, 0), checks, fresh, restarted, others=("run-b",))


def test_a_person_sees_the_table_the_defects_and_what_to_paste() -> None:
    console = Console(file=io.StringIO(), width=150)
    print_report(console, a_report())
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    order = ROWS[1]
    for part in (
        "calls between services",
        "1.2 s",
        "Requests without an answer: 1",
        "payments was restarted",
        "Run run-b was sending at the same time",
        "1 of 5 freshness probes timed out",
        f"missing: order_create {order.trace_id}: no span of it is there",
        f"curl -s 'http://jaeger/api/traces/{order.trace_id}?raw=true'",
        "Not complete: run run-a, 2 answered requests; 14 missing, 0 too many.",
    ):
        assert part in shown


def test_a_program_gets_the_same_as_json() -> None:
    report = json.loads(json.dumps(a_report().as_json()))
    assert report["ok"] is False
    assert report["requests"] == {"sent": 3, "answered": 2, "unanswered": 1, "unexpected": 0}
    assert {check["name"]: check["missing"] for check in report["checks"] if check["missing"]} == {
        "traces": 1,
        "calls between services": 4,
        "links to where they come from": 9,
    }
    assert report["checks"][0]["findings"][0]["defect"] == "missing"
    assert report["freshness"]["traces"]["p95"] == 1.25
    assert report["restarted"] == ["payments"]
    assert (report["run"]["run_id"], report["other_runs"], report["all_traces_kept"]) == (
        "run-a",
        ["run-b"],
        True,
    )
