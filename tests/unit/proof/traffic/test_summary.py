"""Latency is counted from the time at which a request was due."""

import io
import math
from dataclasses import replace

import pytest
from rich.console import Console

from proof.ledger.rows import Row
from proof.ledger.runs import Run
from proof.ledger.summary import percentile, summarise
from proof.traffic.display import print_summary
from tests.unit.proof.builders import STARTED_AT, row

RUN = Run("run", 1, rate=100, duration=1, profile="mixed", planned=100, started_at=STARTED_AT)


@pytest.mark.parametrize(("quantile", "value"), [(0.5, 50), (0.9, 90), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_nearest_rank(quantile: float, value: float) -> None:
    assert percentile(list(range(1, 101)), quantile) == value


def test_there_is_no_percentile_of_nothing() -> None:
    assert math.isnan(percentile([], 0.5))


def stalled_for_a_second() -> list[Row]:
    """A request is due every 10 ms. The first takes a second and holds up 99 others, which then take 1 ms."""
    rows = [timed(due=0.0, sent=0.0, done=1.0)]
    return rows + [timed(due=n / 100, sent=1 + n / 1000, done=1 + (n + 1) / 1000) for n in range(1, 100)]


def timed(due: float, sent: float, done: float) -> Row:
    one = row("user_get", at=due)
    return replace(one, sent_at=STARTED_AT + sent, done_at=STARTED_AT + done, latency_ms=(done - due) * 1000)


def test_a_stall_is_charged_for_everybody_who_had_to_wait() -> None:
    summary = summarise(RUN, stalled_for_a_second())
    assert summary.latency == pytest.approx((551, 911, 956, 992, 1000), abs=0.01)


def test_the_service_time_alone_would_hide_the_stall() -> None:
    summary = summarise(RUN, stalled_for_a_second())
    assert summary.service_time[3] == pytest.approx(1, abs=0.01)
    assert summary.service_time[4] == pytest.approx(1000, abs=0.01)


def test_requests_that_left_late_are_counted() -> None:
    assert summarise(RUN, stalled_for_a_second()).late == 99


def test_unanswered_and_unexpected_requests_are_counted_apart() -> None:
    rows = [row("user_get"), row("user_get", 503), row("user_get", None), row("order_create")]
    summary = summarise(RUN, rows)
    assert (summary.sent, summary.answered, summary.unanswered, summary.unexpected) == (4, 3, 1, 1)
    assert summary.statuses == {"order_create": {"201": 1}, "user_get": {"200": 1, "503": 1, "no answer": 1}}


def test_the_rate_is_that_of_the_time_asked_for() -> None:
    assert summarise(RUN, [row("user_get", at=n / 100) for n in range(50)]).rate_reached == 50


def test_the_rate_of_an_interrupted_run_is_that_until_its_last_request() -> None:
    run = replace(RUN, interrupted=True)
    assert summarise(run, [row("user_get", at=n / 100) for n in range(51)]).rate_reached == pytest.approx(102)


def test_a_run_that_sent_nothing_has_a_summary() -> None:
    assert summarise(RUN, []).rate_reached == 0


def test_a_person_reads_rate_statuses_and_percentiles() -> None:
    console = Console(file=io.StringIO(), width=120)
    print_summary(console, RUN, summarise(RUN, [row("user_get"), row("user_get", None)]))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for part in (
        "user_get",
        "no answer: 1",
        "p99",
        "since the time it was due",
        "rate asked 100/s",
        "ledger.jsonl",
    ):
        assert part in shown
