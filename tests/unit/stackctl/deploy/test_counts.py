"""What is counted of a version."""

import pytest

from apps.gateway import metrics
from stackctl.deploy.counts import BOUNDS, Counts, own_counts

# 60 requests below 5 ms, 30 in 5 to 10 ms, 10 in 100 to 250 ms.
COUNTS = Counts(100, 4, (60, 30, 0, 0, 0, 0, 10, *(0,) * 8), seconds=2.0)


def test_the_buckets_are_those_of_the_gateways_histogram() -> None:
    assert (*metrics.durations._kwargs["buckets"], float("inf")) == BOUNDS


def test_ratio_and_mean_of_nothing_are_nothing() -> None:
    assert (Counts().error_ratio, Counts().mean, Counts().quantile(0.95)) == (0, 0, 0)


def test_ratio_mean_and_share_above_a_bound() -> None:
    assert (COUNTS.error_ratio, COUNTS.mean) == (0.04, 0.02)
    assert (COUNTS.slower_than(0.1), COUNTS.slower_than(0.25)) == (10, 0)


@pytest.mark.parametrize(("share", "seconds"), [(0.3, 0.0025), (0.6, 0.005), (0.75, 0.0075), (0.95, 0.175)])
def test_quantiles_lie_between_the_bounds_of_their_bucket(share: float, seconds: float) -> None:
    assert COUNTS.quantile(share) == pytest.approx(seconds)


def test_what_is_above_all_bounds_counts_as_the_largest() -> None:
    assert Counts(1, 0, (*(0,) * 14, 1), 60.0).quantile(0.95) == 10.0


def test_a_step_counts_from_where_it_began() -> None:
    assert COUNTS.since(Counts(40, 4, (40, *(0,) * 14), 0.5)) == Counts(
        60, 0, (20, 30, 0, 0, 0, 0, 10, *(0,) * 8), 1.5
    )


def test_a_counter_that_falls_has_begun_again() -> None:
    assert Counts(3, 0).began_again_after(COUNTS)
    assert not COUNTS.began_again_after(COUNTS)


def test_cumulative_buckets_become_counts_of_their_own() -> None:
    assert own_counts([2.0, 2.0, 7.0]) == (2, 0, 5)
