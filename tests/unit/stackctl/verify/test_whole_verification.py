"""A run against fake backends, from ledger to table and JSON."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from stackctl.expectations import CONVENTIONS, Served
from stackctl.query import Exemplar, Jaeger, Line, Loki, Prometheus, Series, Span
from stackctl.traffic.freshness import Freshness
from stackctl.traffic.runs import Run
from stackctl.verify.collecting import (
    CounterChecks,
    ExemplarChecks,
    LogChecks,
    TraceChecks,
    Window,
    window_of,
)
from stackctl.verify.display import print_report
from stackctl.verify.report import Report, Requests
from stackctl.verify.sampling import surely_kept
from stackctl.verify.settling import Checks
from tests.unit.stackctl.builders import STARTED_AT, http, lines_of, row, trace_of

ROWS = [row("user_get", at=0.1), row("order_create", at=0.2), row("user_get", None, at=0.3)]
RUN = Run("run-a", 1, 50, 60, "mixed", 3, STARTED_AT, STARTED_AT + 1)
WINDOW = window_of(RUN, ROWS)
ASK_GATEWAY = http("gateway", "GET /users/<user_id>", 200)
GET_USER = http("users", "GET /users/<user_id>", 200)


class FakeJaeger(Jaeger):
    def __init__(self, traces: dict[str, list[Span]]) -> None:
        super().__init__("http://jaeger")
        self.known = traces
        self.asked: list[list[str]] = []

    def traces(self, trace_ids: object) -> dict[str, list[Span]]:
        self.asked.append(sorted(trace_ids))  # type: ignore[call-overload]
        return {trace_id: self.known[trace_id] for trace_id in self.asked[-1] if trace_id in self.known}


class FakeLoki(Loki):
    def __init__(self, lines: list[Line]) -> None:
        super().__init__("http://loki")
        self.known = lines

    def lines(self, logql: str, start_ns: int, end_ns: int) -> Iterator[Line]:
        return (line for line in self.known if start_ns <= line.time_ns < end_ns)


class FakePrometheus(Prometheus):
    def __init__(self, counters: list[Series], scrapes: list[Series], exemplars: list[str]) -> None:
        super().__init__("http://prometheus")
        self.counters, self.scrapes, self.trace_ids = counters, scrapes, exemplars

    def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
        return self.scrapes if selector.startswith("up{") else self.counters

    def exemplars(self, selector: str, start: float, end: float) -> list[Exemplar]:
        return [Exemplar({}, trace_id, "", 0.1, start) for trace_id in self.trace_ids]


def scraped(job: str, *samples: tuple[float, float]) -> Series:
    return Series({"job": job, "instance": job}, tuple((STARTED_AT + at, value) for at, value in samples))


def counter(served: Served, *samples: tuple[float, float]) -> Series:
    name = f"{CONVENTIONS[served.protocol].counter}_count"
    labels = {"__name__": name, "job": served.service, "instance": served.service, **served.labels}
    return Series(labels, tuple((STARTED_AT + at, value) for at, value in samples))


def test_only_traces_that_are_not_yet_whole_are_fetched_again() -> None:
    user, order, _ = ROWS
    jaeger = FakeJaeger({user.trace_id: trace_of(user), order.trace_id: trace_of(order)[:3]})
    attempt = TraceChecks(ROWS, WINDOW, jaeger)
    assert [check.missing for check in attempt()] == [1, 2]
    jaeger.known[order.trace_id] = trace_of(order)
    assert all(check.ok for check in attempt())
    assert jaeger.asked == [sorted([user.trace_id, order.trace_id]), [order.trace_id]]


def test_a_sampled_trace_may_be_absent_unless_it_failed() -> None:
    absent, partial, failed = row("user_get"), row("user_get"), row("user_get", 500)
    assert surely_kept([absent, partial, failed], {partial.trace_id}) == [partial, failed]


def test_counters_are_read_at_the_first_scrape_after_the_run() -> None:
    counters = [
        counter(ASK_GATEWAY, (5, 1)),
        counter(GET_USER, (0.5, 11), (5, 12), (10, 50)),
        counter(http("gateway", "POST /orders", 201), (5, 1)),
        counter(http("orders", "POST /orders", 201), (5, 1)),
        counter(http("products", "GET /products", 200), (5, 1)),
    ]
    jobs = ("gateway", "users", "orders", "products")
    scrapes = [scraped(job, (0.5, 1), (3, 0), (5, 1), (10, 1)) for job in jobs]
    run = replace(RUN, baseline={"users": {GET_USER: 10.0}})
    (check,) = CounterChecks(run, ROWS, WINDOW, FakePrometheus(counters, scrapes, []))()
    assert (check.expected, check.missing, check.duplicated) == (6, 0, 0)


def test_a_service_without_a_scrape_after_the_run_is_waited_for() -> None:
    counters = [counter(ASK_GATEWAY, (5, 1)), counter(GET_USER, (0.5, 1))]
    scrapes = [scraped("gateway", (5, 1)), scraped("users", (0.5, 1))]
    (check,) = CounterChecks(RUN, ROWS[:1], WINDOW, FakePrometheus(counters, scrapes, []))()
    assert check.missing == 1


def test_an_old_run_may_have_no_exemplars_any_more() -> None:
    prometheus, jaeger = FakePrometheus([], [], []), FakeJaeger({})
    recent = Window(time.time() - 60, time.time() - 50)
    assert [check.missing for check in ExemplarChecks(recent, prometheus, jaeger)()] == [1]
    assert [check.missing for check in ExemplarChecks(Window(0.0, 10.0), prometheus, jaeger)()] == [0]


def test_exemplars_are_looked_up_in_jaeger() -> None:
    jaeger = FakeJaeger({ROWS[0].trace_id: trace_of(ROWS[0])})
    prometheus = FakePrometheus([], [], [ROWS[0].trace_id, "f" * 32])
    (check,) = ExemplarChecks(WINDOW, prometheus, jaeger)()
    assert (check.expected, check.found, check.missing) == (2, 1, 1)


def log_checks(
    lines: list[Line], written: list[Line], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Checks:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(folder))
    (folder / "logs").mkdir()
    for line in written:
        with (folder / "logs" / f"{line.service}.jsonl").open("a") as file:
            file.write(json.dumps(as_written(line)) + "\n")
    return LogChecks(ROWS, WINDOW, FakeLoki(lines))()


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
    access, files = log_checks(lines, lines, tmp_path, monkeypatch)
    assert (access.expected, access.ok, files.expected, files.ok) == (6, True, 6, True)


def test_a_line_that_only_the_file_has_is_missing_in_both_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = whole_lines()
    access, files = log_checks(lines[1:], lines, tmp_path, monkeypatch)
    assert (access.missing, files.missing) == (1, 1)


def a_report() -> Report:
    jaeger = FakeJaeger({ROWS[0].trace_id: trace_of(ROWS[0])})
    fresh = {"traces": Freshness(5, 1, 0.4, 1.25, 2.0)}
    checks = TraceChecks(ROWS, WINDOW, jaeger)()
    return Report(RUN, Requests(3, 2, 1, 0), checks, fresh, others=("run-b",))


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
        "Run run-b was sending at the same time",
        "1 of 5 freshness probes timed out",
        f"missing: order_create {order.trace_id}: no span of it is there",
        f"curl -s 'http://jaeger/api/traces/{order.trace_id}?raw=true'",
        "Not complete: run run-a, 2 answered requests; 5 missing, 0 too many.",
    ):
        assert part in shown


def test_a_program_gets_the_same_as_json() -> None:
    report = json.loads(json.dumps(a_report().as_json()))
    assert report["ok"] is False
    assert report["requests"] == {"sent": 3, "answered": 2, "unanswered": 1, "unexpected": 0}
    assert [check["missing"] for check in report["checks"]] == [1, 4]
    assert report["checks"][0]["findings"][0]["defect"] == "missing"
    assert report["freshness"]["traces"]["p95"] == 1.25
    assert (report["run"]["run_id"], report["other_runs"], report["all_traces_kept"]) == (
        "run-a",
        ["run-b"],
        True,
    )
