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
"""

import math
from collections.abc import Sequence


def fisher_greater(hits: int, trials: int, reference_hits: int, reference_trials: int) -> float:
    """The p-value of "no larger a share of `trials` are hits than of `reference_trials`".

    The probability that chance alone puts so many of all hits, or more, among the `trials`.
    """
    all_hits, everything = hits + reference_hits, trials + reference_trials
    ways = _log_choose(everything, trials)
    most = min(all_hits, trials)
    tail = (
        _log_choose(all_hits, here) + _log_choose(everything - all_hits, trials - here) - ways
        for here in range(max(hits, trials - (everything - all_hits)), most + 1)
    )
    return min(1.0, math.fsum(map(math.exp, tail)))


def mann_whitney_greater(buckets: Sequence[int], reference: Sequence[int]) -> float:
    """The p-value of "what is counted in `buckets` is not larger than what is counted in `reference`".

    Both have a count for each bucket, the bucket of the smallest values first.
    """
    size, reference_size = sum(buckets), sum(reference)
    if not size or not reference_size:
        return 1.0
    together = size + reference_size
    tied = [mine + other for mine, other in zip(buckets, reference, strict=True)]
    ties = sum(count**3 - count for count in tied) / (together * (together - 1))
    deviation = math.sqrt(size * reference_size / 12 * (together + 1 - ties))
    if not deviation:
        return 1.0
    distance = _wins(buckets, reference) - size * reference_size / 2 - 0.5
    return math.erfc(distance / deviation / math.sqrt(2)) / 2


def _wins(buckets: Sequence[int], reference: Sequence[int]) -> float:
    """Mann and Whitney's U: of all pairs, in how many the first is larger; a tie is half a win."""
    wins, below = 0.0, 0
    for mine, other in zip(buckets, reference, strict=True):
        wins += mine * (below + other / 2)
        below += other
    return wins


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
