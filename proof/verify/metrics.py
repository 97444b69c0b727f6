"""Metrics: the counters rose by exactly what the ledger says, by service and labels."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

from proof.expectations import CONVENTIONS, Counted, Served, counted, read_served
from proof.verify.counter_baselines import CounterBaseline
from proof.verify.expected_calls import ExpectedCalls, compare, served
from proof.verify.findings import Check, Defect, Finding, check_of
from proof.verify.other_traffic import OtherTraffic
from stackctl.query import Series

_PROTOCOLS = {f"{convention.counter}_count": protocol for protocol, convention in CONVENTIONS.items()}

NO_OTHER_TRAFFIC = OtherTraffic()

T = TypeVar("T", Served, Counted)

# Seconds since the epoch, and the value.
Sample = tuple[float, float]


def increase(samples: Iterable[Sample], key: Counted, begun: Sequence[CounterBaseline]) -> float:
    """By how much a counter rose over these samples, in all the processes that have begun at its address.

    That of another process may have risen beyond its old value before anybody looked. One that fell began
    again at 0.
    """
    total, last, process = 0.0, 0.0, None
    for time, value in samples:
        if (now := _process_at(time, begun)) is not process:
            process, last = now, now.counters.get(key, 0.0)
        if time > now.since:
            total += value if value < last else value - last
            last = value
    return total


def _process_at(time: float, begun: Sequence[CounterBaseline]) -> CounterBaseline:
    return max((one for one in begun if one.after < time), key=attrgetter("after"))


def increases(
    series: Iterable[Series],
    begun: Callable[[str], Sequence[CounterBaseline]],
    until: Mapping[str, float],
) -> Counter[Counted]:
    """Sum up how much each counter rose to its instance's time in `until`; `begun` tells of each instance."""
    rose: Counter[Counted] = Counter()
    for one in series:
        labels, instance = one.labels, one.labels["instance"]
        key = counted(labels["job"], labels["__name__"], labels)
        samples = [sample for sample in one.samples if sample[0] <= until.get(instance, 0)]
        rose[key] += round(increase(samples, key, begun(instance)))
    return +rose


def reconcile_calls_served(
    demands: Iterable[ExpectedCalls],
    rose: Counter[Counted],
    lossy: Container[str] = (),
    others: OtherTraffic = NO_OTHER_TRAFFIC,
) -> Check:
    """Compare the counters of calls with what all traces demand and allow, and with other traffic."""
    demanded = Counter(others.calls)
    allowed = Counter(call.with_any_status() for call in others.perhaps.elements())
    for demand in demands:
        demanded.update(served(demand.calls.elements()))
        allowed.update(served(demand.allowed.elements()))
    too_few, too_many = compare(demanded, allowed, _calls_among(rose))
    return _check("metrics", "increments of counters", demanded, too_few, too_many, lossy)


def reconcile_counts(
    signal: str,
    name: str,
    demanded: Counter[Counted],
    allowed: Counter[Counted],
    rose: Counter[Counted],
    lossy: Container[str] = (),
) -> Check:
    return _check(signal, name, demanded, demanded - rose, rose - demanded - allowed, lossy)


def _calls_among(rose: Counter[Counted]) -> Counter[Served]:
    calls: Counter[Served] = Counter()
    for one, amount in rose.items():
        if (protocol := _PROTOCOLS.get(one.name)) is not None:
            calls[read_served(one.service, protocol, dict(one.labels))] += amount
    return calls


def _check(
    signal: str,
    name: str,
    demanded: Counter[T],
    too_few: Counter[T],
    too_many: Counter[T],
    lossy: Container[str],
) -> Check:
    """A `lossy` service has lost increments with a process: they may be too few, but never too many."""
    lost: Counter[T] = Counter({key: amount for key, amount in too_few.items() if key.service in lossy})
    findings = [
        *_findings(Defect.MISSING, too_few - lost, demanded),
        *_findings(Defect.DUPLICATED, too_many, demanded),
        *_findings(Defect.LOST, lost, demanded),
    ]
    return check_of(signal, name, demanded.total(), findings)


def _findings(defect: Defect, amounts: Counter[T], demanded: Counter[T]) -> Iterator[tuple[int, Finding]]:
    for key, amount in sorted(amounts.items()):
        detail = f"{amount} of {demanded[key]} increments"
        if defect is Defect.DUPLICATED:
            detail = f"{amount} more than the {demanded[key]} that the ledger and access lines know of"
        yield amount, Finding(defect, str(key), detail, key.selector)
