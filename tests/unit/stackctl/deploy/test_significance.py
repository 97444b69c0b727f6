"""The two tests, against values that were published or worked out by hand."""

import math
from fractions import Fraction
from random import Random

import pytest

from stackctl.deploy.significance import Histograms, Hits, fisher_greater, mann_whitney_greater


def exact(hits: int, trials: int, reference_hits: int, reference_trials: int) -> Fraction:
    """The definition, in whole numbers."""
    all_hits, everything = hits + reference_hits, trials + reference_trials
    ways = (
        math.comb(all_hits, here) * math.comb(everything - all_hits, trials - here)
        for here in range(hits, min(all_hits, trials) + 1)
    )
    return Fraction(sum(ways), math.comb(everything, trials))


def test_the_lady_who_tastes_tea_may_have_guessed_three_cups_of_four() -> None:
    assert fisher_greater(Hits(3, 4, 1, 4)) == pytest.approx(17 / 70)
    assert fisher_greater(Hits(4, 4, 0, 4)) == pytest.approx(1 / 70)


def test_a_table_worked_out_by_hand() -> None:
    assert fisher_greater(Hits(6, 8, 1, 5)) == pytest.approx(111 / 1287)


def test_fishers_test_is_exact_whatever_the_counts() -> None:
    rng = Random(1)
    for _ in range(300):
        trials, reference = rng.randint(1, 60), rng.randint(1, 60)
        hits, reference_hits = rng.randint(0, trials), rng.randint(0, reference)
        table = (hits, trials, reference_hits, reference)
        assert fisher_greater(Hits(*table)) == pytest.approx(float(exact(*table)), rel=1e-9), table


def test_no_error_at_all_and_no_request_at_all_prove_nothing() -> None:
    assert fisher_greater(Hits(0, 500, 0, 4500)) == pytest.approx(1)
    assert fisher_greater(Hits(0, 0, 3, 4500)) == pytest.approx(1)


def test_many_requests_are_no_trouble() -> None:
    assert fisher_greater(Hits(5_000, 100_000, 45_000, 900_000)) == pytest.approx(0.5, abs=0.01)
    assert fisher_greater(Hits(6_000, 100_000, 45_000, 900_000)) < 1e-30


def test_mann_and_whitney_of_ages_at_a_diagnosis_as_scipys_documentation_has_it() -> None:
    """males 19, 22, 16, 29, 24; females 20, 11, 17, 12: U = 17, two-sided p = 0.1113 with continuity."""
    ages = sorted([19, 22, 16, 29, 24, 20, 11, 17, 12])
    males = [int(age in (19, 22, 16, 29, 24)) for age in ages]
    females = [1 - male for male in males]

    assert mann_whitney_greater(Histograms(males, females)) == pytest.approx(
        0.11134688653314041 / 2, rel=1e-12
    )


def test_mann_and_whitney_with_ties_worked_out_by_hand() -> None:
    """U = 15.5 of 16, mean 8, variance 16/12 (9 - 54/56), z = 7 / 3.2733."""
    z = 7 / math.sqrt(16 / 12 * (9 - 54 / 56))

    assert mann_whitney_greater(Histograms([0, 1, 3], [3, 1, 0])) == pytest.approx(
        math.erfc(z / math.sqrt(2)) / 2
    )
    assert mann_whitney_greater(Histograms([0, 1, 3], [3, 1, 0])) == pytest.approx(0.0162, abs=1e-4)


def test_who_is_faster_is_not_slower() -> None:
    assert mann_whitney_greater(Histograms([300, 20, 1], [100, 200, 30])) > 0.999


def test_equal_and_empty_histograms_prove_nothing() -> None:
    assert mann_whitney_greater(Histograms([50, 50, 5], [500, 500, 50])) == pytest.approx(0.5, abs=0.01)
    assert mann_whitney_greater(Histograms([0, 40, 0], [0, 300, 0])) == 1
    assert mann_whitney_greater(Histograms([0, 0, 0], [5, 5, 5])) == 1


def test_strata_of_fishers_test_worked_out_by_hand() -> None:
    """Two cups of tea twice: both right once (1/70 each), or 3 right and 4 right, or 4 and 3 (16/70 each)."""
    seven_or_more_of_eight = Fraction(1, 70) ** 2 + 2 * Fraction(1, 70) * Fraction(16, 70)

    p_value = fisher_greater(Hits(4, 4, 0, 4), Hits(3, 4, 1, 4))

    assert p_value == pytest.approx(float(seven_or_more_of_eight))


def test_strata_keep_apart_what_only_looks_like_a_difference_in_sum() -> None:
    """Simpson's paradox: in a bad hour both fail one time in five, and most requests of the new are then."""
    good, bad = Hits(1, 100, 9, 900), Hits(200, 1000, 20, 100)
    in_sum = Hits(*(sum(both) for both in zip(good, bad, strict=True)))

    assert fisher_greater(in_sum) < 1e-20
    assert fisher_greater(good, bad) > 0.4


def test_strata_of_mann_and_whitneys_test_add_up() -> None:
    one = Histograms([0, 1, 3], [3, 1, 0])
    z = (7.5 * 2 - 0.5) / math.sqrt(2 * 16 / 12 * (9 - 54 / 56))

    assert mann_whitney_greater(one, one) == pytest.approx(math.erfc(z / math.sqrt(2)) / 2)
    assert mann_whitney_greater(one, Histograms([0, 0, 0], [1, 1, 1])) == mann_whitney_greater(one)
