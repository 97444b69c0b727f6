"""Back-off and intervals."""

from pytest import approx, mark

from chassis.events import Backoff
from chassis.events._interval import Interval
from tests.unit.chassis.fake_clock import FakeClock


@mark.parametrize(
    ("failures", "delay_s"), [(1, 0.2), (2, 0.4), (5, 3.2), (9, 51.2), (10, 60.0), (10_000, 60.0)]
)
def test_delays_double_up_to_the_longest(failures: int, delay_s: float) -> None:
    assert Backoff(0.2, 60.0, random=lambda: 1.0).delay_s(failures) == approx(delay_s)


def test_no_delay_is_shorter_than_half() -> None:
    assert Backoff(0.2, 60.0, random=lambda: 0.0).delay_s(2) == approx(0.2)


def test_an_interval_is_due_at_first_and_then_once_per_interval() -> None:
    clock = FakeClock()
    interval = Interval(60, clock)
    assert (interval.due(), interval.due()) == (True, False)
    clock.now += 60
    assert (interval.due(), interval.due()) == (True, False)
