"""Services that were killed are known by their start times, and what they may have lost is no fault."""

from dataclasses import replace

from proof.verify.expected_calls import expected_calls_of
from proof.verify.logs import reconcile_access_lines
from proof.verify.restarts import Restart, Restarts, find_restarts
from proof.verify.traces import reconcile_calls, reconcile_traces
from stackctl.query import Jaeger, Prometheus, Series
from stackctl.shop_scenarios import calls_of
from tests.unit.proof.builders import STARTED_AT, lines_of, row, trace_of


class Scraped(Prometheus):
    def __init__(self, *series: Series) -> None:
        super().__init__("http://prometheus")
        self._series = list(series)

    def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
        return self._series


def started(job: str, *samples: tuple[float, float]) -> Series:
    return Series({"job": job, "instance": f"{job}:1"}, samples)


def test_a_process_with_another_start_time_is_another_process() -> None:
    prometheus = Scraped(
        started("payments", (5, 1), (10, 1), (20, 17.5), (25, 17.5)), started("orders", (5, 2), (25, 2))
    )
    restarts = find_restarts(prometheus, 0, 30)
    assert restarts.all == (Restart("payments", 10, 17.5, "payments:1"),)
    assert restarts.of_instance("payments:1") == list(restarts.all)
    assert restarts.of_instance("orders:1") == []
    assert restarts.services == {"payments"}


def test_what_was_restarted_before_the_run_does_not_matter_to_it() -> None:
    prometheus = Scraped(started("payments", (5, 1), (10, 7.5)))
    assert find_restarts(prometheus, 8, 30).services == frozenset()


def test_who_was_killed_at_the_end_is_known_by_a_later_scrape_who_was_killed_later_does_not_matter() -> None:
    at_the_end, later = started("payments", (5, 1), (40, 36.5)), started("orders", (5, 2), (35, 2), (40, 36))
    assert find_restarts(Scraped(at_the_end, later), 0, 30).services == {"payments"}


def killed(service: str, start: float, end: float) -> Restarts:
    return Restarts([Restart(service, STARTED_AT + start, STARTED_AT + end)])


def test_what_lacks_of_a_request_that_met_a_service_while_it_was_killed_is_lost_and_counted() -> None:
    one = row("stock_get", at=10)
    demand = expected_calls_of(one, calls_of, killed("inventory", 8, 12))
    spans = [each for each in trace_of(one) if each.service != "inventory"]
    lines = [each for each in lines_of(one) if each.service != "inventory"]

    traces = {one.trace_id: spans}
    for check in (
        reconcile_traces([demand], traces, Jaeger("http://jaeger")),
        reconcile_calls([demand], traces),
        reconcile_access_lines("access lines", [demand], lines),
    ):
        assert (check.ok, check.missing, check.lost) == (True, 0, 1), check
    assert reconcile_traces([demand], {one.trace_id: trace_of(one)}, Jaeger("http://jaeger")).lost == 0


def test_a_request_without_an_answer_from_a_killed_service_is_owed_nothing() -> None:
    demand = expected_calls_of(row("stock_get", None, at=10), calls_of, killed("inventory", 8, 12))
    check = reconcile_traces([demand], {}, Jaeger("http://jaeger"))
    assert (check.expected, check.missing, check.lost) == (0, 0, 0)


def test_a_request_that_a_retry_saved_may_have_called_more_than_once() -> None:
    demand = expected_calls_of(row("stock_get", at=10), calls_of, killed("inventory", 8, 12))
    assert {call.callee: amount for call, amount in demand.calls.items()} == {"gateway": 1, "inventory": 1}
    assert {call.callee: amount for call, amount in demand.allowed.items()} == {"inventory": 2}


def test_a_request_long_before_or_after_or_elsewhere_demands_all() -> None:
    one = row("stock_get", at=10)
    for restarts in (killed("inventory", 1, 7), killed("inventory", 13, 15), killed("payments", 8, 12)):
        assert not expected_calls_of(one, calls_of, restarts).excused


def test_a_request_that_ended_just_before_the_kill_may_have_lost_its_spans() -> None:
    one = replace(row("stock_get"), sent_at=STARTED_AT + 6.5, done_at=STARTED_AT + 7)
    assert expected_calls_of(one, calls_of, killed("inventory", 8, 12)).excused
