"""Retries wait for a random while, and are bounded by a budget."""

from random import Random

import pytest

from chassis.retry import IDEMPOTENT, Backoff, RetryBudget


@pytest.mark.parametrize(("retry", "longest"), [(0, 0.1), (1, 0.2), (2, 0.4), (3, 0.5), (30, 0.5)])
def test_the_wait_is_anything_up_to_a_growing_bound(retry: int, longest: float) -> None:
    random = Random(1)
    delays = [Backoff(first_s=0.1, longest_s=0.5).delay_s(retry, random) for _ in range(1_000)]
    assert min(delays) < longest * 0.05
    assert longest * 0.95 < max(delays) <= longest


def test_after_the_reserve_one_call_in_five_may_be_repeated() -> None:
    budget = RetryBudget(ratio=0.2, reserve=3)
    assert [budget.spend() for _ in range(4)] == [True, True, True, False]
    spent = 0
    for _ in range(100):
        budget.earn()
        spent += budget.spend()
    assert spent in (19, 20)  # the last of them is a matter of rounding


def test_quiet_times_save_no_more_than_the_reserve() -> None:
    budget = RetryBudget(ratio=0.2, reserve=3)
    for _ in range(1_000):
        budget.earn()
    assert [budget.spend() for _ in range(4)] == [True, True, True, False]


def test_what_changes_something_each_time_is_not_idempotent() -> None:
    assert not {"POST", "PATCH"} & IDEMPOTENT
