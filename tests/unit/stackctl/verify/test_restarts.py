"""Services that were killed are known by their start times, and what they may have lost is not demanded."""

from dataclasses import replace

from stackctl.query import Prometheus, Series
from stackctl.verify.demands import demand_of
from stackctl.verify.restarts import Restart, Restarts, find_restarts
from tests.unit.stackctl.builders import STARTED_AT, row


class Scraped(Prometheus):
    def __init__(self, *series: Series) -> None:
        super().__init__("http://prometheus")
        self._series = list(series)

    def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
        return self._series


def started(job: str, *samples: tuple[float, float]) -> Series:
    return Series({"job": job}, samples)


def test_a_process_with_another_start_time_is_another_process() -> None:
    prometheus = Scraped(
        started("payments", (5, 1), (10, 1), (20, 17.5), (25, 17.5)), started("orders", (5, 2), (25, 2))
    )
    restarts = find_restarts(prometheus, 0, 30)
    assert restarts.all == (Restart("payments", 10, 17.5),)
    assert restarts.services == {"payments"}


def test_what_was_restarted_before_the_run_does_not_matter_to_it() -> None:
    prometheus = Scraped(started("payments", (5, 1), (10, 7.5)))
    assert find_restarts(prometheus, 8, 30).services == frozenset()


def killed(service: str, start: float, end: float) -> Restarts:
    return Restarts([Restart(service, STARTED_AT + start, STARTED_AT + end)])


def test_a_request_that_met_a_service_while_it_was_killed_demands_nothing() -> None:
    one = row("stock_get", at=10)
    demand = demand_of(one, killed("inventory", 8, 12))
    assert (demand.excused, demand.calls.total()) == (True, 0)
    assert {call.callee for call in demand.allowed} == {"gateway", "inventory"}


def test_a_request_that_a_retry_saved_may_have_called_more_than_once() -> None:
    allowed = demand_of(row("stock_get", at=10), killed("inventory", 8, 12)).allowed
    assert sorted(allowed.values()) == [1, 3]


def test_a_request_long_before_or_after_or_elsewhere_demands_all() -> None:
    one = row("stock_get", at=10)
    for restarts in (killed("inventory", 1, 7), killed("inventory", 13, 15), killed("payments", 8, 12)):
        assert not demand_of(one, restarts).excused


def test_a_request_that_ended_just_before_the_kill_may_have_lost_its_spans() -> None:
    one = replace(row("stock_get"), sent_at=STARTED_AT + 6.5, done_at=STARTED_AT + 7)
    assert demand_of(one, killed("inventory", 8, 12)).excused
