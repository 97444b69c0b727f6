"""Where the counters of each process of an instance begin: an address may have had several during a run."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proof.expectations import Counted
from proof.ledger.joined_instances import Joined
from proof.verify.restarts import Restarts

_ALWAYS = -math.inf


@dataclass(frozen=True)
class CounterBaseline:
    """Samples later than `after` are of this process; what it counts from `since` on belongs to the run.

    Both in seconds since the epoch; between them only its deploy has asked it.
    """

    after: float
    since: float
    counters: Mapping[Counted, float]


def counter_baselines(
    instance: str,
    baseline: Mapping[str, Mapping[Counted, float]],
    joined: Iterable[Joined] = (),
    restarts: Restarts | None = None,
) -> Sequence[CounterBaseline]:
    """Of all processes that were at this address, the first one first.

    The first has begun at the run's baseline, one that a deploy has brought as it joined, any other at 0.
    """
    later = restarts.of_instance(instance) if restarts else ()
    found: dict[float, CounterBaseline] = {}
    if instance in baseline:
        found[_ALWAYS] = CounterBaseline(_ALWAYS, _ALWAYS, baseline[instance])
    for one in joined:
        if one.address == instance:
            after = max((each.start for each in later if each.end <= one.at), default=_ALWAYS)
            found.setdefault(after, CounterBaseline(after, one.at, one.counters))
    for after in (_ALWAYS, *(each.start for each in later)):
        found.setdefault(after, CounterBaseline(after, after, {}))
    return [found[after] for after in sorted(found)]
