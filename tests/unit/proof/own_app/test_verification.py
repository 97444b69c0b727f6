"""What is said of somebody's own app: nothing missing, nothing duplicated, and what cannot be known."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Timer
from xml.etree import ElementTree

import pytest

from proof.own_app.outages import Outages
from proof.own_app.traces import WHOLE, TraceChecks
from proof.verify import junit, retry_until_complete
from stackctl.errors import StackError
from stackctl.query import Line, Series, Span
from tests.unit.proof.own_app.world import (
    APP,
    OLD,
    STARTED_AT,
    World,
    checks,
    line,
    root,
    row,
    series,
    served,
)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(retry_until_complete, "_LEAST_SECONDS", 0.0)


@pytest.fixture
def world() -> World:
    return World([row(n, 200 if n % 3 else 404, at=n / 10) for n in range(1, 10)])


def test_a_whole_app_is_complete(world: World, tmp_path: Path) -> None:
    report = world.verify(tmp_path)
    assert report.ok and report.app == APP and report.not_checked == ()
    assert {check.name: (check.expected, check.found) for check in report.checks} == {
        "one whole trace each": (9, 9),
        "server spans, same status": (9, 9),
        "access lines by trace": (9, 9),
        "increments of its counter": (9, 9),
    }


class ReadSpans(list[Span]):
    times = 0

    def __iter__(self) -> Iterator[Span]:
        ReadSpans.times += 1
        return super().__iter__()


def test_a_trace_is_read_as_often_among_many_as_among_few() -> None:
    times = []
    for count in (10, 100):
        world = World([row(n) for n in range(1, count + 1)])
        world.spans = {trace_id: ReadSpans(spans) for trace_id, spans in world.spans.items()}
        ReadSpans.times = 0
        assert TraceChecks(world.rows, world, lambda app: Outages())()[1].found == count
        times.append(ReadSpans.times / count)
    assert times[0] == times[1]


def test_a_trace_that_is_not_there_is_missing(world: World, tmp_path: Path) -> None:
    del world.spans[world.rows[0].trace_id]
    report = world.verify(tmp_path)
    assert not report.ok
    assert checks(report)[WHOLE].missing == 1
    assert checks(report)["server spans, same status"].missing == 1


def test_an_app_that_begins_a_trace_of_its_own_has_no_server_span(world: World, tmp_path: Path) -> None:
    one = world.rows[0]
    world.spans[one.trace_id] = [root(one)]
    world.spans["f" * 32] = [served(one, trace_id="f" * 32, parent_id=None)]
    check = checks(world.verify(tmp_path))["server spans, same status"]
    assert (check.missing, check.findings[0].detail) == (
        1,
        "the app has no server span for it (does it take over traceparent?)",
    )


def test_a_server_span_of_another_status_is_missing(world: World, tmp_path: Path) -> None:
    one = world.rows[0]
    world.spans[one.trace_id][1] = served(one, attributes={"http.response.status_code": 500})
    check = checks(world.verify(tmp_path))["server spans, same status"]
    assert (check.missing, check.findings[0].detail) == (1, "its server span says 500; the answer was 200")


def test_a_second_server_span_is_one_too_many(world: World, tmp_path: Path) -> None:
    one = world.rows[0]
    world.spans[one.trace_id].append(served(one, span_id="b" * 16))
    assert checks(world.verify(tmp_path))["server spans, same status"].duplicated == 1


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ({"span_id": "b" * 16, "parent_id": None}, "a second root"),
        ({"span_id": "b" * 16, "parent_id": "c" * 16}, "the parent of span"),
        ({}, "is there 2 times"),
    ],
)
def test_a_trace_that_is_no_single_tree_is_not_whole(
    world: World, tmp_path: Path, planted: dict[str, object], told: str
) -> None:
    one = world.rows[0]
    world.spans[one.trace_id].append(served(one, **planted))
    check = checks(world.verify(tmp_path))[WHOLE]
    assert check.missing + check.duplicated == 1
    assert told in check.findings[0].detail


def test_a_lost_root_is_missing(world: World, tmp_path: Path) -> None:
    one = world.rows[0]
    world.spans[one.trace_id] = [served(one)]
    assert checks(world.verify(tmp_path))[WHOLE].missing == 1


def test_an_access_line_may_be_missing_duplicated_or_of_another_status(world: World, tmp_path: Path) -> None:
    first, second, third = world.rows[:3]
    world.log[0:3] = [line(second), line(second, other="1"), line(third, http_response_status_code="500")]
    check = checks(world.verify(tmp_path))["access lines by trace"]
    assert (check.missing, check.duplicated) == (2, 1)
    assert "it says 500" in check.findings[-1].detail
    assert first.trace_id in check.findings[0].query


def test_lines_of_calls_within_a_trace_are_no_access_lines_of_the_request(
    world: World, tmp_path: Path
) -> None:
    """The app asks itself."""
    one = world.rows[0]
    inner = served(one, span_id="b" * 16, parent_id=f"a{one.n:015x}")
    world.spans[one.trace_id].append(inner)
    world.log.append(line(one, span_id="b" * 16))
    world.series[0] = series([(-5, 7), (60, 7 + 6 + 1)])
    assert world.verify(tmp_path).ok


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ([], "Loki has no line of billing"),
        ([Line(round((STARTED_AT + 1) * 1e9), "hi", {"service_name": APP}, {})], "no line of billing bears"),
        ([line(row(1), http_response_status_code="")], "has a field http.response.status_code"),
    ],
)
def test_without_access_lines_they_are_not_checked(
    world: World, tmp_path: Path, log: list[Line], told: str
) -> None:
    world.log = log
    report = world.verify(tmp_path)
    assert report.ok
    assert told in report.not_checked[0].reason
    assert "access lines by trace" not in checks(report)


def test_without_a_counter_it_is_not_checked(world: World, tmp_path: Path) -> None:
    world.series = []
    report = world.verify(tmp_path)
    assert report.ok
    (one,) = report.not_checked
    assert (one.signal, one.name) == ("metrics", "increments of its counter")


def test_what_only_arrives_soon_after_a_run_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither counter nor line is there at the first look; the app has both."""
    monkeypatch.setattr(retry_until_complete, "_LEAST_SECONDS", 10.0)
    now = time.time() - STARTED_AT
    late = World([row(1, at=now)])
    counted, logged = [series([(now - 5, 7), (now + 1, 8)])], late.log
    late.series, late.log = [], []

    def arrive() -> None:
        late.series, late.log = counted, logged

    Timer(0.2, arrive).start()
    report = late.verify(tmp_path)
    assert report.ok and report.not_checked == ()
    assert len(report.checks) == 4


def test_a_counter_of_the_older_convention_is_read_too(world: World, tmp_path: Path) -> None:
    world.series = [
        series([(-5, 7), (60, 13)], "GET", "200", OLD),
        series([(-5, 1), (60, 4)], "GET", "404", OLD),
    ]
    assert world.verify(tmp_path).ok


@pytest.mark.parametrize(("last", "missing", "duplicated"), [(12, 1, 0), (15, 0, 2)])
def test_a_counter_that_rose_by_another_amount_is_told(
    world: World, tmp_path: Path, last: float, missing: int, duplicated: int
) -> None:
    world.series[0] = series([(-5, 7), (60, last)])
    check = checks(world.verify(tmp_path))["increments of its counter"]
    assert (check.missing, check.duplicated) == (missing, duplicated)


def test_workers_that_began_with_the_run_count_from_zero(world: World, tmp_path: Path) -> None:
    world.series[0:1] = [series([(5, 2), (60, 4)], instance="w1"), series([(60, 2)], instance="w2")]
    assert world.verify(tmp_path).ok


def test_requests_of_others_are_reconciled_with_their_traces(world: World, tmp_path: Path) -> None:
    other = row(1000, at=20)
    world.spans[other.trace_id] = [served(other, parent_id=None)]
    world.series[0] = series([(-5, 7), (60, 7 + 6 + 1)])
    report = world.verify(tmp_path)
    assert report.ok
    assert sum(report.other_traffic.values()) == 1


def test_a_request_of_others_hides_no_increment_that_is_missing(world: World, tmp_path: Path) -> None:
    other = row(1000, at=20)
    world.spans[other.trace_id] = [served(other, parent_id=None)]
    assert checks(world.verify(tmp_path))["increments of its counter"].missing == 1


KILLED = [
    *(row(n, at=n / 10) for n in range(1, 10)),
    row(10, None, at=1.0, error="ServerDisconnectedError: Server disconnected"),
    row(11, None, at=1.1),
    *(row(n, at=n / 10 + 1) for n in range(12, 15)),
    *(row(n, at=n / 10 + 60) for n in range(15, 18)),
]


def test_what_a_killed_process_had_not_handed_over_is_lost_and_not_missing(tmp_path: Path) -> None:
    world = World(KILLED)
    del world.spans[KILLED[8].trace_id], world.log[8]
    world.series = [series([(-5, 7), (0.5, 11)]), series([(20, 2), (70, 6)], instance="i2")]
    report = world.verify(tmp_path)
    assert report.ok, report.checks
    assert checks(report)[WHOLE].lost == 1
    assert checks(report)["access lines by trace"].lost == 1
    assert checks(report)["increments of its counter"].lost == 5
    assert report.requests.unanswered == 2


def test_what_was_asked_long_after_a_kill_is_missing(tmp_path: Path) -> None:
    world = World(KILLED)
    del world.spans[KILLED[-1].trace_id]
    assert checks(world.verify(tmp_path))[WHOLE].missing == 1


def test_a_request_that_only_timed_out_excuses_nothing(tmp_path: Path) -> None:
    world = World([*(row(n, at=n / 10) for n in range(1, 5)), row(5, None, at=0.5, error="TimeoutError")])
    del world.spans[world.rows[0].trace_id]
    assert checks(world.verify(tmp_path))[WHOLE].missing == 1


def test_a_request_that_timed_out_may_be_counted(tmp_path: Path) -> None:
    world = World([*(row(n, at=n / 10) for n in range(1, 5)), row(5, None, at=0.5, error="TimeoutError")])
    world.series = [series([(-5, 7), (60, 12)])]
    assert world.verify(tmp_path).ok


def test_sampled_traces_are_not_checked(world: World, tmp_path: Path) -> None:
    del world.spans[world.rows[0].trace_id]
    report = world.verify(tmp_path, all_kept=False)
    assert report.ok
    assert "1 traces are wholly absent" in report.not_checked[0].reason


def test_an_app_of_which_nothing_arrives_is_missing_and_the_rest_not_checked(
    world: World, tmp_path: Path
) -> None:
    world.spans = {one.trace_id: [root(one)] for one in world.rows}
    report = world.verify(tmp_path)
    assert checks(report)["server spans, same status"].missing == 9
    assert [one.signal for one in report.not_checked] == ["logs", "metrics"]


def test_another_name_than_that_of_the_app_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="was served by invoices, but by billing"):
        world.verify(tmp_path, "invoices")


def test_a_run_without_an_answer_is_refused_with_its_first_error(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="ClientConnectorError: refused"):
        World([row(1, None)]).verify(tmp_path)


def test_for_ci_a_check_is_a_case_and_what_is_not_checked_is_skipped(world: World, tmp_path: Path) -> None:
    world.series = []
    del world.log[0]
    world.log[0] = replace(world.log[0], text="\x1b[31m")
    report = world.verify(tmp_path)
    junit.write(report, tmp_path / "verify.xml")
    suite = ElementTree.parse(tmp_path / "verify.xml").getroot()
    assert {suite.get(name) for name in ("tests", "failures", "skipped")} == {"4", "1"}
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "one whole trace each": [],
        "server spans, same status": [],
        "access lines by trace": ["failure"],
        "increments of its counter": ["skipped"],
    }
    told = json.loads(json.dumps(report.as_json()))
    assert (told["app"], told["ok"], len(told["not_checked"])) == (APP, False, 1)


def test_a_file_for_ci_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="cannot be written"):
        junit.require_writable(tmp_path / "none" / "verify.xml")


def test_series_of_a_scraped_app_are_found_by_its_job(world: World, tmp_path: Path) -> None:
    class Scraped(World):
        def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
            return self.series if 'job=~"(.*/)?billing"' in selector else []

    world.__class__ = Scraped
    assert "increments of its counter" in checks(world.verify(tmp_path))
