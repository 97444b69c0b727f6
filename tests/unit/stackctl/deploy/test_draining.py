"""An instance is stopped when it has nothing to do any more."""

from collections.abc import Callable, Iterator

from stackctl.deploy.draining import (
    IDLE_WITHIN_SECONDS,
    QUIET_SECONDS,
    SCRAPED_WITHIN_SECONDS,
    Load,
    load_of,
    wait_until_idle,
    wait_until_scraped,
)
from stackctl.errors import StackError
from stackctl.query import Prometheus
from tests.unit.chassis.fake_servers import nobody


class FakeTime:
    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def reading(loads: Iterator[Load | None]) -> Callable[[str], Load | None]:
    return lambda address: next(loads)


def test_it_is_idle_when_nothing_has_come_for_a_while() -> None:
    time = FakeTime()

    assert wait_until_idle(["a"], lambda address: Load(7, 0), time, time.sleep)
    assert QUIET_SECONDS <= time.now < QUIET_SECONDS + 1


def test_a_request_that_is_under_way_is_waited_for() -> None:
    time = FakeTime()

    def load(address: str) -> Load:
        return Load(7, 1) if time.now < 5 else Load(8, 0)

    assert wait_until_idle(["a"], load, time, time.sleep)
    assert time.now >= 5 + QUIET_SECONDS


def test_requests_that_still_come_are_seen_by_their_number() -> None:
    time = FakeTime()

    def load(address: str) -> Load:
        return Load(min(time.now, 4), 0)

    assert wait_until_idle(["a", "b"], load, time, time.sleep)
    assert time.now >= 4 + QUIET_SECONDS


def test_who_never_stops_asking_does_not_hold_it_for_ever() -> None:
    time = FakeTime()

    assert not wait_until_idle(["a"], lambda address: Load(time.now, 0), time, time.sleep)
    assert IDLE_WITHIN_SECONDS <= time.now < IDLE_WITHIN_SECONDS + 1


def test_who_does_not_answer_has_nothing_to_finish() -> None:
    time = FakeTime()
    with nobody() as gone:
        address = gone.removeprefix("http://")
        assert load_of(address) is None
    assert wait_until_idle([address], lambda address: None, time, time.sleep)


class Scraped(Prometheus):
    """Has scraped at these times, the latest of which is known by now."""

    def __init__(self, time: FakeTime, *scrapes: float) -> None:
        super().__init__("http://prometheus")
        self._time = time
        self._scrapes = scrapes

    def value(self, promql: str) -> float | None:
        return max((at for at in self._scrapes if at <= self._time.now), default=None)


class Away(Prometheus):
    def value(self, promql: str) -> float | None:
        raise StackError("Prometheus does not answer.")


def test_a_scrape_from_before_is_none_of_the_last_counts() -> None:
    time = FakeTime()
    time.now = 100.0

    assert wait_until_scraped(["a"], Scraped(time, 97, 102), time, time.sleep)
    assert 102 <= time.now < 103


def test_who_is_scraped_no_more_is_waited_for_only_while_it_answers() -> None:
    time = FakeTime()
    time.now = 100.0

    with nobody() as url:
        address = url.removeprefix("http://")
        assert wait_until_scraped([address], Away("http://prometheus"), time, time.sleep)
    assert time.now > 100 + SCRAPED_WITHIN_SECONDS
