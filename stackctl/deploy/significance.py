"""Is the new version worse, or was it bad luck? Two one-sided tests that compare counts.

Errors, and requests that took too long, are compared by Fisher's exact test (R. A. Fisher, The Design of
Experiments, 1935, chapter II; A. Agresti, Categorical Data Analysis, section 3.5): exact for any number of
requests, so that a few minutes of a small share can be judged, where the normal approximation of the score
test would say "significant" too often. Its price: it is conservative, and errs in favour of the new version.

Durations come as histograms. They are compared by the Mann-Whitney U test on their buckets (H. B. Mann, D. R.
Whitney, Annals of Mathematical Statistics 18, 1947), in the normal approximation with the correction for ties
and for continuity (M. Hollander, D. A. Wolfe, E. Chicken, Nonparametric Statistical Methods, section 4.1):
all requests of one bucket are ties. It presumes no distribution, and one that took ten seconds decides
nothing.

Both take strata: what was counted at different times, or with different shares, is compared within its
stratum only, and what the strata say is added up. For Fisher's test that is the exact form of Cochran, Mantel
and Haenszel's (Agresti, section 7.3.5), for Mann and Whitney's that of P. van Elteren (1960), unweighted.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

# Of a probability; without it, thousands of hits would take seconds.
_NEGLIGIBLE = 1e-30


class Hits(NamedTuple):
    """Of `trials` of the new version so many are hits, and so of the reference's."""

    hits: int
    trials: int
    reference_hits: int
    reference_trials: int


class Histograms(NamedTuple):
    """A count for each bucket, that of the smallest values first."""

    buckets: Sequence[int]
    reference: Sequence[int]


def fisher_greater(*strata: Hits) -> float:
    """The p-value of "no larger a share of the trials are hits than of the reference's".

    The probability that chance alone puts so many of all hits, or more, among the trials.
    """
    together = [1.0]
    for stratum in strata:
        together = _sums(together, _by_chance(stratum))
    return min(1.0, math.fsum(together[sum(stratum.hits for stratum in strata) :]))


def mann_whitney_greater(*strata: Histograms) -> float:
    """The p-value of "what is counted in the buckets is not larger than what the reference has there"."""
    distance = math.fsum(_wins(*one) - sum(one.buckets) * sum(one.reference) / 2 for one in strata)
    variance = math.fsum(map(_variance, strata))
    if not variance:
        return 1.0
    return math.erfc((distance - 0.5) / math.sqrt(2 * variance)) / 2


def _by_chance(table: Hits) -> list[float]:
    """The hypergeometric distribution: how likely 0, 1, 2 … of all hits are among the trials."""
    all_hits, everything = table.hits + table.reference_hits, table.trials + table.reference_trials
    misses = everything - all_hits
    ways = _log_choose(everything, table.trials)
    return [
        math.exp(_log_choose(all_hits, here) + _log_choose(misses, table.trials - here) - ways)
        if 0 <= table.trials - here <= misses
        else 0.0
        for here in range(min(all_hits, table.trials) + 1)
    ]


def _sums(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """The distribution of the sum of two independent numbers."""
    total = [0.0] * (len(one) + len(other) - 1)
    probable = [(there, likely) for there, likely in enumerate(other) if likely > _NEGLIGIBLE]
    for here, likely in enumerate(one):
        if likely > _NEGLIGIBLE:
            for there, likely_too in probable:
                total[here + there] += likely * likely_too
    return total


def _wins(buckets: Sequence[int], reference: Sequence[int]) -> float:
    """Mann and Whitney's U: of all pairs, in how many the first is larger; a tie is half a win."""
    wins, below = 0.0, 0
    for mine, other in zip(buckets, reference, strict=True):
        wins += mine * (below + other / 2)
        below += other
    return wins


def _variance(stratum: Histograms) -> float:
    size, reference_size = sum(stratum.buckets), sum(stratum.reference)
    together = size + reference_size
    if not size or not reference_size:
        return 0.0
    tied = [mine + other for mine, other in zip(*stratum, strict=True)]
    ties = sum(count**3 - count for count in tied) / (together * (together - 1))
    return size * reference_size / 12 * (together + 1 - ties)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
