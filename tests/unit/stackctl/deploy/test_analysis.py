"""Bad versions are found, good ones let through, and chance is kept out, over all looks of a whole deploy."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from stackctl.deploy.analysis import ALPHA, Limits, Look, Pair, Verdict
from stackctl.deploy.counts import BOUNDS, Counts

LIMITS = Limits()
# A service that answers within 5 to 25 ms, now and then in 100.
USUAL = (20, 50, 22, 4, 2, 1, 1, *(0,) * 8)
# The same, 100 ms later.
LATE = (0, 0, 0, 0, 0, 0, 98, 2, *(0,) * 7)
_MIDDLES = (0.003, 0.007, 0.015, 0.035, 0.06, 0.09, 0.15, 0.3, 0.6, 0.8, 1.5, 3.0, 6.0, 9.0, 12.0)


def counted(rng: Random, requests: int, errors: float, durations: tuple[int, ...]) -> Counts:
    drawn = Counter(rng.choices(range(len(BOUNDS)), durations, k=requests))
    buckets = tuple(drawn[bucket] for bucket in range(len(BOUNDS)))
    failed = sum(rng.random() < errors for _ in range(requests))
    return Counts(requests, failed, buckets, sum(map(float.__mul__, _MIDDLES, map(float, buckets))))


def timed(requests: int) -> tuple[int, ...]:
    return (requests, *(0,) * 14)


def added(one: Counts, other: Counts) -> Counts:
    return one.since(Counts().since(other))


def deploy(
    rng: Random,
    errors: float = 0.0,
    usual_errors: float = 0.0,
    durations: tuple[int, ...] = USUAL,
    per_look: int = 225,
) -> Verdict:
    """A whole canary, look by look every 5 s, with 45 requests per second to the service."""
    before: tuple[Pair, ...] = ()
    for share in LIMITS.shares:
        new = old = Counts()
        for number in range(1, LIMITS.most_looks + 1):
            sent = sum(rng.random() < share / 100 for _ in range(per_look))
            new = added(new, counted(rng, sent, errors, durations))
            old = added(old, counted(rng, per_look - sent, usual_errors, USUAL))
            look = Look(new, old, number * 5.0, number, before)
            verdict = look.verdict(LIMITS)
            if verdict is not Verdict.GO_ON:
                break
        before = look.steps
        if verdict is not Verdict.GOOD:
            return verdict
    return Verdict.GOOD


def test_by_chance_fewer_good_versions_than_allowed_are_rolled_back() -> None:
    verdicts = Counter(deploy(Random(seed), errors=0.01, usual_errors=0.01) for seed in range(200))

    assert verdicts[Verdict.BAD] <= ALPHA * verdicts.total()
    assert verdicts[Verdict.GOOD] == verdicts.total() - verdicts[Verdict.BAD]


def test_five_percent_of_errors_are_found() -> None:
    verdicts = Counter(deploy(Random(seed), errors=0.05) for seed in range(100))

    assert verdicts[Verdict.BAD] >= 99


def test_five_percent_of_errors_beside_one_percent_as_usual_are_found() -> None:
    verdicts = Counter(deploy(Random(seed), errors=0.05, usual_errors=0.01) for seed in range(50))

    assert verdicts[Verdict.BAD] >= 49


def test_what_earlier_steps_have_seen_is_not_forgotten() -> None:
    """A canary that was let go once: 4 errors of 62, 5 of 108, 9 of 138, none of the old version's."""
    before = (
        Pair(Counts(62, 4, timed(62)), Counts(508, 0, timed(508))),
        Pair(Counts(108, 5, timed(108)), Counts(336, 0, timed(336))),
    )
    last = Pair(Counts(138, 9, timed(138)), Counts(143, 0, timed(143)))

    assert Look(*last, seconds=10, number=2).failed(LIMITS) == ()
    (failed,) = Look(*last, seconds=10, number=2, before=before).failed(LIMITS)
    assert failed.difference == "5.8% of its requests failed, 0.0% of the old version's"


def test_a_hundred_milliseconds_more_are_found_at_once() -> None:
    assert {deploy(Random(seed), durations=LATE) for seed in range(20)} == {Verdict.BAD}


def test_a_difference_that_matters_to_nobody_rolls_nothing_back() -> None:
    """5 ms more for everybody, beyond any doubt."""
    new = Counts(20_000, 0, (0, 10_000, 10_000, *(0,) * 12), seconds=220.0)
    old = Counts(20_000, 0, (10_000, 10_000, *(0,) * 13), seconds=120.0)
    look = Look(new, old, seconds=30, number=6)

    latency = next(check for check in look.checks if check.name == "latency")
    assert latency.p_value < LIMITS.significant
    assert look.verdict(LIMITS) is Verdict.GOOD


def test_a_longer_tail_is_found_where_the_mean_hardly_moves() -> None:
    new = Counts(1000, 0, (960, *(0,) * 6, 40, *(0,) * 7), seconds=17.0)
    old = Counts(9000, 0, (9000, *(0,) * 14), seconds=27.0)
    look = Look(new, old, seconds=30, number=6)

    assert [check.name for check in look.failed(LIMITS)] == ["slow requests"]
    assert look.verdict(LIMITS) is Verdict.BAD


@pytest.mark.parametrize(
    ("new", "old", "seconds", "number", "verdict"),
    [
        (200, 1800, 30, 6, Verdict.GOOD),
        (199, 1800, 30, 6, Verdict.GO_ON),
        (200, 1800, 25, 5, Verdict.GO_ON),
        (2000, 199, 30, 6, Verdict.GO_ON),
        (199, 1800, 120, 24, Verdict.STARVED),
        (200, 1800, 120, 24, Verdict.GOOD),
    ],
)
def test_a_step_needs_its_time_and_its_requests(
    new: int, old: int, seconds: float, number: int, verdict: Verdict
) -> None:
    look = Look(Counts(new), Counts(old), seconds, number)

    assert look.verdict(LIMITS) is verdict


def test_a_bad_version_needs_no_more_requests_to_be_called_bad() -> None:
    look = Look(Counts(60, 12), Counts(540, 0), seconds=5, number=1)

    assert look.verdict(LIMITS) is Verdict.BAD
    (failed,) = look.failed(LIMITS)
    assert failed.difference == "20.0% of its requests failed, 0.0% of the old version's"


def test_more_looks_make_each_of_them_stricter() -> None:
    assert replace(LIMITS, most_looks=2 * LIMITS.most_looks).significant == LIMITS.significant / 2
    assert LIMITS.significant == pytest.approx(0.05 / (3 * 24 * 3))
